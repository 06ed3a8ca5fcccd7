"""One connection to a backend: an asyncio protocol that carries one exchange at a time, by callbacks.

    NEW --made--> IDLE --start--> WAITING --head--> READING --end, clean--> IDLE
    any --fault, abort, deadline, an end that is not clean--> CLOSED

A receiver (below) hears of its answer as it comes. The connection tells its home, the pool, when it is free or closed.
It is its own judge of being free: the answer ended at its last byte, the request was wholly sent, the backend keeps it.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from math import inf
from typing import TYPE_CHECKING, Protocol, cast

from gateway.upstream.answer import AnswerReader
from gateway.upstream.errors import TALKING, Reset, TimedOut, UpstreamError, translate

if TYPE_CHECKING:
    from gateway.upstream.answer import AnswerHead
    from gateway.upstream.origin import UpstreamLimits


class Phase(Enum):
    NEW = auto()
    IDLE = auto()
    WAITING = auto()
    READING = auto()
    CLOSED = auto()


NEW, IDLE, WAITING, READING, CLOSED = Phase


class Receiver(Protocol):
    """Hears one answer: a head, then pieces of its body, then its end; or a fault in place of what is still missing.

    `whole`: the complete body, when it came together with the head; then the end follows at once, without pieces, and
    the connection may already be another's. Nothing is called any more after `on_end`, `on_fault`, or an abort of the
    receiver's own; nor may the receiver touch the connection after them.
    """

    def on_head(self, head: AnswerHead, whole: bytes | None) -> None: ...
    def on_body(self, piece: bytes) -> None: ...
    def on_end(self) -> None: ...
    def on_fault(self, fault: UpstreamError) -> None: ...


class Home(Protocol):
    """Whose a connection is."""

    def on_free(self, connection: Connection) -> None: ...
    def on_closed(self, connection: Connection) -> None: ...


class Connection(asyncio.Protocol):
    """Mutable state, touched on the event loop only: the phase, who receives, what is sent and heard, the deadline.

    A deadline is a number that the pool's sweep compares with the clock: a timer for each would cost far more.
    """

    def __init__(self, home: Home, limits: UpstreamLimits, loop: asyncio.AbstractEventLoop) -> None:
        self.phase = NEW
        self.deadline_s = inf
        self.is_reused = False
        self._home = home
        self._limits = limits
        self._loop = loop
        self._reader = AnswerReader(limits)
        self._receiver: Receiver | None = None
        self._transport: asyncio.Transport | None = None
        self._is_sent = True
        self._is_heard = False
        self._is_paused = False
        self._room: asyncio.Future[None] | None = None

    # What the owner of an exchange calls.

    def start(self, head: bytes, receiver: Receiver, *, head_only: bool = False, whole: bool = True) -> None:
        """Sends `head`. `head_only`: the method is HEAD. `whole`: the request ends with it, no `write` follows.

        Raises `Reset` (stale) when the connection has closed in the meantime: nothing was sent then.
        """
        if self.phase is not IDLE or self._transport is None:
            raise Reset("the connection closed before the request was sent", stale=True)
        self.phase = WAITING
        self._receiver = receiver
        self._reader.expect(head_only=head_only)
        self._is_sent = whole
        self._is_heard = False
        self._transport.write(head)
        self._set_deadline()

    def write(self, piece: bytes) -> None:
        """Sends more of the request. Nothing happens on a closed connection: its receiver has been told."""
        if self._transport is not None and piece:
            self._transport.write(piece)

    def finish_request(self) -> None:
        """The request is wholly sent: from now on the backend is waited for."""
        self._is_sent = True
        self._set_deadline()

    async def writable(self) -> None:
        """Waits until the backend has taken enough of what was written, or the connection is closed."""
        if self._room is not None:
            await asyncio.shield(self._room)

    def pause(self) -> None:
        """The receiver has enough for now: no more is read, and the backend is not blamed for the time."""
        if self._transport is not None and not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
            self._set_deadline()

    def resume(self) -> None:
        if self._transport is not None and self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
            self._set_deadline()

    def abort(self) -> None:
        """Closes at once, what is not written yet is lost: an unfinished request never completes at the backend."""
        if self.phase is CLOSED:
            return
        self.phase = CLOSED
        self._receiver = None
        self.deadline_s = inf
        self.resume_writing()
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
        self._home.on_closed(self)

    def is_expired(self) -> bool:
        return self.deadline_s <= self._loop.time()

    def expire(self) -> None:
        """The pool's sweep found the deadline passed."""
        self.fail(TimedOut("no further byte in time" if self._is_heard else "no first byte in time"))

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if self.phase is CLOSED:
            self._transport.abort()
        else:
            self.phase = IDLE

    def data_received(self, data: bytes) -> None:
        receiver, reader = self._receiver, self._reader
        if receiver is None:
            self.abort()  # bytes that nobody asked for
            return
        self._is_heard = True
        is_head_due = reader.head is None
        try:
            reader.feed(data)
        except UpstreamError as fault:
            self.fail(fault)
            return
        if is_head_due and reader.head is not None:
            self._deliver_head(receiver, reader.head)
        else:
            self._deliver(receiver)

    def eof_received(self) -> None:
        receiver = self._receiver
        if receiver is None:
            self.abort()
            return
        try:
            self._reader.feed_eof()
        except Reset as fault:
            self.fail(fault)
        else:
            self._reader.pieces = []
            self._deliver(receiver)

    def connection_lost(self, exc: Exception | None) -> None:
        self.fail(Reset("connection closed") if exc is None else translate(exc, TALKING))

    def pause_writing(self) -> None:
        self._room = self._loop.create_future()
        self._set_deadline()

    def resume_writing(self) -> None:
        if self._room is not None:
            self._room.set_result(None)
            self._room = None
            self._set_deadline()

    def _deliver_head(self, receiver: Receiver, head: AnswerHead) -> None:
        if self._reader.ended:
            whole = b"".join(self._reader.pieces)
            self._release()
            receiver.on_head(head, whole)
            receiver.on_end()
            return
        self.phase = READING
        receiver.on_head(head, None)
        self._deliver(receiver)

    def _deliver(self, receiver: Receiver) -> None:
        """What the last feed brought of the body, and the end. The receiver may have aborted at any step."""
        if self._receiver is receiver and self._reader.pieces:
            receiver.on_body(b"".join(self._reader.pieces))
        if self._receiver is not receiver:
            return
        if self._reader.ended:
            self._release()
            receiver.on_end()
        else:
            self._set_deadline()

    def _release(self) -> None:
        """The exchange is over: to the pool, if nothing of it can reach the next one; else closed."""
        if not self._is_sent or not self._reader.is_clean():
            self.abort()
            return
        self.resume()
        self.phase = IDLE
        self._receiver = None
        self.is_reused = True
        self.deadline_s = self._loop.time() + self._limits.keep_idle_s
        self._home.on_free(self)

    def fail(self, fault: UpstreamError) -> None:
        """Closes at once, and tells the receiver why."""
        receiver = self._receiver
        if isinstance(fault, Reset) and self.is_reused and not self._is_heard:
            fault.stale = True
        self.abort()
        if receiver is not None:
            receiver.on_fault(fault)

    def _set_deadline(self) -> None:
        """The one table of waiting: for whom, and how long."""
        limits = self._limits
        if self._receiver is None or self._is_paused:
            wait_s = inf  # for our own side
        elif not self._is_sent:
            wait_s = inf if self._room is None else limits.idle_timeout_s  # for the client, or the backend to take it
        else:
            wait_s = limits.idle_timeout_s if self._is_heard else limits.first_byte_timeout_s
        self.deadline_s = self._loop.time() + wait_s
