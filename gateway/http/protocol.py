"""One client connection: an asyncio protocol that uvicorn takes as `http=`.

What is parsed is decided in `head` and `body`, what is written in `response`; here is only the order of things. A
connection is in one of these states, told apart by `_cycle`, `_body` and `_lingering`, which alone steer it:

    waiting    no cycle, no body     for a request: nothing of it has come (idle), or a part of its head
    answering  cycle                 an application runs; `_body` decodes as long as the request body is not complete
    draining   no cycle, a body      the answer is out, the rest of the request body is read and thrown away
    lingering  `_lingering`          the last answer is out; what comes is thrown away until the client closes

Requests of one connection are answered one after the other: the next head is parsed when the answer before is complete.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from math import inf
from typing import TYPE_CHECKING, Any, cast

from gateway.http.alarm import Alarm
from gateway.http.asgi_cycle import AsgiCycle
from gateway.http.body import BadBody, ChunkedBody, LengthBody
from gateway.http.body_clock import BodyClock
from gateway.http.direct_cycle import DirectCycle
from gateway.http.flow import HIGH_WATER_BYTES, Flow
from gateway.http.head import BadHead
from gateway.http.head_buffer import HeadBuffer
from gateway.http.peer import Peer
from gateway.http.response import last_answer
from gateway.problems import Reason

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from gateway.http.cycle import Cycle
    from gateway.http.edge import Edge
    from gateway.http.head import Head

DRAIN_BYTES = 64 * 1024
"""What is read of a request body after its answer, to keep the connection; a longer rest ends it (SECURITY.md H18)."""
LINGER_BYTES = 1024 * 1024
"""What is read after the last answer before the connection is closed under a client that does not stop sending."""
_LINGER_NOT = struct.pack("ii", 1, 0)
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class GatewayProtocol(asyncio.Protocol):
    """`config` needs `edge` and `loaded_app`; `server_state` is uvicorn's, shared by a listener's connections."""

    def __init__(
        self,
        config: Any,
        server_state: Any,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self._app: ASGIApp = config.loaded_app
        self._edge: Edge = config.edge
        self._server_state = server_state
        self._app_state = app_state
        self._loop = _loop or asyncio.get_running_loop()
        self._alarm = Alarm(self._loop, self._on_alarm)
        self._received = HeadBuffer(self._edge.head)
        self._cycle: Cycle | None = None
        self._body: LengthBody | ChunkedBody | None = None
        self._clock = BodyClock(self._edge.deadlines)
        self._awaits_continue = False
        self._discarded_bytes = 0
        self._half_closed = False
        self._lingering = False
        self._shutting_down = False

    # Called by asyncio and uvicorn

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.flow = Flow(self._transport)
        self._peer = Peer(transport, self._edge.trusted_proxies)
        self._server_state.connections.add(self)
        self._alarm.expect_read(self._edge.deadlines.idle_s)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._server_state.connections.discard(self)
        self._alarm.cancel()
        self._lose_client()
        self.flow.resume_writing()

    def eof_received(self) -> bool:
        """The client has closed, or will only listen: the two look alike, so an answer has a moment left to come."""
        if self._cycle is None:
            return False
        if self._body is not None:
            self._lose_client()
            self._cut_off()
            return False
        self._half_closed = True
        self._alarm.expect_read(self._edge.deadlines.half_closed_s)
        return True

    def pause_writing(self) -> None:
        self.flow.pause_writing()
        self._alarm.expect_write(self._edge.deadlines.send_stall_s)

    def resume_writing(self) -> None:
        self.flow.resume_writing()
        self._alarm.expect_write(inf)

    def shutdown(self) -> None:
        """Serve no further request: an idle connection goes, an answer under way is the last."""
        self._shutting_down = True
        if self._cycle is None and self._body is None and not self._received and not self._lingering:
            self._alarm.expect_read(self._edge.deadlines.drain_idle_s)

    def data_received(self, data: bytes) -> None:
        if self._lingering:
            self._throw_away(len(data), LINGER_BYTES)
        elif self._body is not None:
            self._feed_body(self._body, data)
        else:
            self._received.add(data)
            if self._cycle is None:
                self._next_request()
            elif len(self._received) > HIGH_WATER_BYTES:
                self.flow.pause_reading()

    # Reading a request

    def _next_request(self) -> None:
        """Begin the next request if its head is all there."""
        received = self._received
        was_idle = not received.checked_bytes
        try:
            head = received.next_head()
        except BadHead as bad:
            self._refuse(bad.reason, None)
            return
        if head is not None:
            self._begin(head)
        elif was_idle and received:
            self._alarm.expect_read(self._edge.deadlines.head_s)

    def _begin(self, head: Head) -> None:
        if len(self._server_state.tasks) >= self._edge.in_flight:
            self._refuse(Reason.OVERLOADED, head)
            return
        cycle = self._cycle = self._cycle_of(head)
        self._alarm.expect_read_by(inf)
        if head.chunked or head.content_length:
            self._begin_body(head)
            if cycle.gone:
                return
        else:
            cycle.finish_body()
        task = self._loop.create_task(cycle.run())
        cycle.task = task
        self._server_state.tasks.add(task)
        task.add_done_callback(self._server_state.tasks.discard)

    def _cycle_of(self, head: Head) -> Cycle:
        """The fast lane where the listener has one, else its ASGI application."""
        if self._edge.handle is not None:
            return DirectCycle(self, head, self._edge.handle, self._peer.request(head))
        return AsgiCycle(self, head, self._app, self._peer.scope(head, self._app_state))

    def _begin_body(self, head: Head) -> None:
        body = self._body = LengthBody(head.content_length) if head.content_length else ChunkedBody()
        self._clock = BodyClock(self._edge.deadlines)
        self._discarded_bytes = 0
        self._awaits_continue = head.expects_continue
        if not self._awaits_continue:
            self._clock.start(self._loop.time())
        self._alarm.expect_read_by(self._clock.deadline())
        if self._received:
            self._feed_body(body, self._received.take_all())

    def _feed_body(self, body: LengthBody | ChunkedBody, received: bytes) -> None:
        try:
            piece, rest = body.feed(received)
        except BadBody:
            self._refuse(Reason.MALFORMED_REQUEST, self._cycle.head if self._cycle else None)
            return
        if self._awaits_continue:  # the client did not wait for the 100
            self._awaits_continue = False
            self._clock.start(self._loop.time())
        self._clock.count(len(received))
        if rest is None:
            self._alarm.expect_read_by(self._clock.deadline())
        else:
            self._body = None
            self._alarm.expect_read_by(inf)
            self._received.add(rest)
        self._pass_on(piece, len(received), complete=rest is not None)

    def _pass_on(self, piece: bytes, received_bytes: int, *, complete: bool) -> None:
        """Give decoded body bytes to whom they concern: the cycle, or nobody."""
        if self._cycle is None:
            self._throw_away(received_bytes, DRAIN_BYTES)
            if complete and not self._transport.is_closing():
                self._next_or_wait()
            return
        if piece:
            self._cycle.feed(piece)
        if complete:
            self._cycle.finish_body()

    # Called by the cycle

    def want_body(self, cycle: Cycle) -> None:
        """The application waits for body bytes: read on, and let a client that asked for it begin."""
        if self._cycle is not cycle or self._body is None:
            return
        now = self._loop.time()
        if self._awaits_continue:
            self._awaits_continue = False
            self._transport.write(_CONTINUE)
            self._clock.start(now)
        self._clock.resume(now)
        self.flow.resume_reading()
        self._alarm.expect_read_by(self._clock.deadline())

    def pause_body(self) -> None:
        """The application does not take what came: read no more of it."""
        self.flow.pause_reading()
        self._clock.pause(self._loop.time())
        if self._body is not None:
            self._alarm.expect_read_by(self._clock.deadline())

    def may_keep_alive(self) -> bool:
        """Whether a further request can follow: not on shutdown, nor behind a body too long to be read for nothing."""
        if self._shutting_down or self._half_closed or self._awaits_continue:
            return False
        return self._body is None or self._body.remaining_bytes <= DRAIN_BYTES

    def write(self, buffer: bytes) -> None:
        self._transport.write(buffer)

    def answered(self, cycle: Cycle) -> None:
        """The answer is complete: on to the next request, or the end."""
        self._server_state.total_requests += 1
        self._cycle = None
        if not cycle.writer.keep_alive or self._shutting_down or self._half_closed:
            self._finish()
        elif self._body is None:
            self._next_or_wait()
        else:
            self._clock.resume(self._loop.time())
            self.flow.resume_reading()
            self._alarm.expect_read_by(self._clock.deadline())

    def failed(self, cycle: Cycle) -> None:
        """The application ended without a whole answer."""
        if cycle.writer.sent:
            self.abort(cycle)
        else:
            self._refuse(Reason.INTERNAL_ERROR, cycle.head)

    def abort(self, cycle: Cycle) -> None:
        """Cut the connection off, so that what was sent cannot pass for a whole answer."""
        if self._cycle is cycle:
            self._cycle = None
            cycle.disconnect(cancel=False)
            self._cut_off()

    # Ends

    def _next_or_wait(self) -> None:
        if self._shutting_down:
            self._finish()
            return
        self._alarm.expect_read(self._edge.deadlines.idle_s)
        self.flow.resume_reading()
        if self._received:
            self._next_request()

    def _refuse(self, reason: Reason, head: Head | None) -> None:
        """Answer in the application's place, then close; cut off if a part of another answer is out already."""
        cycle, self._cycle = self._cycle, None
        is_answered = cycle is None and self._body is not None  # and only the rest of its body is being read
        if cycle is not None:
            cycle.refused = not cycle.writer.sent
            cycle.disconnect(cancel=self._edge.cancel_on_disconnect and reason is not Reason.INTERNAL_ERROR)
            if cycle.writer.sent:
                self._cut_off()
                return
        if not is_answered:
            self._write_refusal(reason, head)
        self._linger()

    def _write_refusal(self, reason: Reason, head: Head | None) -> None:
        answer = self._edge.refuse(reason, self._peer.client(head), head)
        for buffer in last_answer(head.method if head else "GET", answer):
            self._transport.write(buffer)

    def _finish(self) -> None:
        """Close after the last answer, in the way that does not lose it."""
        if self._body is not None or self._received:
            self._linger()
        else:
            self._close()

    def _linger(self) -> None:
        """Close our side and read on for a while: closing with unread bytes resets, and the answer would be lost."""
        self._lingering = True
        self._body = None
        self._received.clear()
        self._discarded_bytes = 0
        if self._transport.is_closing() or not self._transport.can_write_eof():
            self._close()
            return
        is_sent = not self._transport.get_write_buffer_size()
        self._transport.write_eof()
        self.flow.resume_reading()
        self._alarm.expect_read(self._edge.deadlines.linger_s if is_sent else self._edge.deadlines.send_stall_s)

    def _close(self) -> None:
        """Close when all is sent, which a client that does not read may delay only so long."""
        self._transport.close()
        if self._transport.get_write_buffer_size():
            self._alarm.expect_read(self._edge.deadlines.send_stall_s)

    def _cut_off(self) -> None:
        """Reset. Merely closing would end the connection cleanly, which is how an answer without a length ends."""
        if (own := self._transport.get_extra_info("socket")) is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self._transport.abort()

    def _throw_away(self, received_bytes: int, limit_bytes: int) -> None:
        self._discarded_bytes += received_bytes
        if self._discarded_bytes > limit_bytes:
            self._close()

    def _lose_client(self) -> None:
        cycle, self._cycle = self._cycle, None
        if cycle is not None:
            cycle.disconnect(cancel=self._edge.cancel_on_disconnect)

    def _on_alarm(self) -> None:
        is_stalled = self._alarm.write_by <= self._alarm.read_by
        if is_stalled or self._lingering or self._half_closed or self._transport.is_closing():
            self._lose_client()
            self._cut_off()
        elif self._cycle is not None:
            self._refuse(Reason.REQUEST_TIMEOUT, self._cycle.head)
        elif self._received:
            self._refuse(Reason.REQUEST_TIMEOUT, None)
        else:
            self._close()
