"""One row of the corpus, and how its bytes are written down.

`{KEY}` and the other names of `tests.hostile.keyring` stand for key texts. Whatever a client must not get through is
spelt with the word `evil`: no request that the backend sees may contain it, in whatever row.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Backend(Enum):
    """What the backend may have seen of a row."""

    NOTHING = "no request"
    UNFINISHED = "at most the beginning of one, never its end"
    ONE = "exactly one, whole"


NOTHING, UNFINISHED, ONE = Backend.NOTHING, Backend.UNFINISHED, Backend.ONE


@dataclass(frozen=True, slots=True)
class Row:
    """`raw` is answered with one of `statuses`; then the connection is closed, or `kept` and in step.

    `alone`: the request is not complete, so nothing may be sent behind it.
    """

    name: str
    raw: bytes
    statuses: tuple[int, ...]
    kept: bool = False
    backend: Backend = NOTHING
    alone: bool = False

    @property
    def requirement(self) -> str:
        """The number in SECURITY.md section 3: the first word of the name."""
        return self.name.partition(" ")[0]


HOST = b"Host: api.test"
KEY = b"x-api-key: {KEY}"
PIXEL = b"x-pixel-id: pixel-a"
IDENTITY = (KEY, PIXEL)
TE = b"Transfer-Encoding: "
CL = b"Content-Length: "
SMUGGLED = b"GET /api/things?evil HTTP/1.1\r\nHost: api.test\r\nx-api-key: {KEY}\r\nx-pixel-id: pixel-a\r\n\r\n"


def head(line: bytes, *lines: bytes) -> bytes:
    """A head exactly of these lines."""
    return b"\r\n".join((line, *lines)) + b"\r\n\r\n"


def get(*lines: bytes, target: bytes = b"/api/things", method: bytes = b"GET", identity=IDENTITY) -> bytes:
    """A request that would be let through but for `lines` (or the target, the method, the identity)."""
    return head(b"%b %b HTTP/1.1" % (method, target), HOST, *identity, *lines)


def post(*lines: bytes, body: bytes = b"", target: bytes = b"/api/things", method: bytes = b"POST") -> bytes:
    """The same with a body, framed by `lines`."""
    return head(b"%b %b HTTP/1.1" % (method, target), HOST, *IDENTITY, *lines) + body


def sized(body: bytes, *lines: bytes, target: bytes = b"/api/things", method: bytes = b"POST") -> bytes:
    """A body with its right Content-Length."""
    return post(CL + b"%d" % len(body), *lines, body=body, target=target, method=method)


def chunked(body: bytes, *lines: bytes, target: bytes = b"/api/things") -> bytes:
    """A body that says it is chunked."""
    return post(TE + b"chunked", *lines, body=body, target=target)
