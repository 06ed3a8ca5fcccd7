"""Forward a request that was let through, and give the backend's answer on: heads rewritten by rule, bodies untouched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.credentials import CREDENTIAL_HEADERS
from gateway.headers import RequestFieldRules, ResponseFieldRules
from gateway.ownership import missing
from gateway.problems import Refused
from gateway.upstream import UpstreamError, UpstreamRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.apis import Api
    from gateway.charging import Charged, Charging
    from gateway.exchange import Exchange
    from gateway.message import Fields, Request
    from gateway.ownership import Ownership
    from gateway.principal import Principal
    from gateway.routes import Match, Routes
    from gateway.upstream import UpstreamPool, UpstreamResponse
    from gateway.validate import Body

BODILESS_STATUSES = frozenset({204, 304})


class Forwarder:
    """Sends to the upstreams' pools. Immutable after construction; what changes is in the pools."""

    def __init__(
        self,
        pools: Mapping[str, UpstreamPool],
        routes: Routes,
        charging: Charging,
        ownership: Ownership,
        *,
        reserved: Iterable[str] = (),
    ) -> None:
        self._pools = pools
        self._charging = charging
        self._ownership = ownership
        apis = {route.api for route in routes.all}
        named = {header for api in apis for header in (api.credential.header, api.tenant_header) if header}
        own = {name.lower().encode() for name in reserved}
        self.guarded = frozenset(named | CREDENTIAL_HEADERS | own)
        self._request_rules = {
            name: RequestFieldRules(host=pool.origin.authority, strip=self.guarded) for name, pool in pools.items()
        }
        self._response_rules = {api: ResponseFieldRules(vary=_vary(api)) for api in apis}

    async def forward(
        self, match: Match, principal: Principal, tenant: str, charged: Charged, body: Body, exchange: Exchange
    ) -> int:
        """Forward and answer. Gives the status. Raises `Refused` for an upstream's fault, also after the answer began:
        it is then left unfinished, which the transport shows as cut short.
        """
        route, request = match.require_route(), exchange.request
        identity = _identity(principal, tenant, match.api, request)
        fields = self._request_rules[route.upstream].apply(request, identity)
        try:
            async with await self._pools[route.upstream].send(
                UpstreamRequest(request.method, request.target, fields), body
            ) as response:
                if route.resource is not None and response.status == 404:
                    self._ownership.forget(match, tenant)
                    raise missing(match.api.resources[route.resource.name])
                await self._respond(exchange, match.api, charged, response)
                return response.status
        except UpstreamError as error:
            raise Refused(error.reason, detail=error.detail) from error

    async def _respond(self, exchange: Exchange, api: Api, charged: Charged, response: UpstreamResponse) -> None:
        own = (
            *self._charging.fields(charged),
            (b"x-request-id", exchange.request.request_id.encode()),
        )
        await exchange.start(response.status, self._response_rules[api].apply(response.fields, own))
        if response.whole is None:
            async for piece in response.body():
                await exchange.write(piece)
        await exchange.finish(response.whole or b"")


def _identity(principal: Principal, tenant: str, api: Api, request: Request) -> Fields:
    bound = ((b"x-tenant-id", tenant.encode()), (b"x-request-id", request.request_id.encode()))
    named = ((api.tenant_header, tenant.encode()),) if api.tenant_header else ()
    return (*principal.identity, *bound, *named)


def _vary(api: Api) -> tuple[bytes, ...]:
    return (api.credential.header, api.tenant_header) if api.tenant_header else (api.credential.header,)
