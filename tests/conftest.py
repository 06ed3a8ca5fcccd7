"""What tests of several folders need: a Redis."""

from __future__ import annotations

import pytest

from tests.redis_server import RedisServer


@pytest.fixture(scope="session")
def redis_server():
    """A Redis of our own, for tests that leave it running."""
    with RedisServer.started() as server:
        yield server
