"""Asks a backend's owner endpoint, over the same pool that requests are forwarded by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.problems import Refused
from gateway.upstream import UpstreamError, UpstreamRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.upstream import UpstreamPool


class PooledOwnerLookup:
    """`gateway.ownership.OwnerLookup` over the upstreams' pools."""

    def __init__(self, pools: Mapping[str, UpstreamPool]) -> None:
        self._pools = pools

    async def get(self, upstream: str, target: bytes, max_bytes: int) -> tuple[int, bytes]:
        """Status and body of one GET. Raises `Refused` with the upstream's reason."""
        pool = self._pools[upstream]
        fields = ((b"host", pool.origin.authority), (b"accept", b"application/json"))
        try:
            async with await pool.send(UpstreamRequest("GET", target, fields)) as response:
                return response.status, await response.read(max_bytes)
        except UpstreamError as error:
            raise Refused(error.reason, detail=error.detail) from error
