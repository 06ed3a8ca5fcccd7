"""Frame one answer: ASGI's start and body messages -> bytes (RFC 9112 sections 6 and 7). Pure but for the clock in `date`.

The head is held back until the first body bytes, so that a small answer is one write. An answer whose application breaks
its own promise (more or fewer bytes than its Content-Length) raises and is never completed.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

from gateway.http.grammar import FIELD_BYTES, lower_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.message import Answer, Field

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}".encode() for status in HTTPStatus}
_BODILESS = frozenset({204, 304})
# The transport alone frames and keeps connections (RFC 9110 section 7.6.1): what an application says of them is not sent.
_OURS = frozenset({b"connection", b"keep-alive", b"transfer-encoding"})


class BadResponse(RuntimeError):  # noqa: N818 - named like BadHead and BadBody
    """The application broke the rules of ASGI or of HTTP: its fault, not the client's."""


class DateField:
    """The `date` line, rendered once per second."""

    __slots__ = ("_line", "_second")

    def __init__(self) -> None:
        self._second = -1
        self._line = b""

    def line(self, now: float) -> bytes:
        second = int(now)
        if second != self._second:
            self._second, self._line = second, b"date: " + formatdate(second, usegmt=True).encode()
        return self._line


_DATE = DateField()


class ResponseWriter:
    """One answer. `start` once, then `body` until it was called with `more` False; `body` gives what to put on the wire.

    `keep_alive` may be set to False until the first `body`; after it, it says what the client was told.
    """

    __slots__ = (
        "_bodiless",
        "_chunked",
        "_lines",
        "_method",
        "_remaining",
        "_version",
        "complete",
        "keep_alive",
        "sent",
    )

    def __init__(self, method: str, version: str, *, keep_alive: bool) -> None:
        self._method = method
        self._version = version
        self._lines: list[bytes] = []
        self._remaining: int | None = None
        self._bodiless = method == "HEAD"
        self._chunked = False
        self.keep_alive = keep_alive
        self.sent = False
        self.complete = False

    def start(self, status: int, fields: Iterable[Field]) -> None:
        """Take status and fields. Raises BadResponse for what could not be sent as it is meant."""
        if self._lines:
            raise BadResponse("the answer was started twice")
        line = _STATUS_LINES.get(status) or f"HTTP/1.1 {status} ".encode()
        if status < 200 or status > 999:
            raise BadResponse(f"{status} is no final status")
        self._bodiless = self._bodiless or status in _BODILESS
        self._lines = [line, *self._field_lines(status, fields)]

    def body(self, piece: bytes, *, more: bool) -> list[bytes]:
        """The buffers to write for this piece. Raises BadResponse, and then nothing of it may be written."""
        if not self._lines or self.complete:
            raise BadResponse("a body message before the start or after the end")
        head = [] if self.sent else [self._render_head(None if more else len(piece))]
        framed = [] if self._bodiless else self._frame(piece, more=more)
        self.sent = True
        self.complete = not more
        return _joined([*head, *framed])

    def _field_lines(self, status: int, fields: Iterable[Field]) -> list[bytes]:
        lines = []
        has_date = False
        for raw, value in fields:
            name = lower_name(raw)
            if name is None:
                raise BadResponse("a field name that is no token")
            if name in _OURS:
                if name == b"connection" and b"close" in value.lower():
                    self.keep_alive = False
                continue
            if name == b"content-length":
                self._take_length(value)
                if status == 204:
                    continue
            elif name == b"date":
                has_date = True
            lines.append(name + b": " + value)
        if not has_date:
            lines.append(_DATE.line(time.time()))
        return lines

    def _take_length(self, value: bytes) -> None:
        if self._remaining is not None or not value.isdigit() or len(value) > 15:
            raise BadResponse("a Content-Length that is doubled or no number")
        self._remaining = int(value)

    def _render_head(self, whole_bytes: int | None) -> bytes:
        """The head's bytes, framing decided. `whole_bytes`: the body's length, if all of it is at hand."""
        lines = self._lines
        if self._remaining is None and not self._bodiless:
            if whole_bytes is not None:
                self._remaining = whole_bytes
                lines.append(b"content-length: %d" % whole_bytes)
            elif self._version == "1.1":
                self._chunked = True
                lines.append(b"transfer-encoding: chunked")
            else:
                self.keep_alive = False  # 1.0 knows no chunks: the end of the connection ends the body
        if not self.keep_alive:
            lines.append(b"connection: close")
        elif self._version == "1.0":
            lines.append(b"connection: keep-alive")
        head = b"\r\n".join(lines)
        if len(head.translate(None, FIELD_BYTES)) != 2 * (len(lines) - 1):
            raise BadResponse("a control character in a field value")
        return head + b"\r\n\r\n"

    def _frame(self, piece: bytes, *, more: bool) -> list[bytes]:
        if self._chunked:
            chunk = [b"%x\r\n" % len(piece), piece, b"\r\n"] if piece else []
            return chunk if more else [*chunk, b"0\r\n\r\n"]
        if self._remaining is not None:
            self._remaining -= len(piece)
            if self._remaining < 0:
                raise BadResponse("the body is longer than its Content-Length")
            if self._remaining and not more:
                raise BadResponse("the body is shorter than its Content-Length")
        return [piece] if piece else []


def last_answer(method: str, answer: Answer) -> list[bytes]:
    """A whole answer at once, after which the connection closes."""
    writer = ResponseWriter(method, "1.1", keep_alive=False)
    writer.start(answer.status, answer.fields)
    return writer.body(answer.body, more=False)


_SMALL_BYTES = 16 * 1024


def _joined(buffers: list[bytes]) -> list[bytes]:
    """One buffer if that is cheaper than several writes; a big piece is not copied."""
    if len(buffers) > 1 and sum(map(len, buffers)) <= _SMALL_BYTES:
        return [b"".join(buffers)]
    return buffers
