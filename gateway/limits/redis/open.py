"""From an address to a limiter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.limits.redis.limiter import RedisLimiter
from gateway.limits.redis.script import CHARGE, Script
from gateway.limits.redis.servers import servers_of

if TYPE_CHECKING:
    from gateway.limits.redis.address import RedisAddress

CLIENT_NAME = "gateway"
"""What `CLIENT LIST` shows of a connection."""


def open_redis(address: RedisAddress, *, prefix: str, timeout_s: float, script: Script = CHARGE) -> RedisLimiter:
    """A limiter over the Redis at `address`; it connects with its first charge."""
    servers = servers_of(address, timeout_s, CLIENT_NAME)
    return RedisLimiter(servers, prefix=prefix, timeout_s=timeout_s, script=script)
