"""Redis whose time is a test's: the script as it ships, but for what it takes from the server's clock."""

from __future__ import annotations

import redis

from gateway.limits.redis.script import CHARGE, Script
from tests.gateway.limits.clock import FakeClock

SERVER_TIME = """local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
"""
TIME_OF_THE_TEST = "local now_us = tonumber(redis.call('GET', 'time of the test'))\n"
EXPIRY = ", 'PX', math.ceil(used_us / 1000)"


def timed(script: Script) -> Script:
    """The same script by the time that a `RedisClock` tells. Keys would expire by the server's, so they do not."""
    assert script.text.count(SERVER_TIME) == script.text.count(EXPIRY) == 1
    return Script(script.text.replace(SERVER_TIME, TIME_OF_THE_TEST).replace(EXPIRY, ""))


TIMED = timed(CHARGE)


class RedisClock(FakeClock):
    """A fake clock that a `timed` script sees too. Starting it empties the server."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._client = redis.Redis(port=port)
        self._client.flushall()
        self._tell()

    def advance(self, microseconds: int) -> None:
        super().advance(microseconds)
        self._tell()

    def close(self) -> None:
        self._client.close()

    def _tell(self) -> None:
        self._client.set("time of the test", self.now_us)
