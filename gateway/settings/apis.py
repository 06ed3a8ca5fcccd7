"""One API: where its credential and its tenant stand, what foreign answers, its resources and its routes."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Discriminator, Field, Tag

from gateway.problems import Reason
from gateway.settings.routes import RouteSettings
from gateway.settings.texts import REASONS_BY_NAME, placeholders, placeholders_of
from gateway.settings.values import Count, Name, OwnHeaderName, PathPrefix, Text, WholeNumberChoice, matching
from keys import Cross, Section, WrongValue


def _owner_path(path: str) -> str:
    if path.count("{id}") != 1 or path.replace("{id}", "").count("{"):
        raise WrongValue("must hold {id} once, as one whole segment", "like /internal/owners/views/{id}")
    return path


def _text_name(name: str) -> str:
    if name not in REASONS_BY_NAME:
        raise WrongValue("is no reason whose text can be set", ", ".join(sorted(REASONS_BY_NAME)))
    return name


_OWNER_PATH = r"(/([A-Za-z0-9\-._~!$&'()*+,=:@]+|\{id\}))+"

OwnerPath = Annotated[
    str,
    AfterValidator(matching(_OWNER_PATH, "a path like /internal/owners/views/{id}")),
    AfterValidator(_owner_path),
]
TextName = Annotated[str, AfterValidator(_text_name)]


class Credential(Section):
    """The one place where a request presents its key."""

    header: OwnHeaderName = Field(description="The header that holds the key, and nothing else may.")
    scheme: Annotated[str, AfterValidator(matching("[A-Za-z][A-Za-z0-9-]{0,31}", "a word like Bearer"))] | None = Field(
        default=None, description="The word before the key, as in `Authorization: Bearer KEY`; absent: the key alone."
    )
    prefix: str = Field(description="The prefix of its keys: one of `keys.prefixes`. APIs may share one.")
    imported: bool = Field(
        default=False,
        description="Take keys of any form that `keys import` brought in for this prefix, too. Texts that are no keys then "
        "cost a look-up and a verification, and no longer nothing.",
    )


class TenantHeader(Section):
    """The tenant is named by the client and must be the key's."""

    header: OwnHeaderName = Field(description="The header that names the tenant.")


def _only_account(word: object) -> object:
    if word != "account":
        raise WrongValue("is no kind of tenant", "account, or {header: NAME}")
    return word


def _tenant_kind(value: Any) -> str:
    return "<account>" if isinstance(value, str) else "<header>"


Tenant = Annotated[
    Annotated[TenantHeader, Tag("<header>")]
    | Annotated[Literal["account"], BeforeValidator(_only_account), Tag("<account>")],
    Discriminator(_tenant_kind),
]


class Owner(Section):
    """Where the owner of a resource is asked for: `GET path` answers 200 `{"tenant": ...}` or 404."""

    upstream: str = Field(description="Who knows: one of `upstreams`.")
    path: OwnerPath = Field(description="The path asked for, `{id}` in place of the resource's id.")
    cache_entries: Count = Field(
        default=10_000,
        description="Resources remembered as their tenant's own, in each process; never whose they are else.",
    )


class ResourceSettings(Section):
    """A kind of resource that paths name."""

    owner: Owner = Field(description="How its owner is found.")
    missing: Text = Field(default="Not found", description="The message of the 404 for one that does not exist.")


class ApiSettings(Section):
    """One API. Inside its prefixes only its routes exist, and nothing is said before a key is proven."""

    paths: tuple[PathPrefix, ...] = Field(min_length=1, description="The path prefixes that are this API's alone.")
    credential: Credential = Field(description="Where the key stands.")
    tenant: Tenant = Field(
        description="`{header: NAME}`: the client names the tenant; `account`: the key's account is the tenant."
    )
    foreign: Annotated[Literal[404, 403], WholeNumberChoice] = Field(
        default=404, description="What another tenant's resource answers: 404 just as a missing one, or 403."
    )
    foreign_message: Text | None = Field(
        default=None, description="The message of that 403; a 404 has the missing one's."
    )
    resources: dict[Name, ResourceSettings] = Field(default={}, description="The kinds of resources, by name.")
    errors: dict[TextName, Text] = Field(
        default={}, description="Messages in this API's own words, by reason (docs/failure-modes.md)."
    )
    routes: tuple[RouteSettings, ...] = Field(min_length=1, description="Every route there is; any other path is 404.")

    @property
    def tenant_header(self) -> str | None:
        """The header that names the tenant; None: the key's account is the tenant."""
        return self.tenant.header if isinstance(self.tenant, TenantHeader) else None

    @property
    def texts(self) -> Mapping[Reason, str]:
        """The messages of `errors`, by each reason that has them."""
        return {reason: text for name, text in self.errors.items() for reason in REASONS_BY_NAME[name]}

    def crosses(self) -> Iterator[Cross]:
        """Routes, resources and messages of this API fit together."""
        yield from self._header_crosses()
        yield from self._message_crosses()
        yield from self._route_crosses()
        yield from _twins(self.routes)

    def _header_crosses(self) -> Iterator[Cross]:
        if self.tenant_header is not None and self.tenant_header == self.credential.header:
            yield Cross(("tenant", "header"), self.tenant_header, "is the credential's header too", "one of its own")

    def _message_crosses(self) -> Iterator[Cross]:
        if self.foreign == 404 and self.foreign_message is not None:
            message = "would tell a foreign resource from a missing one, as foreign is 404"
            yield Cross(("foreign_message",), self.foreign_message, message, "only with foreign: 403")
        for name, text in self.errors.items():
            yield from _placeholder_crosses(name, text)

    def _route_crosses(self) -> Iterator[Cross]:
        for index, route in enumerate(self.routes):
            if route.path and self.paths and not any(route.path.startswith(prefix) for prefix in self.paths):
                allowed = ", ".join(f"{prefix}..." for prefix in self.paths)
                yield Cross(("routes", index, "path"), route.path, "is under none of the API's paths", allowed)
            if route.resource and route.resource.name not in self.resources:
                loc = ("routes", index, "resource", "name")
                yield Cross(loc, route.resource.name, "is no resource of this API", _listed(self.resources))


def _twins(routes: tuple[RouteSettings, ...]) -> Iterator[Cross]:
    """Routes that cannot be told apart: the same name, or the same method on the same shape of path."""
    names: dict[str, int] = {}
    shapes: dict[tuple[str, str], int] = {}
    for index, route in enumerate(routes):
        if names.setdefault(route.name, index) != index:
            yield Cross(("routes", index, "name"), route.name, "is the name of another route too", "a name of its own")
        first = shapes.setdefault((route.method, route.shape), index)
        if first != index:
            message = f"matches what the {route.method} route {routes[first].name} matches"
            yield Cross(("routes", index, "path"), route.path, message, "one route for each method and shape of path")


def _placeholder_crosses(name: str, text: str) -> Iterator[Cross]:
    known = placeholders_of(name)
    allowed = ", ".join(f"{{{word}}}" for word in sorted(known)) or "no {...}"
    try:
        unknown = placeholders(text) - known
    except ValueError:
        yield Cross(("errors", name), text, "has a brace that stands alone", f"{allowed}; {{{{ for a brace")
        return
    if unknown:
        yield Cross(("errors", name), text, f"has the unknown word {{{min(unknown)}}}", allowed)


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names)) or "none is declared"
