"""Which API, as whom: from flags, the environment, or the demo's keys file, in this order.

The key comes from the environment or a file, never from a flag: arguments are seen by everyone on the machine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from deploy.demo.upstack.failures import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CURES = {
    "base_url": "give --base-url, UPSTACK_BASE_URL or --keys-file",
    "key": "set UPSTACK_API_KEY or give --keys-file",
    "pixel": "give --pixel-id, UPSTACK_PIXEL_ID or --keys-file",
}


@dataclass(frozen=True, slots=True)
class Account:
    """Where to ask and what to show there."""

    base_url: str
    pixel: str
    key: str = field(repr=False)


def account_of(
    environment: Mapping[str, str], *, base_url: str | None, pixel: str | None, keys_file: Path | None, key_name: str
) -> Account:
    """The account to use. Raises `UsageError` naming everything that is missing, and how to give it."""
    filed = {} if keys_file is None else _read(keys_file, key_name)
    given = {
        "base_url": base_url or environment.get("UPSTACK_BASE_URL") or filed.get("base_url", ""),
        "key": environment.get("UPSTACK_API_KEY") or filed.get("key", ""),
        "pixel": pixel or environment.get("UPSTACK_PIXEL_ID") or filed.get("pixel", ""),
    }
    cures = [f"no {name.replace('_', ' ')}: {CURES[name]}" for name, value in given.items() if not value]
    if cures:
        raise UsageError("; ".join(cures))
    given = {name: value.strip() for name, value in given.items()}
    for name, value in given.items():
        if not (value.isascii() and value.isprintable() and " " not in value):
            raise UsageError(f"the {name.replace('_', ' ')} has characters that none can have")  # never its text
    if not given["base_url"].startswith(("http://", "https://")):
        raise UsageError(f"the base url must begin with http:// or https://, not {given['base_url']!r}")
    return Account(given["base_url"].rstrip("/"), given["pixel"], given["key"])


def _read(path: Path, key_name: str) -> dict[str, str]:
    """`base_url`, and `key` and `pixel` of the key called `key_name`."""
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
        keys = written["keys"]
        named: dict[str, Any] = {"base_url": written.get("base_url", ""), **keys.get(key_name, {})}
    except OSError as error:
        raise UsageError(f"cannot read the keys file {path}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UsageError(f'{path} is no keys file: it needs {{"base_url": ..., "keys": {{NAME: {{...}}}}}}') from None
    if key_name not in keys:
        raise UsageError(f"{path} has no key {key_name!r}; it has: {', '.join(sorted(keys))}")
    return {name: value for name, value in named.items() if isinstance(value, str)}
