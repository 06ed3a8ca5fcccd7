"""Slow clients, with short limits: what each kind of slowness is answered with. No test measures time."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from math import inf

import pytest

from gateway.http import Deadlines
from gateway.http.alarm import Alarm
from gateway.http.body_clock import BodyClock
from tests.gateway.http.harness import (
    WAIT_S,
    EchoApp,
    Refusals,
    answer,
    connect,
    is_kept,
    read_answer,
    read_body,
    read_to_end,
    running,
)
from tests.gateway.http.requests import chunked, get, post

NEVER = 60.0


def only(**short) -> Deadlines:
    """Every deadline far away but these."""
    far = dict.fromkeys(("idle_s", "head_s", "body_s", "body_grace_s", "send_stall_s", "linger_s"), NEVER)
    return Deadlines(**{**far, **short})


def test_the_defaults_are_those_of_the_requirements():
    assert (Deadlines().head_s, Deadlines().idle_s, Deadlines().body_s, Deadlines().body_bytes_per_s) == (
        10,
        5,
        60,
        500,
    )


@pytest.mark.parametrize("sent", [b"", get()], ids=["before the first byte", "between two requests"])
def test_idle_is_closed_without_a_word(sent):
    refusals = Refusals()
    with running(EchoApp(), deadlines=only(idle_s=0.1), refuse=refusals) as server, connect(server.port) as client:
        client.sendall(sent)
        if sent:
            read_answer(client)
        assert read_to_end(client) == b""
    assert refusals.made == []


@pytest.mark.parametrize(
    "sent", [b"G", b"GET /x HTTP/1.1\r\nHost: a\r\nA: b", get() + b"GET"], ids=["begun", "half", "second"]
)
def test_a_slow_head_is_408(sent):
    with running(EchoApp(), deadlines=only(head_s=0.1)) as server, connect(server.port) as client:
        client.sendall(sent)
        if sent.startswith(get()):
            read_answer(client)
        assert read_answer(client).status == 408
        assert read_to_end(client) == b""


def test_a_head_that_drips_is_cut_off_by_its_total():
    with running(EchoApp(), deadlines=only(head_s=0.2)) as server, connect(server.port) as client:
        client.settimeout(0.02)
        received = b""
        while not received:  # ends by the answer alone: the client would drip for ever
            client.sendall(b"A")
            with contextlib.suppress(TimeoutError):
                received = client.recv(1000)
        assert received.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize(
    "raw", [post(b"Content-Length: 9", body=b"x"), chunked(b"5\r\nhel")], ids=["length", "chunked"]
)
@pytest.mark.parametrize(
    "short", [{"body_s": 0.1}, {"body_grace_s": 0.1, "body_bytes_per_s": 1e6}], ids=["total", "rate"]
)
def test_a_slow_body_is_408(raw, short):
    app, refusals = EchoApp(), Refusals()
    with running(app, deadlines=only(**short), refuse=refusals) as server, connect(server.port) as client:
        client.sendall(raw)
        assert read_answer(client).status == 408
        assert read_to_end(client) == b""
    assert app.begun == ["/x"]
    assert app.whole == []
    assert refusals.made == [("request_timeout", "127.0.0.1", "/x")]


def test_a_slow_body_ends_an_answer_under_way():
    async def answers_first(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
        await read_body(receive)

    with running(answers_first, deadlines=only(body_s=0.1)) as server, connect(server.port) as client:
        client.sendall(post(b"Content-Length: 9"))
        received = read_to_end(client)
        assert received.startswith(b"HTTP/1.1 200 ")
        assert not received.endswith(b"0\r\n\r\n")


def test_the_rest_of_a_body_has_its_deadline_too():
    async def early(scope, receive, send):
        await answer(send, 200, b"early")

    with running(early, deadlines=only(body_s=0.1)) as server, connect(server.port) as client:
        client.sendall(post(b"Content-Length: 9"))
        assert read_answer(client).body == b"early"
        assert read_to_end(client) == b""


def test_time_in_which_the_application_does_not_read_is_not_the_clients():
    go_on = threading.Event()

    async def reads_late(scope, receive, send):
        await receive()
        while not go_on.is_set():
            await asyncio.sleep(0.005)
        await answer(send, 200, b"%d" % len(await read_body(receive)))

    with running(reads_late, deadlines=only(body_s=0.3)) as server, connect(server.port) as client:
        client.sendall(post(b"Content-Length: 10000000"))
        sender = threading.Thread(target=client.sendall, args=(b"x" * 10_000_000,))
        sender.start()
        sender.join(0.8)  # far beyond the deadline; the socket's buffers are full
        assert sender.is_alive()
        go_on.set()
        assert read_answer(client).status == 200
        sender.join(WAIT_S)


def test_a_long_answer_has_no_deadline_but_the_client_must_read_it():
    async def endless(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": b"x" * 65536, "more_body": True})

    with running(endless, deadlines=only(send_stall_s=0.2)) as server, connect(server.port) as client:
        client.sendall(get())
        assert client.recv(1) == b"H"
        tasks = server.server.server_state.tasks
        pause = threading.Event()
        for _ in range(int(WAIT_S / 0.01)):
            if not tasks and not server.connections:
                break
            pause.wait(0.01)
        assert not tasks
        assert not server.connections


def test_an_application_may_take_its_time():
    async def slow(scope, receive, send):
        await asyncio.sleep(0.4)
        await answer(send, 200, b"slow")

    quick = only(idle_s=0.1, head_s=0.1, body_s=0.1, body_grace_s=0.1)
    with running(slow, deadlines=quick) as server, connect(server.port) as client:
        client.sendall(post(b"Content-Length: 1", body=b"x"))
        assert read_answer(client).body == b"slow"


def test_after_a_refusal_a_client_that_stays_is_closed():
    with running(EchoApp(), deadlines=only(linger_s=0.1)) as server, connect(server.port) as client:
        client.sendall(b"BAD\r\n\r\n")
        assert read_answer(client).status == 400
        pause = threading.Event()
        for _ in range(int(WAIT_S / 0.01)):
            if not server.connections:
                break
            pause.wait(0.01)
        assert not server.connections
        assert not is_kept(client)


# The clock of a body, by itself


def test_body_clock():
    clock = BodyClock(Deadlines(body_s=60, body_grace_s=5, body_bytes_per_s=500))
    assert clock.deadline() == inf, "not started: the client waits for the 100"
    clock.start(1000)
    assert clock.deadline() == 1005
    clock.count(5000)
    assert clock.deadline() == 1015
    clock.pause(1010)
    clock.pause(1011)
    assert clock.deadline() == inf
    clock.resume(1110)
    clock.resume(1120)
    assert clock.deadline() == 1115
    clock.count(10_000_000)
    assert clock.deadline() == 1160


# The alarm, by itself


class Timers:
    """A loop's clock and timers, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.armed: list[Timer] = []
        self.made = 0

    def time(self) -> float:
        return self.now

    def call_at(self, when, callback):
        self.made += 1
        timer = Timer(self, when, callback)
        self.armed.append(timer)
        return timer

    def advance(self, to: float) -> None:
        while due := [timer for timer in self.armed if timer.when <= to]:
            timer = min(due, key=lambda timer: timer.when)
            self.now = timer.when
            timer.cancel()
            timer.callback()
        self.now = to


