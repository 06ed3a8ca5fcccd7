"""H8 to H12: sizes, versions, hosts, targets, methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile.rows.row import HOST, IDENTITY, ONE, Row, get, head

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTS = (
    b"", b"a b", b"a, b", b"a,b", b"a/b", b"a@b", b"http://a", b"a:b", b"a:-1", b"a:123456", b"a:1:2", b":80", b"[::1",
    b"::1", b"[::1]x", b"[x]", b"a?b", b"a#b", b"a\\b", b"a%00", b"\xc3\xa9", b"a\tb", b"a;b", b'"a"', b"<a>", b"a|b",
    b"api.test/../evil", b"api.test@evil", b"api.test:80@evil", b"evil#api.test", b"{api}", b"a\xffb", b"[::1]:x",
)  # fmt: skip
TARGETS = (
    b"http://api.test/api/things", b"https://evil/api/things", b"HTTP://api.test/", b"//evil/api/things",
    b"///api/things", b"/\\evil/api/things", b"api.test:80", b"evil", b"@evil/api/things", b":80@evil/api/things",
    b"api/things", b"*", b"?x", b"/api/things#evil", b"#/api/things", b"/api/\xc3\xa9", b"/\xff", b"\\api\\things",
    b"file:///etc/passwd", b"gopher://evil/", b"javascript:evil", b"[::1]/api/things", b"%2fapi/things", b".", b"..",
    b"~/api", b"127.0.0.1:22", b"http:/api/things", b"http:api/things", b"/api/things#", b"/api/things?a#b",
)  # fmt: skip
METHODS = (
    b"TRACE", b"TRACK", b"DEBUG", b"PROPFIND", b"MOVE", b"LOCK", b"SEARCH", b"PURGE", b"get", b"Get", b"gET", b"BREW",
    b"POSTX", b"GET1", b"LINK", b"HEAD", b"OPTIONS", b"PATCH", b"DELETE",
)  # fmt: skip


def rows() -> Iterator[Row]:
    yield from _h8()
    yield from _h9()
    yield from _h10()
    yield from _h11()
    yield from _h12()


def _h8() -> Iterator[Row]:
    large = (431,)
    yield Row("H8 one field of 17 KB", get(b"A: " + b"b" * 17_000), large)
    yield Row("H8 one field of 1 MB", get(b"A: " + b"b" * 1_000_000), large)
    yield Row("H8 one name of 17 KB", get(b"a" * 17_000 + b": b"), large)
    yield Row("H8 a cookie of 20 KB", get(b"Cookie: " + b"evil=1; " * 2500), large)
    yield Row("H8 fields of 20 KB together", get(*[b"A%d: " % at + b"b" * 400 for at in range(50)]), large)
    yield Row("H8 101 fields", get(*[b"A: b"] * 98), large)
    yield Row("H8 a thousand short fields", get(*[b"A: b"] * 1000), large)
    yield Row("H8 101 fields, most of them dropped", get(*[b"a_b: c"] * 98), large)
    yield Row("H8 fields without an end", b"GET /api/things HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 3000, large)
    for name, target in {"path": b"/api/" + b"x" * 9000, "query": b"/api/things?" + b"x" * 9000}.items():
        yield Row(f"H8 {name} of 9 KB", get(target=target), (414,))
    yield Row("H8 target of 100 KB", get(target=b"/api/things?" + b"x" * 100_000), (414, 431))
    yield Row("H8 request line without an end", b"GET /" + b"x" * 20_000, (414,))
    yield Row("H8 method without an end", b"G" * 20_000, (414,))


def _h9() -> Iterator[Row]:
    for version in (b"HTTP/2.0", b"HTTP/3.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/9.9", b"HTTP/0.0"):
        yield Row(f"H9 {version!r}", head(b"GET /api/things " + version, HOST, *IDENTITY), (505,))
    for version in (
        b"http/1.1", b"HTTP/1.", b"HTTP/1", b"HTTP/11", b"HTTP/1.10", b"HTTP/01.1", b"HTTPS/1.1", b"HTTP /1.1",
        b"HTTP/ 1.1", b"HTTP/1,1", b"HTTP/+1.1", b"HTTP/1.1 ", b"HTTP/1.1 x", b"HTTP/1.1\t", b"XTTP/1.1", b"RTSP/1.1",
        b"HTTP/1.\xd9\xa1", b"",
    ):  # fmt: skip
        yield Row(f"H9 {version!r}", head(b"GET /api/things " + version, HOST, *IDENTITY), (400,))
    yield Row("H9 no version", head(b"GET /api/things", HOST, *IDENTITY), (400,))
    yield Row("H9 a simple request of 0.9", b"GET /api/things\r\n\r\n", (400,))
    yield Row("H9 HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 505))
    yield Row("H9 TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", (400,))
    yield Row("H9 SSH", b"SSH-2.0-OpenSSH_9.2\r\n", (400,))
    yield Row("H9 PROXY protocol", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + get(), (400,))


def _h10() -> Iterator[Row]:
    line = b"GET /api/things HTTP/1.1"
    yield Row("H10 none", head(line, *IDENTITY), (400,))
    yield Row("H10 none in 1.0", head(b"GET /api/things HTTP/1.0", *IDENTITY), (400,))
    yield Row("H10 twice", head(line, HOST, HOST, *IDENTITY), (400,))
    yield Row("H10 two different", head(line, HOST, b"Host: evil", *IDENTITY), (400,))
    yield Row("H10 two in odd case", head(line, b"hOsT: evil", HOST, *IDENTITY), (400,))
    yield Row("H10 folded", head(line, b"Host: api.test\r\n evil", *IDENTITY), (400,))
    for value in HOSTS:
        yield Row(f"H10 {value!r}", head(line, b"Host: " + value, *IDENTITY), (400,))


def _h11() -> Iterator[Row]:
    for target in TARGETS:
        yield Row(f"H11 {target!r}", get(target=target), (400,))
    for target in (b"/api/things x", b"/\x00", b"/\x7f", b"/\x1b[31m", b" /api/things", b"/api/things ", b"/a\tb", b""):
        yield Row(f"H11 {target!r}", get(target=target), (400,))
    yield Row("H11 tabs as separators", head(b"GET\t/api/things\tHTTP/1.1", HOST, *IDENTITY), (400,))
    yield Row("H11 CONNECT", head(b"CONNECT evil:443 HTTP/1.1", b"Host: evil:443", *IDENTITY), (400, 405))
    yield Row("H11 CONNECT /", head(b"CONNECT /api/things HTTP/1.1", HOST, *IDENTITY), (400, 405), kept=True)
    yield Row("H11 OPTIONS *", head(b"OPTIONS * HTTP/1.1", HOST, *IDENTITY), (400, 404, 405), kept=True)


def _h12() -> Iterator[Row]:
    for method in (b"", b"G ET", b"GE(T", b"GET,", b"G\xc3\x89T", b"{}", b"GET:", b"G/T", b"\x00GET", b"GET\x00", b'"'):
        yield Row(f"H12 {method!r}", head(method + b" /api/things HTTP/1.1", HOST, *IDENTITY), (400,))
    for method in METHODS:
        yield Row(f"H12 {method.decode()} is not declared", get(method=method), (405,), kept=True)
    for name in (b"X-HTTP-Method-Override", b"X-HTTP-Method", b"X-Method-Override", b"x-http-method-override"):
        raw = get(name + b": evil", target=b"/api/ping")
        yield Row(f"H12 no override by {name.decode()}", raw, (200,), True, ONE)
    raw = get(target=b"/api/things?_method=DELETE", method=b"BREW")
    yield Row("H12 no override by query", raw, (405,), kept=True)
    yield Row("H12 the right method on another path", get(method=b"POST", target=b"/api/ping"), (405,), kept=True)
    yield Row("H12 PUT where PATCH is declared", get(method=b"PUT", target=b"/api/things/mine"), (405,), kept=True)
