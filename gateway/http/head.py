"""Parse the head of one request, strictly: what is not plainly HTTP/1.x by RFC 9112 is refused, never repaired.

Bytes in, values out; no I/O. Two readers of the same bytes must never disagree about where a request ends or whose it is,
so everything on which parsers are known to differ is an error here (docs/http.md names each rule).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from gateway.http.grammar import FIELD_BYTES, KNOWN_NAMES, TARGET_BYTES, TOKEN
from gateway.problems import Reason

if TYPE_CHECKING:
    from gateway.message import Fields

# RFC 3986 reg-name without the sub-delims and escapes that no host name uses, or an IPv6 address; then a port.
_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?")
_VERSION = re.compile(rb"HTTP/[0-9]\.[0-9]")
_PARTIAL_FAULT = re.compile(rb"[^\t\r\n -~\x80-\xff]|(?<!\r)\n|\r(?!\n|\Z)")
_SINGLE = frozenset({b"host", b"content-length", b"transfer-encoding", b"expect"})
_STEERING = _SINGLE | {b"connection"}
_ALWAYS_GUARDED = frozenset({b"host", b"content-length", b"transfer-encoding"})
_METHODS = {name.encode(): name for name in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")}
_LENGTH_DIGITS = 15


class BadHead(Exception):  # noqa: N818 - a verdict on the client's bytes, not a fault of ours
    """The head is refused for `reason`; the connection cannot be read any further."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class HeadRules:
    """Bounds of a head, and the field names that a `Connection` option must not take away (lower case).

    Host and the two framing fields are always guarded; credentials, tenant fields and all that the gateway adds belong
    into `guarded`: a hop that obeyed the option would strip what the decision rests on.
    """

    head_bytes: int = 16 * 1024
    fields: int = 100
    target_bytes: int = 8 * 1024
    guarded: frozenset[bytes] = frozenset()


class Head(NamedTuple):
    """One request head that passed. A tuple, because one is made per request and a frozen dataclass costs four times as
    much to make. `target` and `path` are byte for byte as sent; `fields` have lower-case names and trimmed values.
    """

    method: str
    target: bytes
    path: bytes
    query: bytes
    version: str
    fields: Fields
    content_length: int | None
    chunked: bool
    keep_alive: bool
    expects_continue: bool
    host: bytes

    def values(self, name: bytes) -> list[bytes]:
        """Every value of the field `name` (lower case), in order."""
        return [value for field, value in self.fields if field == name]


def parse_head(block: bytes, rules: HeadRules) -> Head:
    """Take the bytes before the empty line (request line and field lines, the last without its CRLF), give the head.

    Raises BadHead with the reason. RFC 9112 sections 2.2, 3, 5, 6 and 9.
    """
    if len(block) > rules.head_bytes:
        raise BadHead(oversize_reason(block, rules))
    lines = block.split(b"\r\n")
    # All that is left after deleting the allowed bytes must be those CRLFs: no bare CR or LF, no control byte.
    if len(block.translate(None, FIELD_BYTES)) != 2 * (len(lines) - 1):
        raise BadHead(Reason.MALFORMED_REQUEST)
    if len(lines) - 1 > rules.fields:
        raise BadHead(Reason.HEADERS_TOO_LARGE)
    method, target, version = _request_line(lines[0], rules)
    fields, steering = _fields(lines)
    content_length, chunked = _framing(steering, version)
    path, _, query = target.partition(b"?")
    return Head(
        method,
        target,
        path,
        query,
        version,
        fields,
        content_length,
        chunked,
        _keep_alive(steering.get(b"connection"), version, rules.guarded),
        _expects_continue(steering.get(b"expect"), version),
        _host(steering.get(b"host")),
    )


def check_partial(received: bytes | bytearray, checked_bytes: int, rules: HeadRules) -> None:
    """Refuse a head that has not ended yet as soon as it cannot become valid; `checked_bytes` were looked at before.

    Without it a client that ends its lines with a bare LF would be told so only by the deadline. Raises BadHead.
    """
    if len(received) > rules.head_bytes + 2:
        raise BadHead(oversize_reason(received, rules))
    if _PARTIAL_FAULT.search(received, max(0, checked_bytes - 1)):
        raise BadHead(Reason.MALFORMED_REQUEST)


def oversize_reason(received: bytes | bytearray, rules: HeadRules) -> Reason:
    """Why a head that is too long is: its request line alone, or its fields."""
    line_end = received.find(b"\r\n")
    in_first_line = line_end < 0 or line_end > rules.target_bytes
    return Reason.TARGET_TOO_LONG if in_first_line else Reason.HEADERS_TOO_LARGE


