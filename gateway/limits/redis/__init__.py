"""Buckets in Redis, for a fleet of gateways.

    address    where Redis is: one server, Sentinels or a Cluster, as one URL says it
    charge.lua the arithmetic of the bucket, as Redis runs it
    script     what a call of that script sends, and what its reply says
    lanes      connections to one server, never shared by two exchanges
    servers    which server holds a bucket
    deadline   how long a call may take
    errors     what can go wrong, as one table
    limiter    the limiter: all charges of an event-loop turn in one call

docs/limits.md tells what happens when Redis is gone (gateway/limits/fleet.py).
"""

from gateway.limits.redis.address import FORMS, RedisAddress
from gateway.limits.redis.lanes import dialler
from gateway.limits.redis.limiter import RedisLimiter
from gateway.limits.redis.script import CHARGE, Script
from gateway.limits.redis.servers import servers_of

__all__ = ["CHARGE", "FORMS", "RedisAddress", "RedisLimiter", "Script", "dialler", "open_redis", "servers_of"]


def open_redis(address: RedisAddress, *, prefix: str, timeout_s: float, script: Script = CHARGE) -> RedisLimiter:
    """A limiter over the Redis at `address`; it connects with its first charge."""
    servers = servers_of(address, dialler(address, timeout_s, "gateway"), timeout_s)
    return RedisLimiter(servers, prefix=prefix, timeout_s=timeout_s, script=script)
