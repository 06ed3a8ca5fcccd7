"""Hostile requests, by requirement of SECURITY.md section 3, each with the only answer it may get."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.problems import Reason
from tests.gateway.http.requests import chunked, get, post


@dataclass(frozen=True)
class Row:
    """`raw` must be answered by `reason`'s status, and the connection closed; no application may see it whole.

    `begins`: the head is right, so an application may have been called before the body was found wrong.
    """

    name: str
    raw: bytes
    reason: Reason
    begins: bool = False


BAD = Reason.MALFORMED_REQUEST
FRAMING = Reason.AMBIGUOUS_FRAMING
CODING = Reason.TRANSFER_ENCODING_UNSUPPORTED
TARGET = Reason.TARGET_INVALID
HOST = Reason.HOST_INVALID
EXPECT = Reason.EXPECTATION_UNSUPPORTED
VERSION = Reason.VERSION_UNSUPPORTED
LARGE = Reason.HEADERS_TOO_LARGE
LONG = Reason.TARGET_TOO_LONG


CL, TE = b"Content-Length: ", b"Transfer-Encoding: "
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


def _h1_both_framings():
    for name, lines in {
        "length then chunked": (CL + b"5", TE + b"chunked"),
        "chunked then length": (TE + b"chunked", CL + b"5"),
        "zero length and chunked": (CL + b"0", TE + b"chunked"),
        "length and identity": (CL + b"5", TE + b"identity"),
        "bad length and chunked": (CL + b"x", TE + b"chunked"),
        "length, other fields, chunked": (CL + b"5", b"A: b", b"C: d", TE + b"chunked"),
        "odd case": (b"cOnTeNt-LeNgTh: 5", b"tRaNsFeR-eNcOdInG: chunked"),
        "padded": (CL + b" \t5\t ", TE + b"\tchunked \t"),
    }.items():
        yield Row(f"H1 {name}", post(*lines, body=b"0\r\n\r\n" + SMUGGLED), FRAMING)


def _h2_codings():
    for value in (
        b"",
        b"identity",
        b"gzip",
        b"gzip, chunked",
        b"chunked, gzip",
        b"chunked, chunked",
        b"chunked,",
        b",chunked",
        b'"chunked"',
        b"'chunked'",
        b"xchunked",
        b"chunkedx",
        b"chunked;q=1",
        b"chun ked",
        b"chunked\t",
        b"\tchunked",
        b"chunked\xa0",
        b"\xffchunked",
        b"cow",
    ):
        yield Row(f"H2 coding {value!r}", post(TE + value, body=b"0\r\n\r\n" + SMUGGLED), CODING)
    yield Row("H2 chunked twice", post(TE + b"chunked", TE + b"chunked", body=b"0\r\n\r\n" + SMUGGLED), CODING)
    yield Row("H2 identity, chunked in two lines", post(TE + b"identity", TE + b"chunked"), CODING)
    for value in (b"\x0bchunked", b"chunked\x00", b"chun\x7fked", b"chunked\x0c"):
        yield Row(f"H2 control byte {value!r}", post(TE + value, body=b"0\r\n\r\n"), BAD)
    for line in (b"Transfer-Encoding : chunked", b" Transfer-Encoding: chunked", b"Transfer-Encoding\t: chunked"):
        yield Row(f"H2 name spoilt {line!r}", post(line, body=b"0\r\n\r\n" + SMUGGLED), BAD)


def _h3_lengths():
    for value in (
        b"",
        b"+5",
        b"-5",
        b"-0",
        b"5,5",
        b"5, 5",
        b"5 5",
        b"0x5",
        b"5h",
        b"5.0",
        b"1e3",
        b"1_0",
        b"\xd9\xa5",
        b"\xef\xbc\x95",
        b"5;",
        b'"5"',
        b"1" * 16,
        b"9" * 30,
        b"0" * 20,
        b"18446744073709551621",
    ):
        yield Row(f"H3 length {value!r}", post(CL + value, body=b"12345" + SMUGGLED), FRAMING)
    yield Row("H3 two lengths", post(CL + b"5", CL + b"6", body=b"123456"), FRAMING)
    yield Row("H3 the same length twice", post(CL + b"5", CL + b"5", body=b"12345"), FRAMING)
    yield Row("H3 on a GET", get(CL + b"x"), FRAMING)


def _h4_chunked_in_1_0():
    yield Row("H4 chunked", post(TE + b"chunked", body=b"0\r\n\r\n", version=b"HTTP/1.0"), FRAMING)
    yield Row(
        "H4 chunked, kept alive",
        post(TE + b"chunked", b"Connection: keep-alive", body=b"0\r\n\r\n" + SMUGGLED, version=b"HTTP/1.0"),
        FRAMING,
    )
    yield Row("H4 gzip", post(TE + b"gzip", version=b"HTTP/1.0"), FRAMING)


def _h5_chunks():
    for name, body in {
        "no digits": b"\r\nhello\r\n0\r\n\r\n",
        "not hex": b"g\r\nhello\r\n0\r\n\r\n",
        "sign": b"+5\r\nhello\r\n0\r\n\r\n",
        "minus": b"-5\r\nhello\r\n0\r\n\r\n",
        "0x": b"0x5\r\nhello\r\n0\r\n\r\n",
        "underscore": b"1_0\r\nhello\r\n0\r\n\r\n",
        "nine digits": b"000000005\r\nhello\r\n0\r\n\r\n",
        "overflow": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
        "space before": b" 5\r\nhello\r\n0\r\n\r\n",
        "space after": b"5 \r\nhello\r\n0\r\n\r\n",
        "tab after": b"5\t\r\nhello\r\n0\r\n\r\n",
        "LF after size": b"5\nhello\r\n0\r\n\r\n",
        "CR CR LF after size": b"5\r\r\nhello\r\n0\r\n\r\n",
        "CR after size": b"5\rhello\r\n0\r\n\r\n",
        "LF after data": b"5\r\nhello\n0\r\n\r\n",
        "nothing after data": b"5\r\nhello0\r\n\r\n",
        "data too long": b"5\r\nhello!\r\n0\r\n\r\n",
        "LF at the end": b"5\r\nhello\r\n0\r\n\n",
        "LF after last chunk": b"5\r\nhello\r\n0\n\r\n",
        "extension with CR": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
        "extension with LF": b"5;a\nb\r\nhello\r\n0\r\n\r\n",
        "extension with NUL": b"5;a\x00\r\nhello\r\n0\r\n\r\n",
        "extension without name": b"5;\r\nhello\r\n0\r\n\r\n",
        "extension with space": b"5 ;a=b\r\nhello\r\n0\r\n\r\n",
        "extension with open quote": b'5;a="b\r\nhello\r\n0\r\n\r\n',
        "extension too long": b"5;" + b"a" * 9000 + b"\r\nhello\r\n0\r\n\r\n",
        "many extensions": (b"1;" + b"a" * 1000 + b"\r\nx\r\n") * 9 + b"0\r\n\r\n",
        "size line never ends": b"5;" + b"a" * 9000,
        "zeros never end": b"0" * 20,
        "trailer folded": b"0\r\nA: b\r\n c\r\n\r\n",
        "trailer without colon": b"0\r\nA\r\n\r\n",
        "trailer with space in name": b"0\r\nA : b\r\n\r\n",
        "trailer without name": b"0\r\n: b\r\n\r\n",
        "trailer with NUL": b"0\r\nA: \x00\r\n\r\n",
        "trailer with LF": b"0\r\nA: b\n\r\n",
        "trailers too long": b"0\r\n" + b"A: " + b"b" * 9000 + b"\r\n\r\n",
        "many trailers": b"0\r\n" + b"A: b\r\n" * 1500 + b"\r\n",
        "a request where a chunk should be": SMUGGLED,
    }.items():
        yield Row(f"H5 {name}", chunked(body), BAD, begins=True)


def _h7_fields():
    for name, line in {
        "folded with space": b"A: b\r\n c",
        "folded with tab": b"A: b\r\n\tc",
        "first line folded": b" A: b",
        "space before colon": b"A : b",
        "tab before colon": b"A\t: b",
        "empty name": b": b",
        "no colon": b"A",
        "no colon, with a dash": b"x_a",
        "space in name": b"A b: c",
        "quote in name": b'"A": b',
        "slash in name": b"A/b: c",
        "at in name": b"A@b: c",
        "brackets in name": b"A[b]: c",
        "non-ASCII name": b"\xc3\xa9: b",
        "NUL in name": b"A\x00: b",
        "NUL in value": b"A: b\x00c",
        "CR in value": b"A: b\rc",
        "LF in value": b"A: b\nc: d",
        "CR CR LF": b"A: b\r\r\nC: d",
        "escape in value": b"A: \x1b[31m",
        "vertical tab": b"A: \x0b",
        "form feed": b"A: \x0c",
        "DEL in value": b"A: \x7f",
        "bell in value": b"A: \x07",
    }.items():
        yield Row(f"H7 {name}", get(line), BAD)
    yield Row("H7 LF line ends", b"GET /x HTTP/1.1\nHost: a\n\n", BAD)
    yield Row("H7 one LF line end", b"GET /x HTTP/1.1\r\nHost: a\nA: b\r\n\r\n", BAD)
    yield Row("H7 LF before the end", b"GET /x HTTP/1.1\r\nHost: a\r\n\n", BAD)
    yield Row("H7 CR line ends", b"GET /x HTTP/1.1\rHost: a\r\r", BAD)


def _h8_sizes():
    yield Row("H8 one field too large", get(b"A: " + b"b" * 17000), LARGE)
    yield Row("H8 fields too large together", get(*[b"A%d: " % i + b"b" * 400 for i in range(50)]), LARGE)
    yield Row("H8 101 fields", get(*[b"A: b"] * 100), LARGE)
    yield Row("H8 101 fields, most of them dropped", get(*[b"a_b: c"] * 100), LARGE)
    yield Row("H8 no end in sight", b"GET /x HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 3000, LARGE)
    yield Row("H8 long target", get(target=b"/" + b"x" * 9000), LONG)
    yield Row("H8 long query", get(target=b"/?" + b"x" * 9000), LONG)
    yield Row("H8 request line never ends", b"GET /" + b"x" * 20000, LONG)
    yield Row("H8 method never ends", b"G" * 20000, LONG)


def _h9_versions():
    for version in (b"HTTP/2.0", b"HTTP/3.0", b"HTTP/0.9", b"HTTP/1.2", b"HTTP/1.9", b"HTTP/9.9"):
        yield Row(f"H9 {version!r}", get(version=version), VERSION)
    for version in (
        b"http/1.1",
        b"HTTP/1.",
        b"HTTP/1",
        b"HTTP/11",
        b"HTTP/1.10",
        b"HTTP/01.1",
        b"HTTPS/1.1",
        b"HTTP /1.1",
    ):
        yield Row(f"H9 {version!r}", get(version=version), BAD)
    yield Row("H9 no version", b"GET /x\r\nHost: a\r\n\r\n", BAD)
    yield Row("H9 no version, no fields", b"GET /x\r\n\r\n", BAD)
    yield Row("H9 space after version", get(version=b"HTTP/1.1 "), BAD)
    yield Row("H9 HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", VERSION)
    yield Row("H9 TLS", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", BAD)


def _h10_hosts():
    yield Row("H10 none", get(host=b""), HOST)
    yield Row("H10 none in 1.0", get(host=b"", version=b"HTTP/1.0"), HOST)
    yield Row("H10 twice", get(b"Host: a"), HOST)
    yield Row("H10 two different", get(b"Host: b"), HOST)
    for value in (
        b"",
        b"a b",
        b"a, b",
        b"a,b",
        b"a/b",
        b"a@b",
        b"http://a",
        b"a:b",
        b"a:-1",
        b"a:123456",
        b"a:1:2",
        b":80",
        b"[::1",
        b"::1",
        b"[::1]x",
        b"[x]",
        b"a?b",
        b"a#b",
        b"a\\b",
        b"a%00",
        b"\xc3\xa9",
        b"a\tb",
        b"a;b",
        b'"a"',
    ):
        yield Row(f"H10 {value!r}", get(host=b"Host: " + value), HOST)


def _h11_targets():
    for target in (
        b"http://a/x",
        b"https://a/x",
        b"HTTP://a/",
        b"//a/x",
        b"/\\a/x",
        b"a:80",
        b"a",
        b"@a",
        b":80@a",
        b"x/y",
        b"*",
        b"?x",
        b"/x#y",
        b"/#",
        b"#",
        b"/\xc3\xa9",
        b"/\xff",
        b"\\x",
    ):
        yield Row(f"H11 {target!r}", get(target=target), TARGET)
    for target in (b"/x y", b"/x\x00y", b"/\x7f", b"/\x1b", b" /x", b"/x ", b"/x\ty"):
        yield Row(f"H11 {target!r}", get(target=target), TARGET if target == b"/x\ty" else BAD)
    yield Row("H11 no target", b"GET  HTTP/1.1\r\nHost: a\r\n\r\n", TARGET)
    yield Row("H11 tab as separator", b"GET\t/x\tHTTP/1.1\r\nHost: a\r\n\r\n", BAD)


def _h12_methods():
    for method in (b"", b"G ET", b"GE(T", b"GET,", b"G\xc3\x89T", b"{}", b"GET:", b"G/T", b"\x00GET"):
        yield Row(f"H12 {method!r}", method + b" /x HTTP/1.1\r\nHost: a\r\n\r\n", BAD)
    yield Row("H12 CONNECT", b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", TARGET)


def _h14_connection():
    for option in (
        b"host",
        b"Content-Length",
        b"transfer-encoding",
        b"x-api-key",
        b"X-Api-Key",
        b"x-pixel-id",
        b"Authorization",
        b"x-key-id",
        b"close, x-api-key",
        b"keep-alive,X-PIXEL-ID , close",
        b"close x",
        b'"close"',
        b"close;x",
    ):
        yield Row(f"H14 {option!r}", get(b"Connection: " + option, b"x-api-key: k"), BAD)
    yield Row("H14 in a second line", get(b"Connection: close", b"Connection: x-api-key"), BAD)


def _h16_expectations():
    for value in (b"", b"200-ok", b"100-continue, 100-continue", b"100-continu", b"100-continue;q=1"):
        yield Row(f"H16 {value!r}", post(b"Expect: " + value, CL + b"5", body=b"12345"), EXPECT)
    yield Row("H16 twice", post(b"Expect: 100-continue", b"Expect: 100-continue", CL + b"5"), EXPECT)


ROWS: list[Row] = [
    *_h1_both_framings(),
    *_h2_codings(),
    *_h3_lengths(),
    *_h4_chunked_in_1_0(),
    *_h5_chunks(),
    *_h7_fields(),
    *_h8_sizes(),
    *_h9_versions(),
    *_h10_hosts(),
    *_h11_targets(),
    *_h12_methods(),
    *_h14_connection(),
    *_h16_expectations(),
]
