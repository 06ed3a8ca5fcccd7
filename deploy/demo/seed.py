"""Who and what the demo's data belongs to: ids that stay the same, for the launcher, the tests and the docs."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid5

NAMESPACE: Final = UUID("7c5a1d6e-2f60-4a3b-9a35-64c1f0c9be11")
"""All derived ids are UUID 5 of this namespace: the same in every run."""

UPSTACK_ACCOUNT: Final = "meadow-store"
OTHER_UPSTACK_ACCOUNT: Final = "quarry-outdoor"
PIXEL: Final = "5f1e6a4f-3b52-4a8e-9c1d-2d7b8e90a101"
OTHER_PIXEL: Final = "a3d94c70-61f8-4d2b-8b7e-0c5f3e12b202"

ACCOUNT: Final = "harbor-agency"
OTHER_ACCOUNT: Final = "summit-partners"


def derived_id(*parts: str) -> str:
    """The id of the seeded thing that `parts` name. Lengths are part of the name: ("a", "bc") is not ("ab", "c")."""
    return str(uuid5(NAMESPACE, "/".join(f"{len(part)}:{part}" for part in parts)))


VIEW: Final = derived_id("view", PIXEL, "view", "0")
OTHER_VIEW: Final = derived_id("view", OTHER_PIXEL, "view", "0")

CLIENT: Final = derived_id("client", ACCOUNT, "0")
SECOND_CLIENT: Final = derived_id("client", ACCOUNT, "1")
OTHER_CLIENT: Final = derived_id("client", OTHER_ACCOUNT, "0")

PROJECT: Final = derived_id("project", CLIENT, "0")
SECOND_PROJECT: Final = derived_id("project", SECOND_CLIENT, "0")
OTHER_PROJECT: Final = derived_id("project", OTHER_CLIENT, "0")
