"""The bytes of a connection, read as answers (RFC 9112). No I/O: bytes go in, heads and pieces of bodies come out.

httptools (llhttp) does the grammar. What it lets through is checked here: sizes, counts, versions, statuses, codings,
and above all whether an answer ended exactly where its bytes did. Only then is a connection clean: a byte too many,
left in a reused connection, would be the beginning of the next client's answer.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from gateway.upstream.errors import ProtocolFault, Reset

if TYPE_CHECKING:
    from gateway.message import Field, Fields
    from gateway.upstream.origin import UpstreamLimits

HEAD_END = b"\r\n\r\n"
CHUNKED_END = re.compile(rb"[^\r\n]\r\n\r\n\Z")
"""How a chunked body ends: the empty line after the last chunk or trailer, and no further line break (which the parser
would skip in silence)."""

REASON_PHRASE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
LENGTH_VALUE = re.compile(rb"[0-9]{1,15}")


class AnswerHead(NamedTuple):
    """The final status line and fields of an answer; names in lower case. `content_length` None: not declared."""

    status: int
    reason: bytes
    fields: Fields
    content_length: int | None


class Framing(Enum):
    """Where the body of an answer ends (RFC 9112 section 6.3)."""

    NONE = auto()
    LENGTH = auto()
    CHUNKED = auto()
    CLOSE = auto()


NONE, LENGTH, CHUNKED, CLOSE = Framing


class AnswerReader:
    """Reads one answer after the other: `expect`, then `feed` until `ended`, then `is_clean` says if there may be more.

    After each `feed`: `head` is there or still None, `pieces` holds what that feed brought of the body.
    """

    __slots__ = (
        "_at_rest", "_barren_bytes", "_body_bytes", "_extra", "_fault", "_fields", "_framing", "_head_bytes",
        "_head_only", "_heads", "_interims", "_keep_alive", "_length", "_limits", "_parser", "_progress", "_reason",
        "_tail", "ended", "head", "pieces",
    )  # fmt: skip

    def __init__(self, limits: UpstreamLimits) -> None:
        self._limits = limits
        self._at_rest = False
        self.expect(head_only=False)

    def expect(self, *, head_only: bool) -> None:
        """An answer will come. `head_only`: to a HEAD request, whose answer has no body whatever its fields say."""
        if not self._at_rest:  # the parser waits for a body that never comes: an answer to HEAD
            self._parser = HttpResponseParser(self)
        self.head: AnswerHead | None = None
        self.pieces: list[bytes] = []
        self.ended = False
        self._head_only = head_only
        self._fields: list[Field] = []
        self._reason = b""
        self._framing = NONE
        self._length: int | None = None
        self._keep_alive = False
        self._fault: ProtocolFault | None = None
        self._extra = False
        self._tail = b""
        self._heads = self._interims = self._head_bytes = self._body_bytes = self._barren_bytes = 0

    def feed(self, data: bytes) -> None:
        """Reads the bytes that came. Raises `ProtocolFault` for an answer that is none, or is over a limit."""
        in_head = self.head is None
        self.pieces = []
        self._heads = 0
        self._progress = False
        self._parse(data)
        if in_head:
            self._meter_head(data)
        else:
            self._meter_body(data)

    def feed_eof(self) -> None:
        """The backend closed its side: an end only for a body that is delimited so. Raises `Reset` for all others."""
        if self._framing is not CLOSE:
            place = "inside the answer's body" if self.head else "before the answer's head was whole"
            raise Reset(f"connection closed {place}")
        self.ended = True

    def is_clean(self) -> bool:
        """The answer has ended, at the last byte that came, and the backend keeps the connection."""
        if not self.ended or self._extra or not self._keep_alive:
            return False
        if self._framing is CHUNKED:
            return CHUNKED_END.search(self._tail) is not None
        return self._body_bytes == (self._length if self._framing is LENGTH else 0)

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self.ended:
                raise self._fault or ProtocolFault(f"not HTTP/1.1: {error}") from None
            self._extra = True

    def _meter_head(self, data: bytes) -> None:
        """Counts the bytes of the head, or heads: interim answers count with the final one, so all are bounded."""
        text = self._tail + data
        end = self._end_of_heads(text)
        self._head_bytes += len(data)
        if self.head is None:
            self._tail = text[max(end, len(text) - 3) :]
        else:
            self._body_bytes = len(text) - end
            self._head_bytes -= self._body_bytes
            self._tail = text[-5:]
        if self._head_bytes > self._limits.max_head_bytes or len(self._fields) > self._limits.max_head_fields:
            raise ProtocolFault("the answer's head is over its limit")

    def _end_of_heads(self, text: bytes) -> int:
        """Where the heads end that `text` completes: the interim ones, then the final one."""
        end = 0
        if not self._tail:
            _require_start(text)
        for _ in range(self._heads - (self.head is not None)):
            end = text.index(HEAD_END, end) + len(HEAD_END)
            _require_start(text[end : end + 1])
        return end if self.head is None else text.index(HEAD_END, end) + len(HEAD_END)

    def _meter_body(self, data: bytes) -> None:
        self._body_bytes += len(data)
        if self._framing is not CHUNKED:
            return
        self._tail = (self._tail + data)[-5:] if len(data) < 5 else data[-5:]
        self._barren_bytes = 0 if self._progress or self.pieces else self._barren_bytes + len(data)
        if self._barren_bytes > self._limits.max_head_bytes:
            raise ProtocolFault("a chunk extension or the trailers are over their limit")

    # What the parser calls. An exception raised in here would come out wrapped: `_refuse` keeps the real one.

    def on_message_begin(self) -> None:
        if self.ended:
            self._refuse("bytes after the answer")
        self._at_rest = False
        self._fields = []
        self._reason = b""

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head is None:  # else a trailer, which is dropped: it must never be taken for a field (RFC 9110 6.5.1)
            self._fields.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        self._heads += 1
        if 100 <= status < 200 and status != 101:
            self._interims += 1
            if self._interims > self._limits.max_interim_answers:
                self._refuse("too many interim answers")
            return
        version = self._parser.get_http_version()
        self._check_start(status, version)
        self._read_framing(status, version)
        self._keep_alive = self._parser.should_keep_alive()
        self.head = AnswerHead(status, self._reason, tuple(self._fields), self._length)
        self.ended = self._framing is NONE

    def on_chunk_header(self) -> None:
        self._progress = True

    def on_body(self, piece: bytes) -> None:
        if self.ended:
            self._refuse("bytes after the answer")
        self.pieces.append(piece)

    def on_message_complete(self) -> None:
        self._at_rest = True
        self.ended = self.head is not None

    def _check_start(self, status: int, version: str) -> None:
        if not 200 <= status <= 599:
            self._refuse("switching protocols was not asked for" if status == 101 else "status outside 200 to 599")
        if version not in ("1.1", "1.0"):
            self._refuse("version other than HTTP/1.1 and HTTP/1.0")
        if self._reason != b"OK" and REASON_PHRASE.fullmatch(self._reason) is None:
            self._refuse("control character in the reason phrase")

    def _read_framing(self, status: int, version: str) -> None:
        """RFC 9112 section 6.3. The parser has refused a second length, a length beside a coding, signs and lists."""
        coding = None
        for name, value in self._fields:
            if name == b"content-length":
                self._length = (
                    int(value) if LENGTH_VALUE.fullmatch(value) else self._refuse("Content-Length out of range")
                )
            elif name == b"transfer-encoding":
                if coding is not None or value.lower() != b"chunked":
                    self._refuse("transfer coding other than exactly chunked")
                coding = value
        if coding is not None and version != "1.1":
            self._refuse("transfer coding in an HTTP/1.0 answer")
        if self._head_only or status in (204, 304):
            self._framing = NONE
        elif coding is not None:
            self._framing = CHUNKED
        else:
            self._framing = CLOSE if self._length is None else LENGTH

    def _refuse(self, detail: str) -> NoReturn:
        self._fault = ProtocolFault(detail)
        raise self._fault


def _require_start(text: bytes) -> None:
    """An answer begins with the H of HTTP/, once its first byte is there: the parser would skip line breaks."""
    if text and text[0] != ord("H"):
        raise ProtocolFault("line breaks before the answer")
