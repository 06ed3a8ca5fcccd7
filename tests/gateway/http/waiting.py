"""An application that waits to be released, and waiting for what the server's thread brings about."""

from __future__ import annotations

import asyncio
import threading

from tests.gateway.http.harness import WAIT_S, answer


class Waiting:
    """Tells when the application has begun and how it ended; answers once it is released."""

    def __init__(self) -> None:
        self.begun, self.released, self.ended = threading.Event(), threading.Event(), threading.Event()
        self.end: str | None = None

    async def __call__(self, scope, receive, send) -> None:
        self.begun.set()
        try:
            self.end = await self.work(scope, receive, send)
        except BaseException as error:
            self.end = type(error).__name__
            raise
        finally:
            self.ended.set()

    async def work(self, scope, receive, send) -> str:
        while not self.released.is_set():
            await asyncio.sleep(0.005)
        await answer(send, 200, scope["raw_path"])
        return "answered"

    def wait_for_end(self) -> str | None:
        assert self.ended.wait(WAIT_S)
        return self.end


def until(condition):
    """Wait for what the server's thread will bring about, and give it."""
    pause = threading.Event()
    for _ in range(int(WAIT_S / 0.005)):
        if found := condition():
            return found
        pause.wait(0.005)
    raise AssertionError("it did not happen")
