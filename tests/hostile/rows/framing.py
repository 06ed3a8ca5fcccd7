"""H1 to H4: where a request ends. One reader's end must be every reader's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile.rows.row import CL, HOST, IDENTITY, SMUGGLED, TE, UNFINISHED, Row, get, head, post

if TYPE_CHECKING:
    from collections.abc import Iterator

EMPTY = b"0\r\n\r\n"
REFUSED = (400,)
CODING = (400, 501)


def rows() -> Iterator[Row]:
    yield from _h1()
    yield from _h2()
    yield from _h3()
    yield from _h4()


def _h1() -> Iterator[Row]:
    for name, lines in {
        "length, then chunked": (CL + b"5", TE + b"chunked"),
        "chunked, then length": (TE + b"chunked", CL + b"5"),
        "length 0 and chunked": (CL + b"0", TE + b"chunked"),
        "length that covers the smuggled request": (CL + b"%d" % len(EMPTY + SMUGGLED), TE + b"chunked"),
        "length and identity": (CL + b"5", TE + b"identity"),
        "length and an empty coding": (CL + b"5", TE),
        "length and gzip": (CL + b"5", TE + b"gzip"),
        "length and a coding in odd case": (b"cOnTeNt-LeNgTh: 5", b"tRaNsFeR-eNcOdInG: cHuNkEd"),
        "length and a padded coding": (CL + b"5", TE + b" chunked "),
        "length and a tabbed coding": (CL + b"5", TE + b"\tchunked"),
        "length and two codings": (CL + b"5", TE + b"chunked", TE + b"chunked"),
        "two lengths and a coding": (CL + b"5", CL + b"5", TE + b"chunked"),
        "bad length and chunked": (CL + b"x", TE + b"chunked"),
        "length far from chunked": (CL + b"5", *[b"A%d: b" % at for at in range(50)], TE + b"chunked"),
        "length, chunked, and close": (CL + b"5", TE + b"chunked", b"Connection: close"),
        "length, chunked, and the coding nominated": (CL + b"5", TE + b"chunked", b"Connection: Transfer-Encoding"),
        "length, chunked, and the length nominated": (CL + b"5", TE + b"chunked", b"Connection: Content-Length"),
    }.items():
        statuses = CODING if "two codings" in name else REFUSED
        yield Row(f"H1 {name}", post(*lines, body=EMPTY + SMUGGLED), statuses)
    for method in (b"GET", b"PUT", b"DELETE", b"OPTIONS", b"PATCH"):
        raw = get(CL + b"5", TE + b"chunked", method=method) + EMPTY + SMUGGLED
        yield Row(f"H1 both on {method.decode()}", raw, REFUSED)


def _h2() -> Iterator[Row]:
    for value in (
        b"", b"identity", b"gzip", b"gzip, chunked", b"chunked, gzip", b"chunked, identity", b"identity, chunked",
        b"chunked, chunked", b"chunked,", b",chunked", b", ", b'"chunked"', b"'chunked'", b"xchunked", b"chunkedx",
        b"chunked;q=1", b"chun ked", b"chunked\t", b"\tchunked", b"chunked\xa0", b"\xffchunked", b"ch\xc3\xbcnked",
        b"chunked chunked", b"x-chunked", b"compress", b"deflate", b"cow", b"chunked#", b"[chunked]", b"chunked\\",
    ):  # fmt: skip
        yield Row(f"H2 coding {value!r}", post(TE + value, body=EMPTY + SMUGGLED), CODING)
    for value in (b"\x0bchunked", b"chunked\x00", b"\x00chunked", b"chun\x7fked", b"chunked\x0c", b"chunked\x1f"):
        yield Row(f"H2 control byte {value!r}", post(TE + value, body=EMPTY + SMUGGLED), REFUSED)
    for line in (
        b"Transfer-Encoding : chunked", b" Transfer-Encoding: chunked", b"Transfer-Encoding\t: chunked",
        b"\tTransfer-Encoding: chunked", b"Transfer-Encoding", b"Transfer-Encoding\x00: chunked",
        b"Transfer\xadEncoding: chunked", b"Transfer-Encoding:\r\n chunked", b"A: b\r\n Transfer-Encoding: chunked",
        b"Transfer-Encoding\r: chunked", b"A: b\nTransfer-Encoding: chunked", b"A: b\rTransfer-Encoding: chunked",
        b": chunked\r\nTransfer-Encoding: chunked",
    ):  # fmt: skip
        yield Row(f"H2 name spoilt {line!r}", post(line, CL + b"5", body=EMPTY + SMUGGLED), REFUSED)
    yield Row("H2 chunked twice", post(TE + b"chunked", TE + b"chunked", body=EMPTY + SMUGGLED), CODING)
    yield Row("H2 identity and chunked", post(TE + b"identity", TE + b"chunked", body=EMPTY), CODING)
    yield Row("H2 chunked and identity", post(TE + b"chunked", TE + b"identity", body=EMPTY), CODING)
    yield Row("H2 gzip on a GET", get(TE + b"gzip"), CODING)


def _h3() -> Iterator[Row]:
    for value in (
        b"", b" ", b"+5", b"-5", b"-0", b"--5", b"5,5", b"5, 5", b"5,6", b",5", b"5,", b"5 5", b"0x5", b"5h", b"5.0",
        b".5", b"1e3", b"1_0", b"\xd9\xa5", b"\xef\xbc\x95", b"\xb2", b"5;", b"5;q=1", b'"5"', b"'5'", b"(5)", b"NaN",
        b"five", b"1" * 16, b"9" * 30, b"0" * 20, b"18446744073709551621", b"4294967301" * 2, b"5\xa0",
    ):  # fmt: skip
        yield Row(f"H3 length {value!r}", post(CL + value, body=b"12345" + SMUGGLED), REFUSED)
    for value in (b"5\x0b", b"\x005", b"5\x00", b"5\x0c", b"\x7f5"):
        yield Row(f"H3 control byte {value!r}", post(CL + value, body=b"12345" + SMUGGLED), REFUSED)
    for line in (b"Content-Length : 5", b" Content-Length: 5", b"Content-Length\t: 5", b"Content-Length", b": 5"):
        yield Row(f"H3 name spoilt {line!r}", post(line, body=b"12345" + SMUGGLED), REFUSED)
    yield Row("H3 two lengths", post(CL + b"5", CL + b"6", body=b"123456" + SMUGGLED), REFUSED)
    yield Row("H3 the same length twice", post(CL + b"5", CL + b"5", body=b"12345" + SMUGGLED), REFUSED)
    yield Row("H3 length, and a worse one", post(CL + b"5", CL + b"x", body=b"12345" + SMUGGLED), REFUSED)
    yield Row("H3 on a GET", get(CL + b"x"), REFUSED)
    yield Row("H3 over the default limit", post(CL + b"10485761", body=SMUGGLED), (413,))
    yield Row("H3 over the limit by far", post(CL + b"999999999999999", body=SMUGGLED), (413,))
    small = post(CL + b"200000", target=b"/api/small", body=b"x" * 1000)
    yield Row("H3 over the route's limit", small, (413,), alone=True)
    just = post(CL + b"1001", target=b"/api/small", body=b"x" * 1001)
    yield Row("H3 one byte over the route's limit", just, (413,), kept=True)
    over = post(TE + b"chunked", target=b"/api/small", body=b"3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n")
    yield Row("H3 chunks over the route's limit", over, (413,), kept=True, backend=UNFINISHED)


def _h4() -> Iterator[Row]:
    line = b"POST /api/things HTTP/1.0"
    for name, lines in {
        "chunked": (TE + b"chunked",),
        "chunked, kept alive": (TE + b"chunked", b"Connection: keep-alive"),
        "chunked and a length": (TE + b"chunked", CL + b"5"),
        "gzip": (TE + b"gzip",),
        "identity": (TE + b"identity",),
        "empty coding": (TE,),
    }.items():
        yield Row(f"H4 {name}", head(line, HOST, *IDENTITY, *lines) + EMPTY + SMUGGLED, CODING)
