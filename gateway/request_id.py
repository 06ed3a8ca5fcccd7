"""The id of a request: the client's own where it is well-formed and holds no key, else a new one (SECURITY.md K1, K3)."""

from __future__ import annotations

import re
from random import getrandbits
from typing import TYPE_CHECKING

from gateway.redaction import redact

if TYPE_CHECKING:
    from gateway.message import Fields

_WELL_FORMED = re.compile(rb"[A-Za-z0-9._\-]{1,64}\Z")


def request_id_of(fields: Fields) -> str:
    """The one well-formed X-Request-Id of the client, or a new one."""
    values = [value for name, value in fields if name == b"x-request-id"]
    if len(values) == 1 and _WELL_FORMED.match(values[0]):
        text = values[0].decode("ascii")
        if redact(text) == text:  # it goes into logs and to the backend
            return text
    return new_request_id()


def new_request_id() -> str:
    """32 hex digits, unique but no secret: nothing is granted by knowing one."""
    return f"{getrandbits(128):032x}"
