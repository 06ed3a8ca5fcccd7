"""The id of a request: the client's own where it is well-formed, else a new one (SECURITY.md K3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.message import Fields

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._\-]{1,64}\Z")


def accept_request_id(fields: Fields) -> str | None:
    """The one well-formed X-Request-Id of the client, or None."""
    values = [value for name, value in fields if name == b"x-request-id"]
    return values[0].decode("ascii") if len(values) == 1 and _WELL_FORMED.match(values[0]) else None
