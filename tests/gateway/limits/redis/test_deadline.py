"""The deadline of a call: it ends what takes too long, and only that."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from gateway.limits.redis.deadline import Deadline


async def test_what_is_done_in_time_is_left_alone():
    with Deadline(10) as deadline:
        await asyncio.sleep(0)
    assert not deadline.expired


async def test_what_takes_too_long_is_ended_and_the_task_goes_on():
    with Deadline(0.01) as deadline:
        await asyncio.Event().wait()
    assert deadline.expired
    assert asyncio.current_task().cancelling() == 0


async def test_a_loop_that_was_held_up_does_not_count_as_a_slow_answer():
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_connection(sock=ours)
    with theirs, Deadline(0.2) as deadline:
        theirs.send(b"answer")
        done_s = time.monotonic() + 0.3
        while time.monotonic() < done_s:  # something else on this loop computes, for longer than the whole deadline
            pass
        assert await reader.read(6) == b"answer"
    assert not deadline.expired
    writer.close()
    await writer.wait_closed()


async def test_who_else_cancels_is_heard():
    async def work():
        with Deadline(60):
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_an_error_of_the_work_is_its_own():
    with pytest.raises(ValueError, match="mine"), Deadline(60):
        raise ValueError("mine")
