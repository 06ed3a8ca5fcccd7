"""The two body decoders by themselves: cut anywhere, they give the same bytes and the same rest."""

from __future__ import annotations

import pytest

from gateway.http import BadBody, ChunkedBody, LengthBody
from tests.gateway.http.rows import ROWS

STREAM = b'5\r\nhello\r\n1;a="b"\r\n \r\n5\r\nworld\r\n0\r\nA: b\r\n\r\n'


def fed(body, pieces) -> tuple[bytes, bytes | None]:
    data, rest = b"", None
    for piece in pieces:
        if rest is not None:
            rest += piece
            continue
        got, rest = body.feed(piece)
        data += got
    return data, rest


def cuts(stream: bytes):
    yield [stream]
    yield [stream[at : at + 1] for at in range(len(stream))]
    for at in range(1, len(stream)):
        yield [stream[:at], stream[at:]]


def test_chunks_cut_anywhere():
    for pieces in cuts(STREAM + b"next"):
        assert fed(ChunkedBody(), pieces) == (b"hello world", b"next")


def test_length_cut_anywhere():
    for pieces in cuts(b"hello" + b"next"):
        assert fed(LengthBody(5), pieces) == (b"hello", b"next")


@pytest.mark.parametrize("end", range(len(STREAM)))
def test_chunks_that_stop_early_are_never_complete(end):
    assert fed(ChunkedBody(), [STREAM[:end]])[1] is None


@pytest.mark.parametrize("row", [row for row in ROWS if row.begins], ids=lambda row: row.name)
def test_wrong_chunks_are_wrong_wherever_they_are_cut(row):
    stream = row.raw.partition(b"\r\n\r\n")[2]
    for pieces in cuts(stream) if len(stream) < 100 else [[stream], [stream[:4000], stream[4000:]]]:
        with pytest.raises(BadBody):
            fed(ChunkedBody(), pieces)


def test_a_wrong_line_is_refused_before_its_end():
    for begun in (b"x", b"5\r\nhelloX", b"5\r\nhello\rX", b"0\r\n:", b"5 ", b"5\rX", b"0\r\n ", b"000000001"):
        with pytest.raises(BadBody):
            fed(ChunkedBody(), [begun])


def test_extensions_and_trailers_share_eight_kib():
    extension = b"1;" + b"a" * 4000 + b"\r\nx\r\n"
    assert fed(ChunkedBody(), [extension * 2 + b"0\r\n\r\n"]) == (b"xx", b"")
    with pytest.raises(BadBody):
        fed(ChunkedBody(), [extension * 2 + b"0\r\nA: " + b"b" * 400 + b"\r\n\r\n"])


def test_many_small_chunks_cost_linear_time():
    stream = b"1\r\nx\r\n" * 50_000 + b"0\r\n\r\n"
    assert fed(ChunkedBody(), [stream]) == (b"x" * 50_000, b"")


def test_remaining_bytes_are_what_is_known_to_come():
    length, chunks = LengthBody(10), ChunkedBody()
    length.feed(b"abc")
    assert length.remaining_bytes == 7
    assert chunks.remaining_bytes == 0
    chunks.feed(b"a\r\n123")
    assert chunks.remaining_bytes == 7
