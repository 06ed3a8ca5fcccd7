"""Framing of answers: what each kind of answer looks like on the wire, and the promises that an application may break."""

from __future__ import annotations

import pytest

from gateway.http import BadResponse, ResponseWriter

DATE = (b"date", b"today")


def written(status=200, fields=(), pieces=(b"hello",), *, method="GET", version="1.1", keep_alive=True) -> list[bytes]:
    """What each body message writes."""
    writer = ResponseWriter(method, version, keep_alive=keep_alive)
    writer.start(status, (DATE, *fields))
    last = len(pieces) - 1
    return [b"".join(writer.body(piece, more=at < last)) for at, piece in enumerate(pieces)]


LENGTH_5 = (b"Content-Length", b"5")

WIRE = {
    "whole body, no length": (written(), [b"content-length: 5\r\n\r\nhello"]),
    "length given": (written(fields=[LENGTH_5]), [b"content-length: 5\r\n\r\nhello"]),
    "length given, two pieces": (
        written(fields=[LENGTH_5], pieces=(b"he", b"llo")),
        [b"content-length: 5\r\n\r\nhe", b"llo"],
    ),
    "no length, pieces": (
        written(pieces=(b"he", b"", b"llo", b"")),
        [b"transfer-encoding: chunked\r\n\r\n2\r\nhe\r\n", b"", b"3\r\nllo\r\n", b"0\r\n\r\n"],
    ),
    "no length, pieces, 1.0": (
        written(pieces=(b"he", b"llo"), version="1.0"),
        [b"connection: close\r\n\r\nhe", b"llo"],
    ),
    "1.0 kept": (written(version="1.0"), [b"content-length: 5\r\nconnection: keep-alive\r\n\r\nhello"]),
    "closing": (written(keep_alive=False), [b"content-length: 5\r\nconnection: close\r\n\r\nhello"]),
    "application closes": (
        written(fields=[(b"connection", b"close"), LENGTH_5]),
        [b"content-length: 5\r\nconnection: close\r\n\r\nhello"],
    ),
    "HEAD": (written(fields=[LENGTH_5], method="HEAD", pieces=(b"",)), [b"content-length: 5\r\n\r\n"]),
    "HEAD with a body": (written(fields=[LENGTH_5], method="HEAD"), [b"content-length: 5\r\n\r\n"]),
    "HEAD, no length": (written(method="HEAD", pieces=(b"",)), [b"\r\n\r\n"]),
    "HEAD in pieces": (written(method="HEAD", pieces=(b"a", b"b")), [b"\r\n\r\n", b""]),
    "204": (written(204, pieces=(b"",)), [b"\r\n\r\n"]),
    "204 with a body and a length": (written(204, [LENGTH_5]), [b"\r\n\r\n"]),
    "304": (written(304, [LENGTH_5]), [b"content-length: 5\r\n\r\n"]),
    "application's framing is not sent": (
        written(fields=[(b"transfer-encoding", b"chunked"), (b"keep-alive", b"9"), (b"connection", b"upgrade")]),
        [b"content-length: 5\r\n\r\nhello"],
    ),
}


@pytest.mark.parametrize("name", WIRE)
def test_wire(name):
    (first, *rest), (expected, *expected_rest) = WIRE[name]
    assert first.partition(b"date: today\r\n")[2] == expected.lstrip(b"\r\n") or first.endswith(
        b"date: today" + expected
    )
    assert rest == expected_rest


def test_status_line_fields_in_order_and_a_date():
    writer = ResponseWriter("GET", "1.1", keep_alive=True)
    writer.start(404, [(b"X-B", b"1"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")])
    (wire,) = writer.body(b"", more=False)
    lines = wire.split(b"\r\n")
    assert lines[:4] == [b"HTTP/1.1 404 Not Found", b"x-b: 1", b"set-cookie: a=1", b"set-cookie: b=2"]
    assert lines[4].startswith(b"date: ")
    assert lines[4].endswith(b" GMT")
    assert lines[5:] == [b"content-length: 0", b"", b""]


def test_unnamed_status_has_an_empty_phrase():
    assert written(499)[0].startswith(b"HTTP/1.1 499 \r\n")


def test_big_pieces_are_not_copied():
    piece = b"x" * 100_000
    writer = ResponseWriter("GET", "1.1", keep_alive=True)
    writer.start(200, [DATE])
    assert writer.body(piece, more=False)[1] is piece


def bad(fields=(), pieces=(b"hello",), **kinds):
    return lambda: written(fields=fields, pieces=pieces, **kinds)


BROKEN = {
    "longer than its length": bad([LENGTH_5], (b"hello!",)),
    "longer, in pieces": bad([LENGTH_5], (b"hello", b"!")),
    "shorter": bad([LENGTH_5], (b"hell",)),
    "shorter, in pieces": bad([LENGTH_5], (b"he", b"ll")),
    "length doubled": bad([LENGTH_5, LENGTH_5]),
    "length no number": bad([(b"content-length", b"+5")]),
    "length too long": bad([(b"content-length", b"1" * 16)]),
    "CRLF in a value": bad([(b"a", b"b\r\nc: d")]),
    "LF in a value": bad([(b"a", b"b\nc")]),
    "NUL in a value": bad([(b"a", b"\x00")]),
    "name no token": bad([(b"a b", b"c")]),
    "CRLF in a name": bad([(b"a\r\nb", b"c")]),
    "informational status": bad(status=103),
    "no status": bad(status=1000),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_an_error(name):
    with pytest.raises(BadResponse):
        BROKEN[name]()


def test_messages_out_of_order_are_errors():
    writer = ResponseWriter("GET", "1.1", keep_alive=True)
    with pytest.raises(BadResponse):
        writer.body(b"", more=False)
    writer.start(200, [])
    with pytest.raises(BadResponse):
        writer.start(200, [])
    writer.body(b"", more=False)
    with pytest.raises(BadResponse):
        writer.body(b"", more=False)
