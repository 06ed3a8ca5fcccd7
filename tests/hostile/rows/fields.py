"""H7, H14 to H17, H20 to H22, S5: what a field line may be, and which fields die at the gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile.rows.row import CL, HOST, IDENTITY, ONE, Row, get, head, post, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

LINES = {
    "folded with a space": b"A: b\r\n c",
    "folded with a tab": b"A: b\r\n\tc",
    "folded key": b"x-api-key:\r\n {KEY}",
    "space before the colon": b"A : b",
    "tab before the colon": b"A\t: b",
    "space before the name": b" A: b",
    "no colon": b"A",
    "no name": b": b",
    "only a colon": b":",
    "space in the name": b"A b: c",
    "comma in the name": b"A,b: c",
    "slash in the name": b"A/b: c",
    "brackets in the name": b"A[b]: c",
    "parentheses in the name": b"A(b): c",
    "quotes in the name": b'"A": c',
    "at in the name": b"A@b: c",
    "non-ASCII name": b"\xc3\xa9: b",
    "soft hyphen in the name": b"x-api\xadkey: {OTHER}",
    "NUL in the name": b"A\x00: b",
    "DEL in the name": b"A\x7f: b",
    "NUL in the value": b"A: b\x00c",
    "CR in the value": b"A: b\rc",
    "LF in the value": b"A: b\nx-scopes: evil",
    "CR LF CR": b"A: b\r\n\r c",
    "CR CR LF": b"A: b\r\r\nC: d",
    "LF CR": b"A: b\n\rC: d",
    "escape in the value": b"A: \x1b[31m",
    "vertical tab": b"A: \x0b",
    "form feed": b"A: \x0c",
    "DEL in the value": b"A: \x7f",
    "bell in the value": b"A: \x07",
    "file separator": b"A: b\x1cc",
    "a request line among the fields": b"GET /api/things?evil HTTP/1.1",
    "an answer line among the fields": b"HTTP/1.1 200 OK",
}
NOMINATED = (
    b"host", b"Content-Length", b"transfer-encoding", b"x-api-key", b"X-Api-Key", b"x-pixel-id", b"X-PIXEL-ID",
    b"Authorization", b"close, x-api-key", b"keep-alive,X-PIXEL-ID , close", b"close x", b'"close"', b"close;x", b"a b",
    b"\xc3\xa9", b"{close}", b"close/1", b"x-api-key,", b",,x-api-key,,", b"\tx-api-key",
)  # fmt: skip
SET_AFTERWARDS = (
    b"x-key-id", b"x-scopes", b"x-tenant-id", b"x-resources", b"x-request-id", b"x-account-id", b"x-plan",
    b"x-forwarded-for", b"X-Real-IP", b"via", b"cache-control",
)  # fmt: skip
"""What a `Connection` option may name in vain: the gateway sets its own fields after it has obeyed the option."""
SPOOFED = (
    b"x-key-id", b"x-account-id", b"x-tenant-id", b"x-scopes", b"x-plan", b"x-resources", b"X-Key-Id", b"X-SCOPES",
    b"x_key_id", b"x_scopes", b"x_tenant_id", b"x_api_key", b"x_pixel_id", b"X_Forwarded_For", b"Content_Length",
    b"Transfer_Encoding", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-forwarded-port",
    b"x-forwarded-prefix", b"x-forwarded-server", b"x-forwarded-user", b"x-real-ip", b"forwarded", b"keep-alive",
    b"proxy-connection", b"proxy-authorization", b"proxy-authenticate", b"te", b"trailer", b"http2-settings",
    b"x-original-url", b"x-rewrite-url", b"x-http-method-override",
)  # fmt: skip


def rows() -> Iterator[Row]:
    yield from _h7()
    yield from _h14()
    yield from _h15()
    yield from _h16()
    yield from _spoofed()
    yield from _h22()


def _h7() -> Iterator[Row]:
    for name, line in LINES.items():
        yield Row(f"H7 {name}", get(line), (400,))
    line = b"GET /api/things HTTP/1.1"
    yield Row("H7 LF line ends", b"\n".join((line, HOST, *IDENTITY)) + b"\n\n", (400,))
    yield Row("H7 LF after the request line", line + b"\n" + HOST + b"\r\n\r\n", (400,))
    yield Row("H7 LF before the end", get()[:-2] + b"\n", (400,))
    yield Row("H7 CR line ends", b"\r".join((line, HOST, *IDENTITY)) + b"\r\r", (400,))
    yield Row("H7 first field folded", head(line, b" " + HOST, *IDENTITY), (400,))
    yield Row("H7 two empty lines before", b"\r\n\r\n" + get(), (400,))
    yield Row("H7 LF before the request", b"\n" + get(), (400,))
    yield Row("H7 space before the request", b" " + get(), (400,))
    yield Row("H7 byte order mark", b"\xef\xbb\xbf" + get(), (400,))


def _h14() -> Iterator[Row]:
    for option in NOMINATED:
        yield Row(f"H14 nominated {option!r}", get(b"Connection: " + option), (400,))
    for option in SET_AFTERWARDS:
        yield Row(f"H14 nominated, and set afterwards {option!r}", get(b"Connection: " + option), (200,), True, ONE)
    yield Row("H14 nominated in a second line", get(b"Connection: close", b"Connection: x-api-key"), (400,))
    raw = get(b"Connection: close, x-evil", b"x-evil: evil")
    yield Row("H14 what is nominated is dropped", raw, (200,), backend=ONE)
    yield Row("H14 nominated in odd case", get(b"coNNection: X-EVIL", b"x-evil: evil"), (200,), True, ONE)
    yield Row("H14 nominated before its field", get(b"x-evil: evil", b"Connection: x-evil"), (200,), True, ONE)
    yield Row("H14 forty options", get(b"Connection: " + b"a, " * 40 + b"x-evil", b"x-evil: evil"), (200,), True, ONE)


def _h15() -> Iterator[Row]:
    for protocol in (b"websocket", b"h2c", b"TLS/1.0", b"evil", b"h2c, websocket", b"HTTP/2.0"):
        raw = get(b"Connection: Upgrade", b"Upgrade: " + protocol, b"HTTP2-Settings: AAMAAABkevil")
        yield Row(f"H15 {protocol.decode()}", raw, (200, 426), True, ONE)
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    raw = get(b"Connection: Upgrade", b"Upgrade: websocket", key, b"Sec-WebSocket-Version: 13")
    yield Row("H15 a whole handshake", raw, (200, 426), True, ONE)
    raw = head(b"GET /api/things HTTP/1.1", HOST, b"Connection: Upgrade", b"Upgrade: websocket")
    yield Row("H15 without a key", raw, (401,), True)
    raw = post(b"Connection: Upgrade", b"Upgrade: h2c", CL + b"2", body=b"ok")
    yield Row("H15 with a body", raw, (200, 426), True, ONE)


def _h16() -> Iterator[Row]:
    for value in (b"", b"200-ok", b"100-continue, 100-continue", b"100-continu", b"100-continue;q=1", b"evil", b"100"):
        raw = post(b"Expect: " + value, CL + b"5", body=b"hello")
        yield Row(f"H16 {value!r}", raw, (417,))
    raw = post(b"Expect: 100-continue", b"Expect: 100-continue", CL + b"5", body=b"hello")
    yield Row("H16 twice", raw, (417,))
    raw = head(b"POST /api/things HTTP/1.1", HOST, b"Expect: 100-continue", CL + b"100")
    yield Row("H16 no key: refused before the body", raw, (401,), alone=True)
    raw = post(b"Expect: 100-continue", CL + b"1001", target=b"/api/small")
    yield Row("H16 too large: refused before the body", raw, (413,), alone=True)


def _spoofed() -> Iterator[Row]:
    for name in SPOOFED:
        number = "H20" if b"forwarded" in name.lower() or b"real" in name else "H21" if b"_" in name else "S5"
        yield Row(f"{number} {name.decode()} is not ours to keep", get(name + b": evil"), (200,), True, ONE)
    raw = get(b"x-scopes: evil", b"x-scopes: things:write evil")
    yield Row("S5 twice", raw, (200,), True, ONE)
    raw = get(b"x-scopes: evil", target=b"/api/nowhere")
    yield Row("S5 on a path that is not declared", raw, (404,), True)
    raw = get(b"x-forwarded-for: evil, 10.0.0.1", b"x-forwarded-for: evil")
    yield Row("H20 two lines of X-Forwarded-For", raw, (200,), True, ONE)
    raw = sized(b"hello", b"Content_Length: 500")
    yield Row("H21 a length with an underscore is none", raw, (200,), True, ONE)
    raw = sized(b"0\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n", b"Transfer_Encoding: chunked")
    yield Row("H21 a coding with an underscore is none", raw, (200,), True, ONE)


def _h22() -> Iterator[Row]:
    for value in (b"{KEY}\xa0", b"\xa0{KEY}", b"{KEY}\xe2\x80\x8b", b"{KEY}\xc2\xa0", b"{KEY},", b'"{KEY}"', b"{KEY};"):
        raw = get(identity=(b"x-api-key: " + value, b"x-pixel-id: pixel-a"))
        yield Row(f"H22 only spaces and tabs are trimmed {value!r}", raw, (401,), True)