class Timer:
    def __init__(self, timers, when, callback) -> None:
        self.timers, self.when, self.callback = timers, when, callback

    def cancel(self) -> None:
        self.timers.armed.remove(self)


def ringing() -> tuple[Timers, Alarm, list[float]]:
    timers, rung = Timers(), []
    return timers, Alarm(timers, lambda: rung.append(timers.now)), rung


def test_it_rings_once():
    timers, alarm, rung = ringing()
    alarm.expect_read(5)
    timers.advance(4)
    assert rung == []
    timers.advance(100)
    assert rung == [5]


def test_later_deadlines_cost_no_timer():
    timers, alarm, rung = ringing()
    for now in range(1000):
        timers.advance(now / 100)
        alarm.expect_read(5)
    assert timers.made <= 3
    timers.advance(100)
    assert rung == [14.99]


def test_an_earlier_deadline_moves_it():
    timers, alarm, rung = ringing()
    alarm.expect_read(10)
    alarm.expect_read(5)
    timers.advance(100)
    assert rung == [5]


def test_the_nearer_of_reading_and_writing_rings():
    timers, alarm, rung = ringing()
    alarm.expect_read(10)
    alarm.expect_write(5)
    timers.advance(7)
    assert rung == [5]
    timers, alarm, rung = ringing()
    alarm.expect_write(10)
    alarm.expect_read(20)
    alarm.expect_write(inf)
    timers.advance(100)
    assert rung == [20]


def test_cancelled_or_put_off_for_ever_it_is_silent():
    timers, alarm, rung = ringing()
    alarm.expect_read(5)
    alarm.expect_read_by(inf)
    timers.advance(100)
    alarm.expect_read(5)
    alarm.cancel()
    timers.advance(200)
    assert rung == []
    assert timers.armed == []
