"""Odd but legitimate requests pass, alike in one piece, in two cut anywhere, and byte by byte."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from tests.gateway.http.harness import EchoApp, connect, is_kept, read_answer, running
from tests.gateway.http.requests import chunked, get, post

OPTIONS_STAR = b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"


@dataclass(frozen=True)
class Legitimate:
    """`raw` is answered with 200; `seen` are members of what the application saw; then the connection is kept, or not."""

    name: str
    raw: bytes
    seen: dict = field(default_factory=dict)
    kept: bool = True


def value_of(name: str, value: str) -> dict:
    return {"fields": [["host", "a"], [name, value]]}


ROWS = [
    Legitimate("plain", get(), {"method": "GET", "path": "/x", "query": "", "fields": [["host", "a"]], "body": ""}),
    Legitimate("query", get(target=b"/x?a=b&c=%20?/"), {"path": "/x", "query": "a=b&c=%20?/"}),
    Legitimate("characters that browsers leave", get(target=b'/x?a={|}^`"<>[]\\'), {"query": 'a={|}^`"<>[]\\'}),
    Legitimate("escaped path as sent", get(target=b"/a%20b/%C3%A9"), {"path": "/a%20b/%C3%A9"}),
    Legitimate("OPTIONS *", OPTIONS_STAR, {"method": "OPTIONS", "path": "*"}),
    Legitimate("unknown method", b"BREW /x HTTP/1.1\r\nHost: a\r\n\r\n", {"method": "BREW"}),
    Legitimate("method in lower case is another method", b"get /x HTTP/1.1\r\nHost: a\r\n\r\n", {"method": "get"}),
    Legitimate("odd token as method", b"M-SEARCH!# /x HTTP/1.1\r\nHost: a\r\n\r\n", {"method": "M-SEARCH!#"}),
    Legitimate("an empty line before", b"\r\n" + get(), {"path": "/x"}),
    Legitimate("value trimmed", get(b"A: \t b c \t"), value_of("a", "b c")),
    Legitimate("no space after the colon", get(b"A:b"), value_of("a", "b")),
    Legitimate("empty value", get(b"A:"), value_of("a", "")),
    Legitimate("colons in the value", get(b"A: b:c::"), value_of("a", "b:c::")),
    Legitimate("tab in the value", get(b"A: b\tc"), value_of("a", "b\tc")),
    Legitimate("obs-text in the value", get(b"A: \xe9\xff"), value_of("a", "\xe9\xff")),
    Legitimate("name in odd case", get(b"X-aPi-KeY: k"), value_of("x-api-key", "k")),
    Legitimate("name of odd token characters", get(b"!#$%&'*+-.^`|~1: k"), value_of("!#$%&'*+-.^`|~1", "k")),
    Legitimate("names with _ are dropped", get(b"x_api_key: k", b"Content_Length: 5"), {"fields": [["host", "a"]]}),
    Legitimate("100 fields", get(*[b"A: b"] * 99)),
    Legitimate("target of 8 KiB", get(target=b"/" + b"x" * 8191)),
    Legitimate("field of 15 KiB", get(b"A: " + b"b" * 15_000)),
    Legitimate("host with port", get(host=b"Host: example.com:8080"), {"fields": [["host", "example.com:8080"]]}),
    Legitimate("host with empty port", get(host=b"Host: example.com:")),
    Legitimate("host of IPv6", get(host=b"Host: [::1]:80")),
    Legitimate("upgrade ignored", get(b"Connection: Upgrade", b"Upgrade: websocket"), {"method": "GET"}),
    Legitimate(
        "h2c ignored", get(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABk")
    ),
    Legitimate("length", post(b"Content-Length: 5", body=b"hello"), {"body": "hello"}),
    Legitimate("length with zeros before", post(b"Content-Length: 005", body=b"hello"), {"body": "hello"}),
    Legitimate("length 0", post(b"Content-Length: 0"), {"body": ""}),
    Legitimate("no length", post(), {"body": ""}),
    Legitimate("body on a GET", get(b"Content-Length: 2") + b"ab", {"body": "ab"}),
    Legitimate("chunked", chunked(b"5\r\nhello\r\n0\r\n\r\n"), {"body": "hello"}),
    Legitimate("chunked in odd case", post(b"Transfer-Encoding: Chunked", body=b"0\r\n\r\n"), {"body": ""}),
    Legitimate(
        "chunks", chunked(b"1\r\na\r\n00002\r\nbc\r\nA\r\n0123456789\r\n000\r\n\r\n"), {"body": "abc0123456789"}
    ),
    Legitimate("line ends in the data", chunked(b"4\r\n\r\n\r\n\r\n0\r\n\r\n"), {"body": "\r\n\r\n"}),
    Legitimate("extensions", chunked(b'2;a;b=c;d="e;\\"f"\r\nok\r\n0;z\r\n\r\n'), {"body": "ok"}),
    Legitimate(
        "trailers are dropped",
        chunked(b"2\r\nok\r\n0\r\nX-Api-Key: k\r\nHost: b\r\n\r\n"),
        {"body": "ok", "fields": [["host", "a"], ["transfer-encoding", "chunked"]]},
    ),
    Legitimate("connection close", get(b"Connection: close"), kept=False),
    Legitimate("connection close among others", get(b"Connection: a, ,Close ,b"), kept=False),
    Legitimate("connection of two lines", get(b"Connection: a", b"Connection: close"), kept=False),
    Legitimate("1.0 closes", get(version=b"HTTP/1.0"), kept=False),
    Legitimate("1.0 kept alive", get(b"Connection: Keep-Alive", version=b"HTTP/1.0")),
    Legitimate(
        "1.0 with a body", post(b"Content-Length: 5", body=b"hello", version=b"HTTP/1.0"), {"body": "hello"}, False
    ),
    Legitimate("expectation of a 1.0 client", get(b"Expect: 100-continue", version=b"HTTP/1.0"), kept=False),
    Legitimate("expectation without a body", get(b"Expect: 100-Continue")),
    Legitimate(
        "expectation not waited for", post(b"Expect: 100-continue", b"Content-Length: 2", body=b"ok"), {"body": "ok"}
    ),
]


@pytest.fixture(scope="module")
def port():
    with running(EchoApp()) as server:
        yield server.port


def passed(port: int, row: Legitimate, pieces) -> None:
    with connect(port) as client:
        for piece in pieces:
            client.sendall(piece)
        seen = read_answer(client)
        assert seen.status == 200
        assert seen.fields.get("connection") == (
            "close" if not row.kept else "keep-alive" if b"/1.0\r\n" in row.raw else None
        )
        assert "date" in seen.fields
        assert "server" not in seen.fields
        told = json.loads(seen.body)
        assert {name: told[name] for name in row.seen} == row.seen
        assert is_kept(client) is row.kept


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_passes(port, row):
    passed(port, row, [row.raw])


SHORT = [row for row in ROWS if len(row.raw) < 300]


@pytest.mark.parametrize("row", SHORT, ids=lambda row: row.name)
def test_passes_byte_by_byte(port, row):
    passed(port, row, [row.raw[at : at + 1] for at in range(len(row.raw))])


@pytest.mark.parametrize("row", [row for row in SHORT if len(row.raw) > 80][::3], ids=lambda row: row.name)
def test_passes_cut_at_every_offset(port, row):
    for at in range(1, len(row.raw), 3):
        passed(port, row, [row.raw[:at], row.raw[at:]])
