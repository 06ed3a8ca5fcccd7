"""Answers read from bytes: no sockets. Each answer is read whole, and cut at every byte: the outcome is the same."""

from __future__ import annotations

import pytest

from gateway.upstream.answer import AnswerReader
from gateway.upstream.errors import ProtocolFault, Reset
from gateway.upstream.origin import UpstreamLimits

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

#        what comes, to a HEAD request?                                        status, body, clean?
VALID = {
    "length": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", False, (200, b"ok", True)),
    "length 0": (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", False, (200, b"", True)),
    "a body that looks like a head": (b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n\r\n\r\n\r\n\r\n", False, (200, b"\r\n" * 4, True)),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", False, (200, b"", True)),
    "odd status": (b"HTTP/1.1 599 Odd\r\nContent-Length: 0\r\n\r\n", False, (599, b"", True)),
    "chunked": (CHUNKED + b"2\r\nok\r\n0\r\n\r\n", False, (200, b"ok", True)),
    "chunked, empty": (CHUNKED + b"0\r\n\r\n", False, (200, b"", True)),
    "chunks of line breaks": (CHUNKED + b"4\r\n\r\n\r\n\r\n0\r\n\r\n", False, (200, b"\r\n\r\n", True)),
    "chunk extension": (CHUNKED + b"2;a=b\r\nok\r\n0;c\r\n\r\n", False, (200, b"ok", True)),
    "trailers are dropped": (CHUNKED + b"2\r\nok\r\n0\r\nX-Scopes: all\r\n\r\n", False, (200, b"ok", True)),
    "coding in capitals": (CHUNKED.replace(b"chunked", b"Chunked") + b"2\r\nok\r\n0\r\n\r\n", False, (200, b"ok", True)),
    "until close": (b"HTTP/1.1 200 OK\r\n\r\nas long as it lasts", False, (200, b"as long as it lasts", False)),
    "old version": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", False, (200, b"ok", False)),
    "old version, kept": (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", False, (200, b"ok", True)),
    "says close": (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", False, (200, b"ok", False)),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", False, (204, b"", True)),
    "204 with a length": (b"HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", False, (204, b"", True)),
    "204 with a coding": (b"HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", False, (204, b"", True)),
    "304 with a length": (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", False, (304, b"", True)),
    "HEAD with a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n", True, (200, b"", True)),
    "HEAD with a coding": (CHUNKED, True, (200, b"", True)),
    "HEAD without either": (b"HTTP/1.1 200 OK\r\n\r\n", True, (200, b"", False)),
    "interim answers": (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nX-A: a\r\n\r\n" + CHUNKED + b"2\r\nok\r\n0\r\n\r\n", False, (200, b"ok", True)),
    "bytes after a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", False, (200, b"ok", False)),
    "garbage after a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\x00", False, (200, b"ok", False)),
    "a line break after a length": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\r\n", False, (200, b"ok", False)),
    "a line break after a line break": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\r\n\r\n", False, (200, b"\r\n", False)),
    "bytes after the last chunk": (CHUNKED + b"2\r\nok\r\n0\r\n\r\nextra", False, (200, b"ok", False)),
    "an answer after the last chunk": (CHUNKED + b"0\r\n\r\n" + CHUNKED, False, (200, b"", False)),
    "a whole answer after the last chunk": (CHUNKED + b"0\r\n\r\n" + CHUNKED + b"0\r\n\r\n", False, (200, b"", False)),
    "a line break after the last chunk": (CHUNKED + b"2\r\nok\r\n0\r\n\r\n\r\n", False, (200, b"ok", False)),
    "half a line break after it": (CHUNKED + b"2\r\nok\r\n0\r\n\r\n\r", False, (200, b"ok", False)),
    "odd line breaks after it": (CHUNKED + b"2\r\nok\r\n0\r\n\r\n\n\r\n\r\n", False, (200, b"ok", False)),
    "bytes after a 204": (b"HTTP/1.1 204 No Content\r\n\r\nok", False, (204, b"", False)),
    "bytes after a HEAD": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", True, (200, b"", False)),
    "half a chunk after a HEAD": (CHUNKED + b"2", True, (200, b"", False)),
    "says close, and says more": (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nokmore", False, (200, b"ok", False)),
}  # fmt: skip

INVALID = {
    "garbage": b"SSH-2.0-x\r\n\r\n",
    "a line break first": b"\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "line breaks first": b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a line break after an interim answer": b"HTTP/1.1 100 C\r\n\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "line breaks after an interim answer": b"HTTP/1.1 100 C\r\n\r\n\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "another protocol": b"RTSP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "version 2.0": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "version 0.9": b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    "status 099": b"HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n",
    "status 600": b"HTTP/1.1 600 High\r\nContent-Length: 0\r\n\r\n",
    "status 20": b"HTTP/1.1 20 Short\r\n\r\n",
    "101 with Upgrade": b"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    "101 without": b"HTTP/1.1 101 S\r\n\r\n",
    "control character in the reason": b"HTTP/1.1 200 O\x01K\r\nContent-Length: 0\r\n\r\n",
    "NUL in the reason": b"HTTP/1.1 200 O\x00K\r\nContent-Length: 0\r\n\r\n",
    "control character in a value": b"HTTP/1.1 200 OK\r\nA: b\x01\r\nContent-Length: 0\r\n\r\n",
    "NUL in a value": b"HTTP/1.1 200 OK\r\nA: b\x00\r\nContent-Length: 0\r\n\r\n",
    "bare CR in a value": b"HTTP/1.1 200 OK\r\nA: b\rc\r\nContent-Length: 0\r\n\r\n",
    "bare LF": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "folded": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "space before the colon": b"HTTP/1.1 200 OK\r\nA : b\r\nContent-Length: 0\r\n\r\n",
    "empty name": b"HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
    "two different lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "list of lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok",
    "signed length": b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok",
    "no length": b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\nok",
    "length of 16 digits": b"HTTP/1.1 200 OK\r\nContent-Length: 0000000000000002\r\n\r\nok",
    "length of 2^64": b"HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551618\r\n\r\nok",
    "length, then coding": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "coding, then length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "coding gzip": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok",
    "coding identity": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nok",
    "coding list": CHUNKED.replace(b"chunked", b"gzip, chunked") + b"2\r\nok\r\n0\r\n\r\n",
    "coding twice": CHUNKED[:-2] + CHUNKED[17:] + b"2\r\nok\r\n0\r\n\r\n",
    "coding in HTTP/1.0": CHUNKED.replace(b"1.1", b"1.0") + b"2\r\nok\r\n0\r\n\r\n",
    "chunk size no number": CHUNKED + b"xy\r\n",
    "chunk size overflows": CHUNKED + b"fffffffffffffffff\r\n",
    "chunk longer than it says": CHUNKED + b"2\r\noops\r\n0\r\n\r\n",
    "chunk line with bare LF": CHUNKED + b"2\nok\n0\n\n",
    "head too long": b"HTTP/1.1 200 OK\r\nA: " + b"a" * 500 + b"\r\nContent-Length: 0\r\n\r\n",
    "head without end": b"HTTP/1.1 200 OK\r\nA: " + b"a" * 500,
    "interim heads too long": (b"HTTP/1.1 103 Hints\r\nA: " + b"a" * 160 + b"\r\n\r\n") * 3,
    "too many fields": b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 20 + b"Content-Length: 0\r\n\r\n",
    "too many interim answers": b"HTTP/1.1 103 H\r\n\r\n" * 4 + b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
}

BROKEN_OFF = {
    "nothing": (b"", False),
    "half a status line": (b"HTTP/1.1 20", False),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", False),
    "only an interim answer": (b"HTTP/1.1 100 Continue\r\n\r\n", False),
    "half a body": (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok", False),
    "no last chunk": (CHUNKED + b"2\r\nok\r\n", False),
    "half a chunk": (CHUNKED + b"8\r\nok", False),
    "no end after the last chunk": (CHUNKED + b"2\r\nok\r\n0\r\n", False),
    "half a trailer": (CHUNKED + b"0\r\nX-A: b", False),
    "half a HEAD": (b"HTTP/1.1 200 OK\r\n", True),
}

LIMITS = UpstreamLimits(max_head_bytes=400, max_head_fields=16, max_interim_answers=3)


def read(pieces: list[bytes], *, head_only: bool = False) -> tuple[int, bytes, bool]:
    """Status, body and cleanness of an answer that comes in these pieces and then ends with the connection."""
    reader = AnswerReader(LIMITS)
    reader.expect(head_only=head_only)
    body, is_clean = b"", True
    for piece in pieces:
        if reader.ended:  # a connection drops what comes now, and itself
            is_clean = False
            break
        reader.feed(piece)
        body += b"".join(reader.pieces)
    if not reader.ended:
        reader.feed_eof()
    assert reader.head is not None
    return reader.head.status, body, is_clean and reader.is_clean()


def cuts(answer: bytes) -> list[list[bytes]]:
    """In one piece, in two at every place, and byte by byte."""
    halves = [[answer[:cut], answer[cut:]] for cut in range(1, len(answer))]
    return [[answer], *halves, [answer[at : at + 1] for at in range(len(answer))]]


@pytest.mark.parametrize("name", VALID)
def test_valid_answers_are_the_same_however_they_are_cut(name):
    answer, head_only, expected = VALID[name]
    assert {read(pieces, head_only=head_only) for pieces in cuts(answer)} == {expected}


@pytest.mark.parametrize("name", INVALID)
def test_invalid_answers_are_faults_however_they_are_cut(name):
    for pieces in cuts(INVALID[name]):
        with pytest.raises(ProtocolFault):
            read(pieces)


@pytest.mark.parametrize("name", BROKEN_OFF)
def test_an_answer_that_breaks_off_is_never_whole(name):
    answer, head_only = BROKEN_OFF[name]
    for pieces in cuts(answer) if answer else [[]]:
        with pytest.raises(Reset):
            read(pieces, head_only=head_only)


def test_the_head_has_lower_case_names_and_trimmed_values_and_no_trailer():
    reader = AnswerReader(LIMITS)
    reader.feed(CHUNKED[:-2] + b"X-A:  one \t\r\nx-a:\r\nX-L1: \xe9\r\n\r\n0\r\nX-Trailer: t\r\n\r\n")
    assert reader.head == (
        200,
        b"OK",
        ((b"transfer-encoding", b"chunked"), (b"x-a", b"one"), (b"x-a", b""), (b"x-l1", b"\xe9")),
        None,
    )


def test_the_fields_of_an_interim_answer_are_not_those_of_the_final_one():
    reader = AnswerReader(LIMITS)
    reader.feed(b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 Fine\r\nContent-Length: 0\r\n\r\n")
    assert reader.head == (200, b"Fine", ((b"content-length", b"0"),), 0)


@pytest.mark.parametrize("first", [name for name, case in VALID.items() if case[2][2]])
@pytest.mark.parametrize("second", ["length", "chunked", "204", "HEAD with a length", "interim answers"])
def test_a_clean_reader_reads_the_next_answer(first, second):
    reader = AnswerReader(LIMITS)
    for answer, head_only, (status, body, _) in (VALID[first], VALID[second]):
        reader.expect(head_only=head_only)
        reader.feed(answer)
        assert reader.head is not None
        assert (reader.head.status, b"".join(reader.pieces), reader.is_clean()) == (status, body, True)


@pytest.mark.parametrize(
    "endless", [b"0\r\n" + b"X-T: " + b"t" * 1000, b"0\r\n" + b"a: b\r\n" * 200, b"1;" + b"e" * 1000]
)
def test_trailers_and_chunk_extensions_are_bounded(endless):
    reader = AnswerReader(LIMITS)
    reader.feed(CHUNKED + b"2\r\nok\r\n")
    pieces = iter([endless[at : at + 100] for at in range(0, len(endless), 100)])
    with pytest.raises(ProtocolFault, match="over their limit"):
        list(map(reader.feed, pieces))
    assert len(list(pieces)) > 2  # not only at its end


def test_many_small_chunks_are_not_taken_for_trailers():
    reader = AnswerReader(LIMITS)
    reader.feed(CHUNKED)
    for _ in range(1000):
        reader.feed(b"1\r\n")
        reader.feed(b"a\r\n")
    reader.feed(b"0\r\n\r\n")
    assert reader.is_clean()


def test_a_fault_says_what_is_wrong_and_none_of_the_bytes():
    with pytest.raises(ProtocolFault) as caught:
        read([b"HTTP/1.1 200 OK\r\nX-Secret: s3cr3t\x01\r\n\r\n"])
    assert "s3cr3t" not in caught.value.detail
