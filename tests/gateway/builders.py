"""Small ready-made values for the tests of the request path."""

from __future__ import annotations

from gateway.apis import Api, CredentialRule, OwnerRule, Resource
from gateway.limits.policy import Allowance
from gateway.message import Fields, Request
from gateway.principal import Principal
from gateway.routes import BodyRule, ResourceRule, Route
from keys import Limit, LimitBy

VIEW = Resource("view", OwnerRule("accounts", "/internal/owners/views/{id}", 1000), "Dashboard view not found")
CLIENT = Resource("client", OwnerRule("dashtrack", "/internal/owners/clients/{id}", 1000), "Client not found")
UPSTACK = Api("upstack", CredentialRule(b"x-api-key", "upstack"), b"x-pixel-id", 404, resources={"view": VIEW})
DASHTRACK = Api("dashtrack", CredentialRule(b"authorization", "dt", b"Bearer"), None, 403, resources={"client": CLIENT})

HOURLY = Allowance.of("starter", Limit(count=100, period_s=3600, burst=100), LimitBy.KEY)


def route(method: str, template: str, *, api: Api = UPSTACK, scopes: tuple[str, ...] = (), resource: ResourceRule | None = None, members: tuple[tuple[str, ...], ...] = ()) -> Route:  # fmt: skip
    return Route(api, f"{method} {template}", method, template, frozenset(scopes), "accounts", BodyRule(1000, members), resource=resource)  # fmt: skip


def request(method: str = "GET", target: bytes = b"/", fields: Fields = (), *, client: str = "192.0.2.1", length: int | None = None) -> Request:  # fmt: skip
    return Request(method, target, target.partition(b"?")[0], fields, client, "req-1", content_length=length)


def principal(*, account: str = "acme", tenant: str | None = "pixel-1", scopes: tuple[str, ...] = (), resources: frozenset[str] | None = None) -> Principal:  # fmt: skip
    return Principal("K1", account, tenant, frozenset(scopes), frozenset(), resources, HOURLY, "b", ())
