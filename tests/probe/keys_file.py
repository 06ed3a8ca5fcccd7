"""A keyring as `gateway demo` writes its sample keys: what the prober reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.hostile.keyring import OTHER_PIXEL, PIXEL

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.keyring import Keyring

NAMES = {"full": "KEY", "other_pixel": "OTHER", "revoked": "REVOKED", "expired": "EXPIRED", "disabled": "DISABLED"}


def write_keys_file(folder: Path, keyring: Keyring) -> Path:
    """The file, for this user's eyes only."""
    keys = {
        f"upstack_{name}": {"key": keyring.texts[own], "pixel": OTHER_PIXEL if own == "OTHER" else PIXEL}
        for name, own in NAMES.items()
    }
    file = folder / "keys.json"
    file.touch(mode=0o600)
    file.write_text(json.dumps({"keys": keys}))
    return file
