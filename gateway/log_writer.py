"""Where log lines go: gathered in memory, written in batches by a thread, so that no request waits for an output."""

from __future__ import annotations

import asyncio
import os
import queue
import select
import stat
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FLUSH_S = 0.05
BATCH_BYTES = 64 * 1024
PENDING_BYTES = 8 * 1024 * 1024


class LineWriter:
    """Writes lines to a file descriptor, which stays its caller's.

    `append` is for one event loop: a line waits at most `flush_s`, or until a batch is large. `write` is for any
    thread: the line is handed over at once. At most `pending_bytes` wait for an output that is slow; what is over that,
    and what an output that failed did not take, is dropped and counted.

    The mutable state is the batch (`_lines`, `_lines_bytes`, `_timer`: the loop's alone) and, under `_lock`, the
    figures (`_pending`, `_closed`, `written`, `dropped`).
    """

    def __init__(
        self,
        fd: int,
        *,
        flush_s: float = FLUSH_S,
        batch_bytes: int = BATCH_BYTES,
        pending_bytes: int = PENDING_BYTES,
    ) -> None:
        self._fd = fd
        self._flush_s = flush_s
        self._batch_bytes = batch_bytes
        self._pending_bytes = pending_bytes
        self._lines: list[bytes] = []
        self._lines_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._lock = threading.Lock()
        self._pending = 0
        self._closed = False
        self.written = 0
        self.dropped = 0
        self._batches: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        return f"<LineWriter {self.written} written, {self.dropped} dropped, {self._pending} bytes pending>"

    def append(self, line: bytes) -> None:
        """Take a line that ends in a newline, to be written with others soon. On the event loop only."""
        self._lines.append(line)
        self._lines_bytes += len(line)
        if self._lines_bytes >= self._batch_bytes:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._flush_s, self.flush)

    def write(self, line: bytes) -> None:
        """Take a line that ends in a newline, to be written now. From any thread."""
        with self._lock:
            if self._closed or self._pending + len(line) > self._pending_bytes:
                self.dropped += line.count(b"\n")
                return
            self._pending += len(line)
            self._batches.put(line)

    def flush(self) -> None:
        """Hand over what was gathered. On the event loop only."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._lines:
            batch = b"".join(self._lines)
            self._lines.clear()
            self._lines_bytes = 0
            self.write(batch)

    def close(self, timeout_s: float) -> bool:
        """Write what is left, waiting at most `timeout_s`; lines that come later are dropped. True: all was tried."""
        self.flush()
        with self._lock:
            if not self._closed:
                self._closed = True
                self._batches.put(None)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (batch := self._batches.get()) is not None:
            taken = _write_lines(self._fd, batch)
            dropped = batch.count(b"\n", taken)
            with self._lock:
                self._pending -= len(batch)
                self.dropped += dropped
                self.written += batch.count(b"\n") - dropped


def _write_lines(fd: int, batch: bytes) -> int:
    """How many bytes the output took: all of them, or those before it failed."""
    taken = 0
    try:
        for piece in _pieces(fd, batch):
            view = memoryview(piece)
            while view:
                count = _write_some(fd, view)
                taken += count
                view = view[count:]
    except OSError:  # the disk is full, the reader is gone: counted as dropped by the caller
        pass
    return taken


def _write_some(fd: int, view: memoryview) -> int:
    """Like os.write, also where someone who shares the descriptor has made it non-blocking."""
    while True:
        try:
            return os.write(fd, view)
        except BlockingIOError:
            select.select([], [fd], [])


def _pieces(fd: int, batch: bytes) -> Iterator[bytes]:
    """The batch in parts that the output takes whole: workers that share a pipe must not cut into each other's lines.

    Writes to a pipe are atomic up to PIPE_BUF bytes (POSIX, write()); other outputs take the batch as it is.
    """
    if not stat.S_ISFIFO(os.fstat(fd).st_mode):
        yield batch
        return
    start = 0
    while start < len(batch):
        end = batch.rfind(b"\n", start, start + select.PIPE_BUF) + 1 or batch.find(b"\n", start) + 1 or len(batch)
        yield batch[start:end]
        start = end
