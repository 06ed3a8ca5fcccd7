"""Decode a request body as its bytes arrive: of known length, or chunked (RFC 9112 sections 6.2 and 7.1).

Both decoders are pure: `feed(received)` gives the body bytes in it and, once the body is complete, what came after it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gateway.http.grammar import FIELD_VALUE_PATTERN, TOKEN_PATTERN

if TYPE_CHECKING:
    from collections.abc import Callable

EXTRAS_BYTES = 8 * 1024
"""Chunk extensions and trailers of one body, together."""

_QUOTED = rb'"(?:[\t !#-\[\]-~\x80-\xff]|\\[\t -~\x80-\xff])*"'
_EXTENSION = b";" + TOKEN_PATTERN + b"(?:=(?:" + TOKEN_PATTERN + b"|" + _QUOTED + b"))?"
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,8})(?:" + _EXTENSION + rb")*\r\n")
_TRAILER_LINE = re.compile(TOKEN_PATTERN + b":" + FIELD_VALUE_PATTERN + b"\r\n")
# What the beginning of such a line can look like; so that a wrong one is refused at its first wrong byte.
_SIZE_BEGUN = re.compile(rb"[0-9A-Fa-f]{1,8}(?:;" + FIELD_VALUE_PATTERN + rb")?\r?")
_TRAILER_BEGUN = re.compile(rb"\r|" + TOKEN_PATTERN + b"(?::" + FIELD_VALUE_PATTERN + rb")?\r?")
_GAP_BEGUN = re.compile(rb"\r")
_LONGEST_SIZE_BYTES = len(b"ffffffff\r\n")


class BadBody(Exception):  # noqa: N818 - a verdict on the client's bytes, not a fault of ours
    """The body breaks the chunked coding; it must never be seen as complete."""


class LengthBody:
    """A body of `content_length` bytes (at least 1)."""

    __slots__ = ("remaining_bytes",)

    def __init__(self, content_length: int) -> None:
        self.remaining_bytes = content_length

    def feed(self, received: bytes) -> tuple[bytes, bytes | None]:
        """Body bytes, and what follows the body once it is complete (None before)."""
        if len(received) < self.remaining_bytes:
            self.remaining_bytes -= len(received)
            return received, None
        end, self.remaining_bytes = self.remaining_bytes, 0
        return received[:end], received[end:]


class ChunkedBody:
    """A chunked body. Extensions are checked and ignored, trailers are checked and dropped: nobody behind sees them.

    `remaining_bytes` is what is known to come: the rest of the present chunk.
    """

    __slots__ = ("_begun", "_complete", "_extras_bytes", "_held", "_take_line", "remaining_bytes")

    def __init__(self) -> None:
        self.remaining_bytes = 0
        self._extras_bytes = 0
        self._held = b""
        self._complete = False
        self._take_line: Callable[[bytes], None] = self._take_size
        self._begun = _SIZE_BEGUN

    def feed(self, received: bytes) -> tuple[bytes, bytes | None]:
        """Body bytes, and what follows the body once it is complete (None before). Raises BadBody."""
        if self._held:
            received, self._held = self._held + received, b""
        pieces: list[bytes] = []
        at = 0
        while at < len(received):
            if self.remaining_bytes:
                piece = received[at : at + self.remaining_bytes]
                pieces.append(piece)
                at += len(piece)
                self.remaining_bytes -= len(piece)
                continue
            end = received.find(b"\n", at) + 1
            if not end:
                self._hold(received[at:])
                break
            self._take_line(received[at:end])
            at = end
            if self._complete:
                return b"".join(pieces), received[at:]
        return b"".join(pieces), None

    def _hold(self, begun: bytes) -> None:
        """Keep the beginning of a line for the next feed, if a right line can begin so."""
        if not self._begun.fullmatch(begun):
            raise BadBody
        self._require_room(self._extras_bytes + len(begun) - _LONGEST_SIZE_BYTES)
        self._held = begun

    def _take_size(self, line: bytes) -> None:
        match = _SIZE_LINE.fullmatch(line)
        if match is None:
            raise BadBody
        digits = match[1]
        self._extras_bytes += len(line) - len(digits) - 2
        self._require_room(self._extras_bytes)
        self.remaining_bytes = int(digits, 16)
        if self.remaining_bytes:
            self._take_line, self._begun = self._take_gap, _GAP_BEGUN
        else:
            self._take_line, self._begun = self._take_trailer, _TRAILER_BEGUN

    def _take_gap(self, line: bytes) -> None:
        """The CRLF after a chunk's bytes."""
        if line != b"\r\n":
            raise BadBody
        self._take_line, self._begun = self._take_size, _SIZE_BEGUN

    def _take_trailer(self, line: bytes) -> None:
        if line == b"\r\n":
            self._complete = True
            return
        if not _TRAILER_LINE.fullmatch(line):
            raise BadBody
        self._extras_bytes += len(line)
        self._require_room(self._extras_bytes)

    @staticmethod
    def _require_room(extras_bytes: int) -> None:
        if extras_bytes > EXTRAS_BYTES:
            raise BadBody
