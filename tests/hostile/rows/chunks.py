"""H5, H6: chunked bodies. A malformed one never completes at the backend; trailers reach nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile.rows.row import HOST, KEY, ONE, PIXEL, SMUGGLED, TE, UNFINISHED, Row, chunked, head

if TYPE_CHECKING:
    from collections.abc import Iterator

BODIES = {
    "no digits": b"\r\nhello\r\n0\r\n\r\n",
    "not hexadecimal": b"g\r\nhello\r\n0\r\n\r\n",
    "plus": b"+5\r\nhello\r\n0\r\n\r\n",
    "minus": b"-5\r\nhello\r\n0\r\n\r\n",
    "minus zero": b"-0\r\n\r\n",
    "0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "underscore": b"1_0\r\nhello\r\n0\r\n\r\n",
    "nine digits": b"000000005\r\nhello\r\n0\r\n\r\n",
    "overflow of 32 bits": b"100000005\r\nhello\r\n0\r\n\r\n",
    "overflow of 64 bits": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
    "space before": b" 5\r\nhello\r\n0\r\n\r\n",
    "space after": b"5 \r\nhello\r\n0\r\n\r\n",
    "tab before": b"\t5\r\nhello\r\n0\r\n\r\n",
    "tab after": b"5\t\r\nhello\r\n0\r\n\r\n",
    "NUL before": b"\x005\r\nhello\r\n0\r\n\r\n",
    "NUL after": b"5\x00\r\nhello\r\n0\r\n\r\n",
    "digit of another script": b"\xd9\xa5\r\nhello\r\n0\r\n\r\n",
    "comma": b"5,5\r\nhello\r\n0\r\n\r\n",
    "float": b"5.0\r\nhello\r\n0\r\n\r\n",
    "quoted": b'"5"\r\nhello\r\n0\r\n\r\n',
    "LF after the size": b"5\nhello\r\n0\r\n\r\n",
    "CR CR LF after the size": b"5\r\r\nhello\r\n0\r\n\r\n",
    "LF CR after the size": b"5\n\rhello\r\n0\r\n\r\n",
    "CR after the size": b"5\rhello\r\n0\r\n\r\n",
    "LF after the data": b"5\r\nhello\n0\r\n\r\n",
    "CR after the data": b"5\r\nhello\r0\r\n\r\n",
    "two bytes of no CRLF after the data": b"5\r\nhelloXX0\r\n\r\n",
    "nothing after the data": b"5\r\nhello0\r\n\r\n",
    "data too long": b"5\r\nhello!\r\n0\r\n\r\n",
    "data too short": b"6\r\nhello\r\n0\r\n\r\n",
    "LF at the end": b"5\r\nhello\r\n0\r\n\n",
    "CR at the end": b"5\r\nhello\r\n0\r\n\rX",
    "LF after the last chunk": b"5\r\nhello\r\n0\n\r\n",
    "extension with CR": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
    "extension with LF": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
    "extension with NUL": b"5;a\x00\r\nhello\r\n0\r\n\r\n",
    "extension with DEL": b"5;a\x7f\r\nhello\r\n0\r\n\r\n",
    "extension without a name": b"5;\r\nhello\r\n0\r\n\r\n",
    "extension of an empty value": b"5;a=\r\nhello\r\n0\r\n\r\n",
    "extension after a space": b"5 ;a=b\r\nhello\r\n0\r\n\r\n",
    "extension with an open quote": b'5;a="b\r\nhello\r\n0\r\n\r\n',
    "extension with a quoted line end": b'5;a="b\r\n"\r\nhello\r\n0\r\n\r\n',
    "extension that hides a size": b"5;\n10\r\nhello\r\n0\r\n\r\n",
    "extension of 9 KB": b"5;" + b"a" * 9000 + b"\r\nhello\r\n0\r\n\r\n",
    "extensions of 9 KB together": (b"1;" + b"a" * 1000 + b"\r\nx\r\n") * 9 + b"0\r\n\r\n",
    "size line without an end": b"5;" + b"a" * 9000,
    "zeros without an end": b"0" * 40,
    "trailer folded": b"0\r\nA: b\r\n c\r\n\r\n",
    "trailer without a colon": b"0\r\nA\r\n\r\n",
    "trailer with a space in its name": b"0\r\nA : b\r\n\r\n",
    "trailer without a name": b"0\r\n: b\r\n\r\n",
    "trailer with NUL": b"0\r\nA: \x00\r\n\r\n",
    "trailer with a bare LF": b"0\r\nA: b\n\r\n",
    "trailer with a bare CR": b"0\r\nA: b\rC: d\r\n\r\n",
    "trailers of 9 KB": b"0\r\nA: " + b"b" * 9000 + b"\r\n\r\n",
    "a thousand trailers": b"0\r\n" + b"A: b\r\n" * 1500 + b"\r\n",
    "a request in place of a chunk": SMUGGLED,
    "a request in place of a trailer": b"0\r\n" + SMUGGLED,
}


def rows() -> Iterator[Row]:
    for name, body in BODIES.items():
        yield Row(f"H5 {name}", chunked(body), (400,), backend=UNFINISHED)
    for name, body in {"second chunk": b"5\r\nhello\r\nzz\r\n", "gap of the second": b"1\r\na\r\n1\r\nbX\r\n"}.items():
        yield Row(f"H5 wrong {name}", chunked(body), (400,), backend=UNFINISHED)
    yield from _h6()


def _h6() -> Iterator[Row]:
    end = b"2\r\nok\r\n0\r\n%b\r\n\r\n"
    line = b"POST /api/things HTTP/1.1"
    chunked_line = TE + b"chunked"
    yield Row("H6 key only in a trailer", head(line, HOST, PIXEL, chunked_line) + end % KEY, (401,), kept=True)
    bearer = b"Authorization: Bearer {BEARER}"
    v1 = head(b"GET /v1/items HTTP/1.1", HOST, chunked_line) + end % bearer
    yield Row("H6 bearer only in a trailer", v1, (401,), kept=True)
    yield Row("H6 pixel only in a trailer", head(line, HOST, KEY, chunked_line) + end % PIXEL, (401,), kept=True)
    foreign = head(line, HOST, b"x-api-key: {OTHER}", PIXEL, chunked_line) + end % b"x-pixel-id: pixel-b"
    yield Row("H6 right pixel in a trailer", foreign, (401,), kept=True)
    for trailer in (
        b"x-scopes: evil", b"x-key-id: evil", b"x-tenant-id: evil", b"Host: evil", b"Content-Length: 5\r\nA: evil",
        b"Transfer-Encoding: evil", b"Connection: close, evil", b"x-api-key: {OTHER}\r\nA: evil", b"A: evil",
        b"x-forwarded-for: evil", b"Cookie: evil",
    ):  # fmt: skip
        yield Row(f"H6 dropped {trailer!r}", chunked(end % trailer), (200,), kept=True, backend=ONE)
    for extension in (b"evil", b"a=evil", b'a="evil"', b"x-api-key=evil;b"):
        raw = chunked(b"2;%b\r\nok\r\n0\r\n\r\n" % extension)
        yield Row(f"H6 dropped extension {extension!r}", raw, (200,), kept=True, backend=ONE)
    raw = head(line, HOST, KEY, PIXEL, TE + b"chunked", b"Trailer: x-evil") + end % b"x-evil: 1"
    yield Row("H6 announced", raw, (200,), kept=True, backend=ONE)
