"""Odd, but right: refusing one of these would be a bug of ours."""

from __future__ import annotations

from tests.hostile.rows.row import CL, HOST, IDENTITY, ONE, Row, chunked, get, head, post, sized

_LINE10 = b"GET /api/things HTTP/1.0"
_DOCUMENT = b'{"pixelId": "pixel-a", "inner": {"a": [1, 2.5e3, "\\u00e9"]}}'
_JSON = b"Content-Type: application/json"


def _passes(name: str, raw: bytes, *, kept: bool = True) -> Row:
    return Row(name, raw, (200,), kept, ONE)


LEGITIMATE: tuple[Row, ...] = (
    _passes("plain", get()),
    _passes("an empty line before", b"\r\n" + get()),
    _passes("names in upper case", get().replace(b"x-api-key", b"X-API-KEY").replace(b"x-pixel-id", b"X-PIXEL-ID")),
    _passes("names in odd case", get().replace(b"x-api-key", b"x-aPi-KeY")),
    _passes("no space after colons", get().replace(b": ", b":")),
    _passes("values padded with spaces and tabs", get(identity=(b"x-api-key: \t {KEY} \t", b"x-pixel-id:\tpixel-a "))),
    _passes("identity before the host", head(b"GET /api/things HTTP/1.1", *IDENTITY, HOST)),
    _passes("empty value", get(b"A:")),
    _passes("colons in a value", get(b"A: b:c::")),
    _passes("tab in a value", get(b"A: b\tc")),
    _passes("obs-text in a value", get(b"A: \xe9\xff")),
    _passes("odd token as a name", get(b"!#$%&'*+-.^`|~1: b")),
    _passes("a field that repeats", get(b"Accept: a/b", b"Accept: c/d")),
    _passes("100 fields", get(*[b"A: b"] * 97)),
    _passes("a field of 15 KB", get(b"A: " + b"b" * 15_000)),
    _passes("host with a port", get().replace(b"api.test", b"api.test:8080")),
    _passes("host in upper case", get().replace(b"api.test", b"API.TEST")),
    _passes("host of IPv6", get().replace(b"api.test", b"[::1]:80")),
    _passes("host of IPv4", get().replace(b"api.test", b"127.0.0.1")),
    _passes("empty query", get(target=b"/api/things?")),
    _passes("query of a query", get(target=b"/api/things?a=/../b?c=d&e=%2f%2e%2e%00")),
    _passes("query with what browsers leave", get(target=b'/api/things?a={|}^`"<>[]\\')),
    _passes("query of 8 KB", get(target=b"/api/things?" + b"x" * 8000)),
    _passes("resource, escaped as it must be", get(target=b"/api/things/mine?a=%20")),
    _passes("chunks", chunked(b"1\r\na\r\n00002\r\nbc\r\nA\r\n0123456789\r\n000\r\n\r\n")),
    _passes("chunked in odd case", post(b"tRANSFER-eNCODING: ChUnKeD", body=b"0\r\n\r\n")),
    _passes("chunk extensions", chunked(b'2;a;b=c;d="e;\\"f"\r\nok\r\n0;z\r\n\r\n')),
    _passes("trailers", chunked(b"2\r\nok\r\n0\r\nX-Checksum: abc\r\n\r\n")),
    _passes("line ends in a body", sized(b"\r\n\r\n\r\n\r\n")),
    _passes("a request in a body", sized(b"GET /api/things?in-a-body HTTP/1.1\r\nHost: a\r\n\r\n")),
    _passes("a body of 1 MB", sized(b"x" * 1_000_000)),
    _passes("a body at the route's limit", sized(b"x" * 1000, target=b"/api/small")),
    _passes("zeros before the length", post(CL + b"0005", body=b"hello")),
    _passes("body on a GET", get(CL + b"2") + b"ok"),
    _passes("no length on a POST", post()),
    _passes("expectation not waited for", post(b"Expect: 100-continue", CL + b"2", body=b"ok")),
    _passes("expectation in odd case", post(b"Expect: 100-CONTINUE", CL + b"2", body=b"ok")),
    _passes("expectation without a body", get(b"Expect: 100-continue")),
    _passes("close among other options", get(b"Connection: a, ,Close ,b"), kept=False),
    _passes("version 1.0", head(_LINE10, HOST, *IDENTITY), kept=False),
    _passes("version 1.0, kept alive", head(_LINE10, HOST, b"Connection: keep-alive", *IDENTITY)),
    _passes("an upgrade that is not taken up", get(b"Connection: Upgrade", b"Upgrade: websocket")),
    _passes("JSON with all its freedoms", sized(b" \r\n" + _DOCUMENT + b"\t\n", _JSON, target=b"/api/bound")),
    _passes("JSON type with parameters", sized(_DOCUMENT, _JSON + b'; charset="UTF-8"', target=b"/api/bound")),
    _passes("JSON that names no tenant", sized(b"{}", b"Content-Type: application/vnd.a+json", target=b"/api/bound")),
    _passes("JSON in chunks", chunked(b"1\r\n{\r\n1\r\n}\r\n0\r\n\r\n", _JSON, target=b"/api/bound")),
    _passes("scheme in lower case", head(b"GET /v1/items HTTP/1.1", HOST, b"authorization: bearer {BEARER}")),
    _passes(
        "several spaces after the scheme", head(b"GET /v1/items HTTP/1.1", HOST, b"Authorization: Bearer   {BEARER}")
    ),
    _passes("the same key in both places", get(b"Authorization: Bearer {KEY}")),
    _passes("a proxy's Basic beside the key", get(b"Authorization: Basic dXNlcjpwYXNz")),
    _passes("cookies", get(b"Cookie: a=b; c=d", b"Cookie: e=f")),
)
