"""Is the resource that the path names the tenant's own: asked of its backend before anything is forwarded.

Foreign and missing go the same way, step for step: one look-up, one comparison, one refusal. Only "it is yours" is ever
cached, never "it is another's", else foreign answers would come faster than missing ones.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway.problems import Reason, Refused

if TYPE_CHECKING:
    from gateway.apis import Api, Resource
    from gateway.principal import Principal
    from gateway.routes import Match

MAX_OWNER_ANSWER_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a resource is. `resource` is what a key's own list of resources is checked against (a project's client)."""

    tenant: str
    resource: str


class OwnerLookup(Protocol):
    """Asks a backend's owner endpoint."""

    async def get(self, upstream: str, target: bytes, max_bytes: int) -> tuple[int, bytes]:
        """Status and body of one GET. Raises `Refused` with an upstream's reason."""
        ...


class Ownership:
    """Mutable state, touched on the event loop only: `_owned`, the resources found to be a tenant's own, by use."""

    def __init__(self, lookup: OwnerLookup) -> None:
        self._lookup = lookup
        self._owned: OrderedDict[tuple[str, str, bytes, str], Owner] = OrderedDict()

    def __len__(self) -> int:
        return len(self._owned)

    async def require(self, match: Match, principal: Principal, tenant: str) -> None:
        """Raises `Refused` when the route names a resource that is missing, or out of the key's reach."""
        route = match.require_route()
        if route.resource is None:
            return
        api, resource = route.api, route.api.resources[route.resource.name]
        identifier = match.parameters[route.resource.index]
        place = (api.name, resource.name, identifier, tenant)
        owner = self._owned.get(place)
        if owner is not None and _reaches(principal, tenant, owner):
            self._owned.move_to_end(place)
            return
        owner = await self._look_up(resource, identifier)
        if owner is None:
            raise missing(resource)
        if not _reaches(principal, tenant, owner):
            raise _foreign(api, resource)
        self._keep(place, owner, resource.owner.cache_entries)

    def _keep(self, place: tuple[str, str, bytes, str], owner: Owner, max_entries: int) -> None:
        self._owned[place] = owner
        while len(self._owned) > max_entries:
            self._owned.popitem(last=False)

    def forget(self, match: Match, tenant: str) -> None:
        """The backend says that the resource is gone."""
        if match.route is not None and (rule := match.route.resource) is not None:
            self._owned.pop((match.api.name, rule.name, match.parameters[rule.index], tenant), None)

    async def _look_up(self, resource: Resource, identifier: bytes) -> Owner | None:
        target = resource.owner.path.encode().replace(b"{id}", identifier)
        status, body = await self._lookup.get(resource.owner.upstream, target, MAX_OWNER_ANSWER_BYTES)
        if status == 404:
            return None
        owner = _parse_owner(body, identifier) if status == 200 else None
        if owner is None:
            raise Refused(Reason.UPSTREAM_PROTOCOL, detail=f"owner endpoint of {resource.name} answered {status}")
        return owner


def _parse_owner(body: bytes, identifier: bytes) -> Owner | None:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return None
    tenant = answer.get("tenant") if isinstance(answer, dict) else None
    if not isinstance(tenant, str):
        return None
    resource = answer.get("resource", identifier.decode("ascii", "replace"))
    return Owner(tenant, resource) if isinstance(resource, str) else None


def _reaches(principal: Principal, tenant: str, owner: Owner) -> bool:
    return owner.tenant == tenant and (principal.resources is None or owner.resource in principal.resources)


def missing(resource: Resource) -> Refused:
    """What a resource that does not exist answers."""
    return Refused(Reason.RESOURCE_MISSING, message=resource.missing)


def _foreign(api: Api, resource: Resource) -> Refused:
    if api.foreign == 404:
        return Refused(Reason.RESOURCE_FOREIGN, message=resource.missing, shown_as=Reason.RESOURCE_MISSING)
    return Refused(Reason.RESOURCE_FOREIGN, message=api.foreign_message)
