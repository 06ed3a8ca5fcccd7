"""One route: what it takes, what it needs, where it goes."""

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from gateway.settings.values import Bytes, MemberPath, Name, PathTemplate
from keys import Cross, Section

_PARAMETER = re.compile(r"\{([^{}]+)\}")

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


class RouteResource(Section):
    """The resource that a route's path names."""

    name: Name = Field(description="The kind: one of the API's `resources`.")
    parameter: str = Field(description="The path parameter that holds its id.")


class RouteBody(Section):
    """What the gateway itself checks of a request body."""

    bytes: Bytes | None = Field(default=None, description="At most this many; absent: `http.body_bytes`. More: 413.")
    tenant_members: tuple[MemberPath, ...] = Field(
        default=(),
        description="Members of the JSON body, dotted, that must be the request's tenant where they are given; else 403.",
    )


class RouteSettings(Section):
    """One method on one path template."""

    name: Name = Field(description="Its name in logs, metrics and `gateway routes`; once in the API.")
    method: Method = Field(description="The method. Any other on this path: 405.")
    path: PathTemplate = Field(
        description="The path under one of the API's prefixes; `{name}` stands for one whole segment."
    )
    scopes: tuple[str, ...] = Field(
        description="The scopes a key must have, all of them; an empty list: any active key. Never left out."
    )
    cost: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        default=1, description="What a request takes from the key's limit."
    )
    upstream: str = Field(description="Where it goes: one of `upstreams`.")
    resource: RouteResource | None = Field(
        default=None, description="The resource in the path whose owner is asked for before anything is forwarded."
    )
    body: RouteBody = Field(default=RouteBody(), description="What is checked of the body.")

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the template's parameters, in order."""
        return tuple(_PARAMETER.findall(self.path or ""))

    @property
    def shape(self) -> str:
        """The template without the names of its parameters: equal shapes match the same paths."""
        return _PARAMETER.sub("{}", self.path or "")

    def crosses(self) -> Iterator[Cross]:
        """Parameters are unique, and the resource's is one of them."""
        parameters = self.parameters
        for name in sorted({name for name in parameters if parameters.count(name) > 1}):
            yield Cross(("path",), self.path, f"has the parameter {{{name}}} twice")
        if self.resource and self.resource.parameter not in parameters and self.path:
            allowed = ", ".join(parameters) or "none, the path has no parameter"
            yield Cross(("resource", "parameter"), self.resource.parameter, "is no parameter of the path", allowed)
