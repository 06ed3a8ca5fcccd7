"""A request as bytes: its head in one piece, its body by the framing that its fields declare. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from gateway.problems import Reason, Refused

if TYPE_CHECKING:
    from gateway.message import Fields

LAST_CHUNK = b"0\r\n\r\n"
IDEMPOTENT_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""RFC 9110 section 9.2.2: sending one twice is meant to have the effect of sending it once."""

_CONTENT_LENGTH = re.compile(rb"\r\ncontent-length: ([0-9]{1,15})\r\n")
_CHUNKED = b"\r\ntransfer-encoding: chunked\r\n"


class UpstreamRequest(NamedTuple):
    """What a backend is asked. `fields` are final (Host, framing, identity): they are written as they are."""

    method: str
    target: bytes
    fields: Fields


def render_head(request: UpstreamRequest) -> bytes:
    """The request line and the fields, up to and with the empty line (RFC 9112 section 3).

    Raises `ValueError` when a part would begin a line of its own (header injection): the last place that can see it.
    """
    first = b"%b %b HTTP/1.1" % (request.method.encode("ascii"), request.target)
    head = b"\r\n".join((first, *map(b": ".join, request.fields), b"\r\n"))
    line_breaks = len(request.fields) + 2
    if head.count(b"\n") != line_breaks or head.count(b"\r") != line_breaks:
        raise ValueError("a line break inside the method, the target or a field")
    return head


class BodyEncoder(Protocol):
    """Puts the pieces of a body into the framing that was declared, and holds the sender to it."""

    def encode(self, piece: bytes) -> bytes: ...
    def finish(self) -> bytes: ...


class LengthEncoder:
    """Content-Length: the bytes as they are, counted. Both raise `Refused` when the count comes out wrong."""

    def __init__(self, length: int) -> None:
        self._missing_bytes = length

    def encode(self, piece: bytes) -> bytes:
        self._missing_bytes -= len(piece)
        if self._missing_bytes < 0:
            raise Refused(Reason.MALFORMED_REQUEST, detail="body longer than its Content-Length")
        return piece

    def finish(self) -> bytes:
        if self._missing_bytes:
            raise Refused(Reason.MALFORMED_REQUEST, detail="body shorter than its Content-Length")
        return b""


class ChunkEncoder:
    """Transfer-Encoding: chunked (RFC 9112 section 7.1). An empty piece is nothing: as a chunk it would be the last."""

    def encode(self, piece: bytes) -> bytes:
        return b"%x\r\n%b\r\n" % (len(piece), piece) if piece else b""

    def finish(self) -> bytes:
        return LAST_CHUNK


def body_encoder(head: bytes) -> BodyEncoder | None:
    """The framing that a rendered head declares; None for no body.

    Raises `ValueError` for two framings, or one that cannot be read: the fields were not final.
    """
    lengths, codings = head.count(b"\r\ncontent-length:"), head.count(b"\r\ntransfer-encoding:")
    if not lengths and not codings:
        return None
    length = _CONTENT_LENGTH.search(head)
    if (lengths, codings) == (1, 0) and length is not None:
        return LengthEncoder(int(length[1]))
    if (lengths, codings) == (0, 1) and _CHUNKED in head:
        return ChunkEncoder()
    raise ValueError("the fields declare no single framing of the body")
