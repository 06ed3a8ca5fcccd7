"""The whole settings file, and what must fit together across its sections."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from gateway.settings.apis import ApiSettings, TenantHeader
from gateway.settings.authenticate import AuthenticateSettings
from gateway.settings.http import HttpSettings
from gateway.settings.limits import LimitSettings
from gateway.settings.listen import Listen
from gateway.settings.logs import LogSettings
from gateway.settings.upstreams import UpstreamSettings
from gateway.settings.values import HeaderName, Name, WholeNumberChoice
from keys import Cross, KeysSettings, Section, TenantRule


class Settings(Section):
    """Everything that one gateway is told."""

    version: Annotated[Literal[1], WholeNumberChoice] = Field(description="The version of this file's form: 1.")
    listen: Listen = Field(default=Listen(), description="Where the gateway listens.")
    http: HttpSettings = Field(default=HttpSettings(), description="What a client may send, and how slowly.")
    keys: KeysSettings = Field(description="Where keys are kept, what they look like, what they may do; the plans.")
    authenticate: AuthenticateSettings = Field(
        default=AuthenticateSettings(), description="How keys are verified, and how long a verified one is believed."
    )
    limits: LimitSettings = Field(default=LimitSettings(), description="Limits beside those of the plans.")
    upstreams: dict[Name, UpstreamSettings] = Field(min_length=1, description="The backends, by name.")
    apis: dict[Name, ApiSettings] = Field(min_length=1, description="The APIs, by name.")
    reserved_headers: tuple[HeaderName, ...] = Field(
        default=(), description="More request headers that clients may not set: they are dropped before forwarding."
    )
    log: LogSettings = Field(default=LogSettings(), description="What is logged, and how.")

    def crosses(self) -> Iterator[Cross]:
        """Every name that a section takes from another is declared there; APIs share no path."""
        yield from self._admin_crosses()
        yield from _shared_paths(self.apis)
        for name, api in self.apis.items():
            for cross in self._api_crosses(api):
                yield cross._replace(loc=("apis", name, *cross.loc))

    def _admin_crosses(self) -> Iterator[Cross]:
        """A public admin listener must know its own names, or it could not tell a rebound foreign one from them."""
        if self.listen.admin.is_public and not self.keys.admin.hosts:
            message = "would open the admin listener to others, while keys.admin.hosts names no host that it answers to"
            yield Cross(
                ("listen", "admin", "host"), self.listen.admin.host, message, "127.0.0.1, ::1 or localhost, or hosts"
            )

    def warnings(self) -> tuple[str, ...]:
        """What is allowed and wants a second look."""
        if not self.listen.admin.is_public:
            return self.keys.warnings()
        plain = f"listen.admin is open to others at {self.listen.admin.host} by plain HTTP: put TLS in front of it"
        return (plain, *self.keys.warnings())

    def _api_crosses(self, api: ApiSettings) -> Iterator[Cross]:
        yield from self._credential_crosses(api)
        for index, route in enumerate(api.routes):
            if route.upstream not in self.upstreams:
                yield self._undeclared(("routes", index, "upstream"), route.upstream)
            for position, scope in enumerate(route.scopes):
                yield from self._scope_crosses(("routes", index, "scopes", position), scope, api.credential.prefix)
        for name, resource in api.resources.items():
            if resource.owner.upstream not in self.upstreams:
                yield self._undeclared(("resources", name, "owner", "upstream"), resource.owner.upstream)

    def _undeclared(self, loc: tuple[str | int, ...], upstream: str) -> Cross:
        return Cross(loc, upstream, "is not declared", _listed(self.upstreams))

    def _credential_crosses(self, api: ApiSettings) -> Iterator[Cross]:
        """A key's prefix says whether it names a tenant: it must, or must not, as the API reads it."""
        prefix = api.credential.prefix
        if prefix not in self.keys.prefixes:
            yield Cross(("credential", "prefix"), prefix, "is not declared", _listed(self.keys.prefixes))
            return
        rule = self.keys.prefixes[prefix].tenant
        if rule is TenantRule.NONE and isinstance(api.tenant, TenantHeader):
            message = f"names a tenant, but {prefix} keys have none"
            yield Cross(("tenant", "header"), api.tenant.header, message, "tenant: account")
        if rule is TenantRule.REQUIRED and api.tenant == "account":
            message = f"would let {prefix} keys, which are for one tenant, reach their whole account"
            yield Cross(("tenant",), api.tenant, message, "{header: NAME}")

    def _scope_crosses(self, loc: tuple[str | int, ...], scope: str, prefix: str) -> Iterator[Cross]:
        own = sorted(name for name, of in self.keys.scopes.items() if of.prefix == prefix)
        if scope in self.keys.legacy_scopes and scope not in self.keys.scopes:
            message = "is a legacy scope: it stands for others, and no route may ask for it"
            yield Cross(loc, scope, message, ", ".join(own) or "none is declared")
        elif scope not in self.keys.scopes:
            yield Cross(loc, scope, "is not declared", ", ".join(own) or "none is declared")
        elif prefix in self.keys.prefixes and self.keys.scopes[scope].prefix != prefix:
            yield Cross(loc, scope, f"is no scope of {prefix} keys", ", ".join(own) or "none is declared")


def _shared_paths(apis: Mapping[str, ApiSettings]) -> Iterator[Cross]:
    """Prefixes of two APIs, one inside the other: a path would belong to both."""
    seen: list[tuple[str, str]] = []
    for name, api in apis.items():
        for index, prefix in enumerate(api.paths):
            for other, taken in seen:
                if other != name and (prefix.startswith(taken) or taken.startswith(prefix)):
                    message = f"overlaps with {taken} of the API {other}"
                    yield Cross(("apis", name, "paths", index), prefix, message, "prefixes apart from each other")
            seen.append((name, prefix))


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names)) or "none is declared"