def _request_line(line: bytes, rules: HeadRules) -> tuple[str, bytes, str]:
    parts = line.split(b" ")
    if len(parts) != 3:
        raise BadHead(Reason.MALFORMED_REQUEST)
    raw_method, target, version = parts
    method = _METHODS.get(raw_method)
    if method is None:
        if not TOKEN.fullmatch(raw_method):
            raise BadHead(Reason.MALFORMED_REQUEST)
        method = raw_method.decode("ascii")
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise BadHead(Reason.VERSION_UNSUPPORTED if _VERSION.fullmatch(version) else Reason.MALFORMED_REQUEST)
    _require_origin_form(method, target, rules)
    return method, target, "1.1" if version == b"HTTP/1.1" else "1.0"


def _require_origin_form(method: str, target: bytes, rules: HeadRules) -> None:
    """Section 3.2.1, or `*` for OPTIONS. `//` and slash-backslash begin an authority to some URL parsers."""
    if len(target) > rules.target_bytes:
        raise BadHead(Reason.TARGET_TOO_LONG)
    if target == b"*" and method == "OPTIONS":
        return
    if target[:1] != b"/" or target[1:2] in (b"/", b"\\") or target.translate(None, TARGET_BYTES):
        raise BadHead(Reason.TARGET_INVALID)


def _fields(lines: list[bytes]) -> tuple[Fields, dict[bytes, bytes]]:
    """The fields in order, and of those that steer the transport the values by name.

    A name with `_` is checked like any other and then dropped: to CGI-like readers it is the name with `-`.
    """
    fields: list[tuple[bytes, bytes]] = []
    steering: dict[bytes, bytes] = {}
    known = KNOWN_NAMES.get
    for line in lines[1:]:
        raw, colon, value = line.partition(b":")
        name = known(raw)
        if name is None:
            # Also catches folded lines, space before the colon and empty names: none of them is a token.
            if not TOKEN.fullmatch(raw):
                raise BadHead(Reason.MALFORMED_REQUEST)
            if b"_" in raw and colon:
                continue
            name = raw.lower()
        if not colon:
            raise BadHead(Reason.MALFORMED_REQUEST)
        trimmed = value.strip(b" \t")
        if name in _STEERING:
            # A tab beside the coding is a known trick and llhttp refuses it: it stays, and makes it another coding.
            steering[name] = _only(name, value.strip(b" ") if name == b"transfer-encoding" else trimmed, steering)
        fields.append((name, trimmed))
    return tuple(fields), steering


_DOUBLED = {
    b"host": Reason.HOST_INVALID,
    b"content-length": Reason.AMBIGUOUS_FRAMING,
    b"transfer-encoding": Reason.TRANSFER_ENCODING_UNSUPPORTED,
    b"expect": Reason.EXPECTATION_UNSUPPORTED,
}


def _only(name: bytes, value: bytes, steering: dict[bytes, bytes]) -> bytes:
    """`value`; lines of `Connection` add up to one list, any other steering field may stand once."""
    before = steering.get(name)
    if before is None:
        return value
    if name in _DOUBLED:
        raise BadHead(_DOUBLED[name])
    return before + b"," + value


def _framing(steering: dict[bytes, bytes], version: str) -> tuple[int | None, bool]:
    """Content-Length and whether the body is chunked (RFC 9112 section 6). Both at once is an attack, not a preference."""
    length = steering.get(b"content-length")
    coding = steering.get(b"transfer-encoding")
    if coding is not None:
        if length is not None or version == "1.0":
            raise BadHead(Reason.AMBIGUOUS_FRAMING)
        if coding.lower() != b"chunked":
            raise BadHead(Reason.TRANSFER_ENCODING_UNSUPPORTED)
        return None, True
    if length is None:
        return None, False
    if not length.isdigit() or len(length) > _LENGTH_DIGITS:
        raise BadHead(Reason.AMBIGUOUS_FRAMING)
    return int(length), False


def _keep_alive(connection: bytes | None, version: str, guarded: frozenset[bytes]) -> bool:
    """Whether the client wants the connection kept (section 9.3). Refuses an option that names a guarded field."""
    if connection is None:
        return version == "1.1"
    options = {option.strip(b" \t") for option in connection.lower().split(b",")} - {b""}
    if not options.isdisjoint(_ALWAYS_GUARDED) or not options.isdisjoint(guarded):
        raise BadHead(Reason.MALFORMED_REQUEST)
    if not all(TOKEN.fullmatch(option) for option in options):
        raise BadHead(Reason.MALFORMED_REQUEST)
    return b"close" not in options and (version == "1.1" or b"keep-alive" in options)


def _expects_continue(expect: bytes | None, version: str) -> bool:
    """RFC 9110 section 10.1.1; a 1.0 client cannot mean it and is not sent a 100."""
    if expect is None:
        return False
    if expect.lower() != b"100-continue":
        raise BadHead(Reason.EXPECTATION_UNSUPPORTED)
    return version == "1.1"


def _host(host: bytes | None) -> bytes:
    """Section 3.2, and stricter: 1.0 needs it too, an empty one is no host."""
    if host is None or not _HOST.fullmatch(host):
        raise BadHead(Reason.HOST_INVALID)
    return host
