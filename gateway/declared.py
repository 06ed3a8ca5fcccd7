"""From settings to what deciding works with: APIs and routes as values, checked at load, ready-made. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.apis import Api, CredentialRule, OwnerRule, Resource
from gateway.routes import BodyRule, ResourceRule, Route, Routes

if TYPE_CHECKING:
    from gateway.settings import ApiSettings, RouteSettings, Settings


def declared_routes(settings: Settings) -> Routes:
    """Every API and route of the settings."""
    apis = {name: _api(name, declared) for name, declared in settings.apis.items()}
    routes = [
        _route(apis[name], route, settings.http.body_bytes)
        for name, declared in settings.apis.items()
        for route in declared.routes
    ]
    prefixes = {prefix.encode(): apis[name] for name, declared in settings.apis.items() for prefix in declared.paths}
    return Routes(routes, prefixes)


def _api(name: str, declared: ApiSettings) -> Api:
    credential = declared.credential
    scheme = credential.scheme.encode() if credential.scheme else None
    header = declared.tenant_header
    return Api(
        name=name,
        credential=CredentialRule(credential.header.lower().encode(), credential.prefix, scheme, credential.imported),
        tenant_header=header.lower().encode() if header else None,
        foreign=declared.foreign,
        foreign_message=declared.foreign_message,
        resources={
            kind: Resource(kind, OwnerRule(its.owner.upstream, its.owner.path, its.owner.cache_entries), its.missing)
            for kind, its in declared.resources.items()
        },
        texts=declared.texts,
    )


def _route(api: Api, declared: RouteSettings, default_body_bytes: int) -> Route:
    resource, body = declared.resource, declared.body
    members = tuple(tuple(member.split(".")) for member in body.tenant_members)
    return Route(
        api=api,
        name=declared.name,
        method=declared.method,
        template=declared.path,
        scopes=frozenset(declared.scopes),
        upstream=declared.upstream,
        body=BodyRule(default_body_bytes if body.bytes is None else body.bytes, members),
        cost=declared.cost,
        resource=ResourceRule(resource.name, declared.parameters.index(resource.parameter)) if resource else None,
    )
