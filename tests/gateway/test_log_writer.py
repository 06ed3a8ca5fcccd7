"""Lines are gathered, written in batches, never lost while there is room, and never waited for."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import threading

import pytest

from gateway.log_writer import LineWriter

NEVER_S = 3600.0
LINE = b"x" * 99 + b"\n"
FILLER = b"f" * (select.PIPE_BUF - 1) + b"\n"


class Pipe:
    """A pipe whose reader reads when it is told to."""

    def __init__(self):
        self.reader, self.writer = os.pipe()
        self.ends = {self.reader, self.writer}
        self.filled = 0

    def fill(self):
        """Writes lines until the pipe takes no more: whoever writes next waits for the reader."""
        os.set_blocking(self.writer, False)
        with contextlib.suppress(BlockingIOError):
            while os.write(self.writer, FILLER):
                self.filled += 1
        os.set_blocking(self.writer, True)

    def close(self, end):
        self.ends.discard(end)
        os.close(end)

    def read_lines(self, count):
        """Blocks until that many lines have come."""
        got = b""
        while got.count(b"\n") < count:
            got += os.read(self.reader, 65536)
        return got.splitlines(keepends=True)


@pytest.fixture
def pipe():
    pipe = Pipe()
    yield pipe
    for end in tuple(pipe.ends):
        pipe.close(end)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log"


@pytest.fixture
def file(path):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    yield fd
    os.close(fd)


async def test_lines_wait_for_each_other_and_then_go_by_themselves(pipe):
    writer = LineWriter(pipe.writer, flush_s=0.01)
    writer.append(b"one\n")
    writer.append(b"two\n")
    assert await asyncio.to_thread(pipe.read_lines, 2) == [b"one\n", b"two\n"]
    writer.append(b"three\n")
    assert await asyncio.to_thread(pipe.read_lines, 1) == [b"three\n"]
    assert writer.close(10)


async def test_a_large_batch_does_not_wait(pipe):
    writer = LineWriter(pipe.writer, flush_s=NEVER_S, batch_bytes=250)
    for _ in range(3):
        writer.append(LINE)
    assert await asyncio.to_thread(pipe.read_lines, 3) == [LINE] * 3
    assert writer.close(10)


async def test_closing_loses_nothing(file, path):
    writer = LineWriter(file, flush_s=NEVER_S)
    lines = [b"%d\n" % number for number in range(20_000)]
    for line in lines:
        writer.append(line)
    assert writer.close(10)
    assert path.read_bytes() == b"".join(lines)
    assert repr(writer) == "<LineWriter 20000 written, 0 dropped, 0 bytes pending>"


async def test_what_comes_after_closing_is_dropped_and_counted(file, path):
    writer = LineWriter(file)
    assert writer.close(10)
    writer.write(b"late\n")
    assert writer.close(10)
    assert (path.read_bytes(), writer.dropped) == (b"", 1)


def test_other_threads_may_write_without_a_loop(file, path):
    writer = LineWriter(file)
    threads = [threading.Thread(target=lambda: [writer.write(LINE) for _ in range(200)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert writer.close(10)
    assert path.read_bytes() == LINE * 800


async def test_a_blocked_output_stops_nobody_and_takes_bounded_memory(pipe):
    pipe.fill()
    writer = LineWriter(pipe.writer, flush_s=NEVER_S, batch_bytes=4000, pending_bytes=65_536)
    total = 5000
    for _ in range(total):
        writer.append(LINE)
    writer.flush()
    assert repr(writer) == "<LineWriter 0 written, 4360 dropped, 64000 bytes pending>"
    assert not writer.close(0.01)
    # The reader is back: what was kept comes, in order and whole.
    assert await asyncio.to_thread(pipe.read_lines, pipe.filled + 640) == [FILLER] * pipe.filled + [LINE] * 640
    assert writer.close(10)
    assert (writer.written, writer.dropped) == (640, 4360)


async def test_an_output_that_fails_is_counted_and_tried_again():
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        writer = LineWriter(full)
        writer.write(b"one\n")
        writer.write(b"two\nthree\n")
        assert writer.close(10)
        assert (writer.written, writer.dropped) == (0, 3)
    finally:
        os.close(full)


async def test_a_reader_that_has_gone_is_counted(pipe):
    writer = LineWriter(pipe.writer)
    pipe.close(pipe.reader)
    writer.write(LINE)
    assert writer.close(10)
    assert repr(writer) == "<LineWriter 0 written, 1 dropped, 0 bytes pending>"


async def test_a_pipe_made_non_blocking_by_another_is_waited_for(pipe):
    os.set_blocking(pipe.writer, False)
    writer = LineWriter(pipe.writer)
    for _ in range(30):
        writer.write(LINE * 100)
    assert await asyncio.to_thread(pipe.read_lines, 3000) == [LINE] * 3000
    assert writer.close(10)
    assert writer.dropped == 0


async def test_workers_on_one_pipe_do_not_cut_into_each_others_lines(pipe):
    writers = [LineWriter(pipe.writer) for _ in range(3)]
    lines = [letter * 700 + b"\n" for letter in (b"a", b"b", b"c")]
    for writer, line in zip(writers, lines, strict=True):
        writer.write(line * 200)
    got = await asyncio.to_thread(pipe.read_lines, 600)
    assert sorted(got) == sorted(line for line in lines for _ in range(200))
    assert all(writer.close(10) for writer in writers)


async def test_a_line_longer_than_an_atomic_write_comes_whole(pipe):
    writer = LineWriter(pipe.writer)
    long = b"y" * 10_000 + b"\n"
    writer.write(LINE + long + LINE)
    assert await asyncio.to_thread(pipe.read_lines, 3) == [LINE, long, LINE]
    assert writer.close(10)
