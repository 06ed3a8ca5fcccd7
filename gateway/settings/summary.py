"""The settings in short, as plain values: what `gateway check` and `gateway routes` show, in tables or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.settings.apis import ApiSettings
    from gateway.settings.file import Settings
    from gateway.settings.listen import Listener
    from gateway.settings.routes import RouteSettings

Row = dict[str, Any]


def listeners(settings: Settings) -> list[Row]:
    """Each listener: its name, its URL, what it serves."""
    serves = {"proxy": "the APIs", "admin": "admin, status", "status": "status"}
    if settings.listen.status:
        serves["admin"] = "admin"
    bound = ((name, getattr(settings.listen, name)) for name in serves)
    return [{"name": name, "url": _url(listener), "serves": serves[name]} for name, listener in bound if listener]


def apis(settings: Settings) -> list[Row]:
    """Each API: where it is, where key and tenant stand, what foreign answers."""
    return [
        {
            "name": name,
            "paths": list(api.paths),
            "credential": _credential(api),
            "tenant": api.tenant_header or "the key's account",
            "foreign": api.foreign,
            "routes": len(api.routes),
        }
        for name, api in settings.apis.items()
    ]


def routes(settings: Settings) -> list[Row]:
    """Each route of each API, in the file's order."""
    return [_route(settings, name, api, route) for name, api in settings.apis.items() for route in api.routes]


def plans(settings: Settings) -> list[Row]:
    """Each plan of the file: its limit, and whose bucket it fills."""
    rows = []
    for name, plan in settings.keys.declared_plans().items():
        limit = plan.limit
        rate = (
            {"limit": limit.count, "period_s": limit.period_s, "burst": limit.burst} if limit else {"limit": "custom"}
        )
        rows.append({"name": name, **rate, "by": plan.by.value})
    return rows


def upstreams(settings: Settings) -> list[Row]:
    """Each upstream and its URL."""
    return [{"name": name, "url": upstream.url} for name, upstream in settings.upstreams.items()]


def _url(listener: Listener) -> str:
    host = f"[{listener.host}]" if ":" in listener.host else listener.host
    return f"http://{host}:{listener.port}"


def _credential(api: ApiSettings) -> str:
    credential = api.credential
    scheme = f"{credential.scheme} " if credential.scheme else ""
    return f"{credential.header}: {scheme}{credential.prefix}_..."


def _route(settings: Settings, api_name: str, api: ApiSettings, route: RouteSettings) -> Row:
    return {
        "api": api_name,
        "name": route.name,
        "method": route.method,
        "path": route.path,
        "scopes": list(route.scopes),
        "resource": route.resource.name if route.resource else None,
        "foreign": api.foreign if route.resource else None,
        "tenant_members": list(route.body.tenant_members),
        "body_bytes": route.body.bytes or settings.http.body_bytes,
        "cost": route.cost,
        "upstream": route.upstream,
    }
