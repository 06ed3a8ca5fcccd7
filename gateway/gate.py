"""What the request path works with: every service of it, wired once by gateway/app.py and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.authenticate import Authenticator
    from gateway.charging import Charged, Charging
    from gateway.exchange import Exchange
    from gateway.last_used import LastUsed
    from gateway.ownership import Ownership
    from gateway.principal import Principal
    from gateway.record import Recorder
    from gateway.routes import Match, Routes
    from gateway.validate import Body


class Forwarding(Protocol):
    """Where a request goes that was let through: to its backend (gateway/forward.py), or nowhere (gateway/stand_ins.py)."""

    guarded: frozenset[bytes]

    async def forward(
        self, match: Match, principal: Principal, tenant: str, charged: Charged, body: Body, exchange: Exchange
    ) -> int:
        """Answer, and give the status. Raises `Refused` for an upstream's fault."""
        ...


@dataclass(frozen=True, slots=True)
class Gate:
    """One set of settings, ready to decide with. A reload builds another and swaps it in whole."""

    routes: Routes
    authenticator: Authenticator
    charging: Charging
    ownership: Ownership
    forwarder: Forwarding
    last_used: LastUsed
    recorder: Recorder
    monotonic: Callable[[], float]
