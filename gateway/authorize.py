"""Which scopes a route needs, and whether the key grants them. Pure; nothing implied here, the key's were expanded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.problems import Reason, Refused

if TYPE_CHECKING:
    from gateway.principal import Principal
    from gateway.routes import Route


def require_scopes(route: Route, principal: Principal) -> None:
    """Raises `Refused` (403) naming the first scope that is lacking."""
    lacking = route.scopes - principal.scopes
    if lacking:
        raise Refused(Reason.INSUFFICIENT_SCOPE, words={"scope": min(lacking)})
