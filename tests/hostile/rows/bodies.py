"""H17, H18 and bound bodies: read in one way only, or not let through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile.rows.row import CL, HOST, KEY, ONE, PIXEL, Row, get, head, post, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = b"Content-Type: application/json"
BOUND = b"/api/bound"

INVALID = {
    "a member twice": b'{"pixelId": "pixel-a", "pixelId": "pixel-b"}',
    "a member twice, one escaped": b'{"pixelId": "pixel-a", "pixel\\u0049d": "pixel-b"}',
    "an inner member twice": b'{"inner": {"pixelId": "pixel-a"}, "inner": {"pixelId": "pixel-b"}}',
    "a list": b'[{"pixelId": "pixel-b"}]',
    "a string": b'"pixelId"',
    "a number": b"1",
    "null": b"null",
    "two documents": b'{"pixelId": "pixel-a"}{"pixelId": "pixel-b"}',
    "a trailing comma": b'{"pixelId": "pixel-a",}',
    "a comment": b'{/* */"pixelId": "pixel-a"}',
    "single quotes": b"{'pixelId': 'pixel-a'}",
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a byte order mark": b'\xef\xbb\xbf{"pixelId": "pixel-a"}',
    "UTF-16": '{"pixelId": "pixel-b"}'.encode("utf-16"),
    "UTF-16 without a mark": '{"pixelId": "pixel-b"}'.encode("utf-16-le"),
    "Latin-1": b'{"a": "\xe9"}',
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "a bare control byte in a string": b'{"a": "\x01"}',
    "a NUL after it": b'{"pixelId": "pixel-a"}\x00',
    "no end": b'{"pixelId": "pixel-a"',
    "garbage": b"\x89PNG\r\n\x1a\n",
    "30,000 brackets": b"[" * 30_000,
    "30,000 braces": b'{"a":' * 10_000,
    "a tenant that is a number": b'{"pixelId": 1}',
    "a tenant that is null": b'{"pixelId": null}',
    "a tenant that is a list": b'{"pixelId": ["pixel-a"]}',
    "an inner tenant that is an object": b'{"inner": {"pixelId": {}}}',
    "a number of 5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
}
FOREIGN = {
    "another tenant": b'{"pixelId": "pixel-b"}',
    "another tenant, escaped": b'{"pixelId": "pixel-\\u0062"}',
    "another tenant behind an escaped name": b'{"\\u0070ixelId": "pixel-b"}',
    "another inner tenant": b'{"pixelId": "pixel-a", "inner": {"pixelId": "pixel-b"}}',
    "in odd case": b'{"pixelId": "PIXEL-A"}',
    "padded": b'{"pixelId": " pixel-a"}',
    "empty": b'{"pixelId": ""}',
    "with NUL": b'{"pixelId": "pixel-a\\u0000"}',
    "a lone surrogate": b'{"pixelId": "\\ud800"}',
}
TYPES = (
    b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data; boundary=a", b"application/jsonx",
    b"application/json, text/html", b"application/json; charset=utf-16", b"application/json; charset=utf-7", b"",
    b"application/json;", b"json", b"application/xml", b"application/json; charset=iso-8859-1", b"*/*",
)  # fmt: skip


def rows() -> Iterator[Row]:
    for name, body in INVALID.items():
        yield Row(f"H17 {name}", sized(body, JSON, target=BOUND), (400,), kept=True)
    for name, body in FOREIGN.items():
        yield Row(f"S3 body: {name}", sized(body, JSON, target=BOUND), (403,), kept=True)
    document = b'{"pixelId": "pixel-b"}'
    for media in TYPES:
        yield Row(f"H17 body of type {media!r}", sized(document, b"Content-Type: " + media, target=BOUND), (415,), True)
    yield Row("H17 body of no type", sized(document, target=BOUND), (415,), kept=True)
    yield Row("H17 body of two types", sized(document, JSON, JSON, target=BOUND), (415,), kept=True)
    for coding in (b"gzip", b"deflate", b"br", b"identity, gzip", b"x", b""):
        raw = sized(document, JSON, b"Content-Encoding: " + coding, target=BOUND)
        yield Row(f"H17 body coded {coding!r}", raw, (415,), kept=True)
    raw = post(CL + b"200000", JSON, target=BOUND, body=b" " * 1000)
    yield Row("H18 a body that is never read ends the connection", raw, (413,), alone=True)
    raw = head(b"POST /api/things HTTP/1.1", HOST, PIXEL, CL + b"1000") + b"x" * 1000
    yield Row("H18 a small unread body is drained", raw, (401,), kept=True)
    raw = head(b"POST /api/things HTTP/1.1", HOST, PIXEL, CL + b"100000")
    yield Row("H18 a large unread body ends the connection", raw, (401,), alone=True)
    raw = head(b"POST /api/things HTTP/1.1", HOST, KEY, PIXEL, CL + b"0")
    yield Row("H18 an empty body is none", raw, (200,), True, ONE)
    yield Row("H17 a coded body streams through", sized(b"\x1f\x8b", b"Content-Encoding: gzip"), (200,), True, ONE)
    yield Row("H17 HEAD is not declared", get(method=b"HEAD"), (405,), kept=True)
