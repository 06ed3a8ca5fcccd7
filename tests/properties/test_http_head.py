"""Whatever our parser accepts, h11 and httptools read alike: method, target, fields, framing, body and where it ends.

It is the other direction that matters little: what they accept and we refuse is a 400. Requests are made from right and
wrong parts, so that many are accepted and most of the rest are nearly right.
"""

from __future__ import annotations

import contextlib

import h11
import httptools
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gateway.http import BadBody, BadHead, ChunkedBody, HeadRules, parse_head
from gateway.http.grammar import KNOWN_NAMES, TOKEN, lower_name

RULES = HeadRules(guarded=frozenset({b"x-api-key"}))

METHODS = st.sampled_from([b"GET", b"POST", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"PATCH", b"get", b"G T", b""])
TARGETS = st.one_of(
    st.sampled_from(
        [b"/", b"/x", b"/a/b?c=d", b"/%2f", b"*", b"//x", b"/x#y", b"http://a/", b"/\\x", b"/a b", b"/\x00"]
    ),
    st.text("ab/?%;=&|{}\"'\\^`~.:@", max_size=12).map(lambda text: b"/" + text.encode()),
    st.binary(max_size=6).map(lambda tail: b"/" + tail),
)
VERSIONS = st.sampled_from([b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/1.2", b"HTTP/2.0", b"http/1.1", b""])
NAMES = st.one_of(
    st.sampled_from([b"Accept", b"x-api-key", b"X-Pixel-Id", b"a_b", b"Content_Length", b"Cookie", b"Te", b"Trailer"]),
    st.sampled_from([b"Content-Length", b"Transfer-Encoding", b"Connection", b"Expect", b"Upgrade", b"Keep-Alive"]),
    st.text("aB-1_!~ \t:", min_size=0, max_size=6).map(str.encode),
)
VALUES = st.one_of(
    st.sampled_from(
        [b"5", b"0", b"05", b"5, 5", b"+5", b"chunked", b"Chunked", b"gzip, chunked", b"close", b"100-continue"]
    ),
    st.sampled_from(
        [b"keep-alive, a", b"x-api-key", b"", b" padded \t", b"a\tb", b"\xe9", b"a\x00", b"a\rb", b"a\x7f"]
    ),
    st.binary(max_size=8),
    st.text(' \tab,;="', max_size=8).map(str.encode),
)
FIELDS = st.lists(st.tuples(NAMES, st.sampled_from([b":", b": ", b":\t", b" :", b""]), VALUES), max_size=5)
HOSTS = st.sampled_from(
    [[b"Host: a"]] * 6 + [[], [b"Host: a", b"Host: a"], [b"Host: a:80"], [b"host:[::1]"], [b"Host: a/b"]]
)
LINE_ENDS = st.sampled_from([b"\r\n"] * 8 + [b"\n", b"\r\r\n", b"\r\n "])


@st.composite
def wild_blocks(draw) -> bytes:
    """A head without its last empty line, of right and wrong parts."""
    lines = [b" ".join((draw(METHODS), draw(TARGETS), draw(VERSIONS)))]
    lines += draw(HOSTS)
    lines += [name + colon + value for name, colon, value in draw(FIELDS)]
    return draw(LINE_ENDS).join(lines)


RIGHT_TARGETS = st.text("ab/?%;=&|{}^`~.:@", max_size=12).map(lambda text: b"/" + text.lstrip("/").encode())
RIGHT_FIELDS = st.lists(
    st.tuples(
        st.text("aB-1!~", min_size=1, max_size=6).map(str.encode),
        st.sampled_from([b":", b": ", b":\t "]),
        st.text('ab \t,;="\xe9', max_size=8).map(lambda text: text.encode("latin-1")),
    ),
    max_size=4,
)
FRAMINGS = st.sampled_from([[], [], [b"Content-Length: 5"], [b"Transfer-Encoding: chunked"], [b"Connection: a, close"]])


@st.composite
def right_blocks(draw) -> bytes:
    """A head to be accepted."""
    version = draw(st.sampled_from([b"HTTP/1.1"] * 3 + [b"HTTP/1.0"]))
    lines = [b" ".join((draw(st.sampled_from([b"GET", b"POST", b"HEAD"])), draw(RIGHT_TARGETS), version)), b"Host: a"]
    lines += [name + colon + value for name, colon, value in draw(RIGHT_FIELDS)]
    lines += draw(FRAMINGS) if version == b"HTTP/1.1" else []
    return b"\r\n".join(lines)


@st.composite
def spoilt(draw, streams) -> bytes:
    """One byte of it changed, added or taken out; the bytes on which parsers differ come often."""
    stream = draw(streams)
    at = draw(st.integers(0, len(stream)))
    byte = draw(
        st.one_of(
            st.sampled_from([b"\r", b"\n", b" ", b"\t", b"\x00", b":", b"_", b",", b"+", b""]), st.binary(max_size=1)
        )
    )
    return stream[:at] + byte + stream[at + draw(st.integers(0, 1)) :]


def blocks():
    return st.one_of(right_blocks(), spoilt(right_blocks()), wild_blocks())


class Recorder:
    """What httptools reads."""

    def __init__(self) -> None:
        self.target, self.fields, self.body = b"", [], b""
        self.head_complete = self.complete = False

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.head_complete:  # it reports trailers as headers
            self.fields.append((name.lower(), value.strip(b" \t")))

    def on_headers_complete(self) -> None:
        self.head_complete = True

    def on_body(self, piece: bytes) -> None:
        self.body += piece

    def on_message_complete(self) -> None:
        self.complete = True


def without_underscores(fields) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in fields if b"_" not in name]


def lower_codings(fields) -> list[tuple[bytes, bytes]]:
    """h11 gives the coding and the expectation in lower case."""
    lowered = (b"transfer-encoding", b"expect")
    return [(name, value.lower() if name in lowered else value) for name, value in fields]


def read_by_httptools(raw: bytes) -> tuple[httptools.HttpRequestParser, Recorder]:
    recorder = Recorder()
    parser = httptools.HttpRequestParser(recorder)
    with contextlib.suppress(httptools.HttpParserUpgrade):
        parser.feed_data(raw)
    return parser, recorder


KNOWN_TO_HTTPTOOLS = {"GET", "POST", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"}


@settings(max_examples=400)
@given(blocks())
def test_what_is_accepted_is_read_alike(block):
    try:
        head = parse_head(block, RULES)
    except BadHead:
        return
    raw = block + b"\r\n\r\n"

    connection = h11.Connection(h11.SERVER)
    connection.receive_data(raw)
    request = connection.next_event()
    assert isinstance(request, h11.Request)
    assert request.method.decode() == head.method
    assert request.target == head.target
    assert request.http_version.decode() == head.version
    assert lower_codings(without_underscores(request.headers)) == lower_codings(head.fields)

    if head.method in KNOWN_TO_HTTPTOOLS:
        parser, recorder = read_by_httptools(raw)
        assert recorder.head_complete
        assert parser.get_method().decode() == head.method
        assert parser.get_http_version() == head.version
        assert recorder.target == head.target
        assert without_underscores(recorder.fields) == list(head.fields)
        has_body = head.chunked or bool(head.content_length)
        assert recorder.complete is not has_body


@given(blocks())
def test_what_is_accepted_keeps_its_own_promises(block):
    try:
        head = parse_head(block, RULES)
    except BadHead:
        return
    assert head.path + (b"?" + head.query if b"?" in head.target else b"") == head.target
    assert head.target == b"*" or (head.target.startswith(b"/") and not head.target.startswith(b"//"))
    assert head.target.isascii()
    assert not (head.chunked and head.content_length is not None)
    for name, value in head.fields:
        assert TOKEN.fullmatch(name)
        assert name == name.lower()
        assert b"_" not in name
        assert value == value.strip(b" \t")
        assert not set(value) & set(b"\r\n\x00")


SIZES = st.one_of(
    st.just(None), st.sampled_from([b"0", b"1", b"05", b"A", b"g", b"", b" 1", b"1 ", b"000000001", b"0x1"])
)
EXTENSIONS = st.sampled_from([b""] * 5 + [b";a", b";a=b", b';a="b c"', b";", b";a b", b";a=\x00", b" ;a"])
ENDS = st.sampled_from([b"\r\n"] * 12 + [b"\n", b"\r", b"", b"\r\r\n"])
TRAILERS = st.sampled_from([b""] * 4 + [b"a: b\r\n", b"x-api-key: k\r\nb: c\r\n", b"a\r\n", b"a : b\r\n", b" a: b\r\n"])


@st.composite
def wild_streams(draw) -> bytes:
    """A chunked body of right and wrong parts, and something behind it."""
    stream = b""
    for data in draw(st.lists(st.binary(min_size=1, max_size=20), max_size=4)):
        size = draw(SIZES) or b"%x" % len(data)
        stream += size + draw(EXTENSIONS) + draw(ENDS) + data + draw(ENDS)
    return (
        stream
        + b"0"
        + draw(EXTENSIONS)
        + draw(ENDS)
        + draw(TRAILERS)
        + draw(ENDS)
        + draw(st.sampled_from([b"", b"GET /"]))
    )


@st.composite
def right_streams(draw) -> bytes:
    """A chunked body to be accepted."""
    chunks = draw(
        st.lists(st.tuples(st.sampled_from([b"", b"0", b"00"]), st.binary(min_size=1, max_size=20)), max_size=4)
    )
    stream = b"".join(zeros + b"%X" % len(data) + b"\r\n" + data + b"\r\n" for zeros, data in chunks)
    return stream + b"0\r\n\r\n"


def chunk_streams():
    return st.one_of(right_streams(), spoilt(right_streams()), wild_streams())


def decoded(stream: bytes) -> tuple[bytes, bytes] | None:
    """Body and rest, or None if the stream is refused or unfinished."""
    try:
        body, rest = ChunkedBody().feed(stream)
    except BadBody:
        return None
    return None if rest is None else (body, rest)


@settings(max_examples=400)
@given(chunk_streams())
def test_an_accepted_chunked_body_is_read_alike(stream):
    result = decoded(stream)
    assume(result is not None)
    body, rest = result
    whole = stream[: len(stream) - len(rest)]
    head = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

    connection = h11.Connection(h11.SERVER)
    connection.receive_data(head + stream)
    connection.next_event()
    read = b""
    while isinstance(event := connection.next_event(), h11.Data):
        read += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage)
    assert (read, connection.trailing_data[0]) == (body, rest)

    _, recorder = read_by_httptools(head + whole)
    assert (recorder.body, recorder.complete) == (body, True)
    _, recorder = read_by_httptools(head + whole[:-1])
    assert not recorder.complete


@given(chunk_streams(), st.data())
def test_cutting_a_chunked_body_changes_nothing(stream, data):
    cut = data.draw(st.integers(0, len(stream)))
    body = ChunkedBody()
    try:
        first, rest = body.feed(stream[:cut])
        if rest is None:
            second, rest = body.feed(stream[cut:])
            first += second
        else:
            rest += stream[cut:]
    except BadBody:
        assert decoded(stream) is None
        return
    assert decoded(stream) == (None if rest is None else (first, rest))


@given(st.binary(max_size=40))
def test_any_bytes_are_accepted_or_refused_and_nothing_else(block):
    try:
        parse_head(b"GET / HTTP/1.1\r\nHost: a\r\n" + block, RULES)
        parse_head(block, RULES)
    except BadHead:
        pass


def test_known_names_are_only_a_faster_way():
    for spelling, name in KNOWN_NAMES.items():
        assert TOKEN.fullmatch(spelling)
        assert name == spelling.lower()
        assert lower_name(spelling) == name
    assert lower_name(b"X-Odd") == b"x-odd"
    assert lower_name(b"x odd") is None
