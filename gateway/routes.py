"""Which route is it: declared paths only. Unknown is refused: a path 404, a method 405 with Allow.

Inside an API's prefix both come only after authentication, so a match may carry no route yet: `Match.require_route`
raises what is missing. A static path is one dict look-up; a templated one walks a tree, literal segments first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.path import is_unambiguous
from gateway.problems import Reason, Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.apis import Api

Parameters = tuple[bytes, ...]
"""The raw segments that stand for a template's parameters, in its order."""


@dataclass(frozen=True, slots=True)
class ResourceRule:
    """The path parameter at `index` names a resource of the kind `name`, whose owner is looked up."""

    name: str
    index: int


@dataclass(frozen=True, slots=True)
class BodyRule:
    """`max_bytes` of body; `tenant_members`: dotted paths of JSON members that must name the request's tenant."""

    max_bytes: int
    tenant_members: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One declared method and path template: what it needs, what it costs, where it goes."""

    api: Api
    name: str
    method: str
    template: str
    scopes: frozenset[str]
    upstream: str
    body: BodyRule
    cost: int = 1
    resource: ResourceRule | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A request's place: the API whose prefix holds it, and the route, if the path and the method are declared."""

    api: Api
    route: Route | None
    parameters: Parameters = ()
    allowed: tuple[str, ...] = ()

    @property
    def cost(self) -> int:
        return 1 if self.route is None else self.route.cost

    def require_route(self) -> Route:
        """The route. Raises `Refused`: 405 where the path is declared for other methods, else 404."""
        if self.route is not None:
            return self.route
        if not self.allowed:
            raise Refused(Reason.ROUTE_UNKNOWN)
        raise Refused(Reason.METHOD_NOT_ALLOWED, fields=((b"allow", ", ".join(self.allowed).encode()),))


ByMethod = dict[str, Route]


@dataclass(slots=True)
class _Node:
    """A segment of the tree of templates; written at load only."""

    literal: dict[bytes, _Node] = field(default_factory=dict)
    parameter: _Node | None = None
    routes: ByMethod = field(default_factory=dict)

    def find(self, segments: Sequence[bytes], at: int, found: Parameters) -> tuple[ByMethod, Parameters] | None:
        if at == len(segments):
            return (self.routes, found) if self.routes else None
        segment = segments[at]
        child = self.literal.get(segment)
        deeper = child.find(segments, at + 1, found) if child else None
        if deeper is None and self.parameter is not None and segment:
            deeper = self.parameter.find(segments, at + 1, (*found, segment))
        return deeper

    def add(self, segments: Sequence[bytes]) -> ByMethod:
        node = self
        for segment in segments:
            if segment.startswith(b"{"):
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literal.setdefault(segment, _Node())
        return node.routes


class Routes:
    """Every declared route, compiled. Immutable after construction."""

    __slots__ = ("_prefixes", "_root", "_static", "all")

    def __init__(self, routes: Iterable[Route], apis: Mapping[bytes, Api]) -> None:
        self.all = tuple(routes)
        self._prefixes = tuple(sorted(apis.items(), key=lambda item: -len(item[0])))
        self._static: dict[bytes, dict[str, Match]] = {}
        self._root = _Node()
        for route in self.all:
            self._add(route)

    def _add(self, route: Route) -> None:
        path = route.template.encode()
        by_method = self._root.add(path.split(b"/"))
        by_method[route.method] = route
        if b"{" not in path:
            self._static.setdefault(path, {})[route.method] = Match(route.api, route)

    def match(self, method: str, path: bytes) -> Match:
        """The place of a request. Raises `Refused` for an ambiguous path (400) or one outside every API (404)."""
        static = self._static.get(path)
        if static is not None and (match := static.get(method)) is not None:
            return match
        if not is_unambiguous(path):
            raise Refused(Reason.PATH_AMBIGUOUS)
        return self._match_template(method, path)

    def _match_template(self, method: str, path: bytes) -> Match:
        api = next((api for prefix, api in self._prefixes if path.startswith(prefix)), None)
        if api is None:
            raise Refused(Reason.ROUTE_UNKNOWN)
        found = self._root.find(path.split(b"/"), 0, ())
        if found is None:
            return Match(api, None)
        by_method, parameters = found
        route = by_method.get(method)
        return Match(api, route, parameters, () if route else tuple(sorted(by_method)))
