"""Requests as bytes."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.problems import Reason, Refused
from gateway.upstream import UpstreamRequest, render_head
from gateway.upstream.request import ChunkEncoder, LengthEncoder, body_encoder


def test_a_head_is_written_as_it_is():
    request = UpstreamRequest("PATCH", b"/a?b=%20", ((b"host", b"h"), (b"x-a", b"\xe9"), (b"x-a", b"")))
    assert render_head(request) == b"PATCH /a?b=%20 HTTP/1.1\r\nhost: h\r\nx-a: \xe9\r\nx-a: \r\n\r\n"


@pytest.mark.parametrize("smuggled", ["\n", "\r", "\r\n", "\r\nx: y", "\r\n\r\nGET / HTTP/1.1"])
@pytest.mark.parametrize("place", ["method", "target", "name", "value"])
def test_a_line_break_anywhere_is_refused(place, smuggled):
    parts = {"method": "GET", "target": "/", "name": "x-account-id", "value": "a"}
    parts[place] += smuggled
    field = (parts["name"].encode(), parts["value"].encode())
    with pytest.raises(ValueError, match="line break"):
        render_head(UpstreamRequest(parts["method"], parts["target"].encode(), ((b"host", b"h"), field)))


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ((), type(None)),
        (((b"x-content-length", b"3"), (b"x", b"content-length: 3")), type(None)),
        (((b"content-length", b"3"),), LengthEncoder),
        (((b"content-length", b"0"),), LengthEncoder),
        (((b"transfer-encoding", b"chunked"),), ChunkEncoder),
    ],
)
def test_the_framing_is_the_one_that_the_head_declares(fields, kind):
    assert type(body_encoder(render_head(UpstreamRequest("POST", b"/", fields)))) is kind


@pytest.mark.parametrize(
    "fields",
    [
        ((b"content-length", b"3"), (b"content-length", b"3")),
        ((b"content-length", b"3"), (b"transfer-encoding", b"chunked")),
        ((b"transfer-encoding", b"chunked"), (b"transfer-encoding", b"chunked")),
        ((b"transfer-encoding", b"gzip, chunked"),),
        ((b"content-length", b"+3"),),
        ((b"content-length", b""),),
        ((b"content-length", b"1" * 16),),
    ],
)
def test_any_other_framing_is_refused(fields):
    with pytest.raises(ValueError, match="no single framing"):
        body_encoder(render_head(UpstreamRequest("POST", b"/", fields)))


def decoded(chunks: bytes) -> bytes:
    """A naive reader of chunked bodies."""
    body = b""
    while True:
        size, _, rest = chunks.partition(b"\r\n")
        piece, chunks = rest[: int(size, 16)], rest[int(size, 16) :]
        assert chunks.startswith(b"\r\n")
        chunks = chunks[2:]
        body += piece
        if not piece:
            assert chunks == b""
            return body


@given(st.lists(st.binary(max_size=40)))
def test_pieces_come_back_from_chunks(pieces):
    assert decoded(encoded(ChunkEncoder(), pieces)) == b"".join(pieces)


@given(st.lists(st.binary(max_size=5), max_size=5))
def test_a_length_is_kept_to_exactly(pieces):
    body = b"".join(pieces)
    assert encoded(LengthEncoder(len(body)), pieces) == body


@given(st.lists(st.binary(max_size=5), max_size=5), st.integers(0, 25))
def test_any_other_length_is_refused(pieces, length):
    assume(length != len(b"".join(pieces)))
    with pytest.raises(Refused) as caught:
        encoded(LengthEncoder(length), pieces)
    assert caught.value.reason is Reason.MALFORMED_REQUEST


def encoded(encoder, pieces: list[bytes]) -> bytes:
    return b"".join([*map(encoder.encode, pieces), encoder.finish()])
