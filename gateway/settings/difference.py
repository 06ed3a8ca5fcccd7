"""What a change of settings means: which routes, scopes, limits and addresses differ, and whether that lets more in. Pure.

Both files are flattened to facts (place -> value), and the facts compared; what a difference does is a row of `_EFFECTS`.
A place that is on one side alone is told once, not by each of its facts. Values that hold passwords are never shown.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.settings import summary
from keys import Limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.settings.file import Settings

HIDDEN = "(not shown)"
EXISTS = ""
"""The aspect by which a thing is there at all; its value says it in short."""

SETTING = "setting"
"""The kind of all that is told by its place in the file."""

_SECRET = frozenset({"keys.store", "limits.redis.url"})
_SECTIONS = ("listen", "http", "authenticate", "limits", "log")
_KEYS_SECTIONS = ("store", "database", "hashing", "admin")


class Effect(StrEnum):
    """What a difference does to what gets in."""

    OPENS = "opens"
    CLOSES = "closes"
    CHANGES = "changes"


@dataclass(frozen=True, slots=True)
class Difference:
    """`kind` of thing, `where` it is, its value `before` and `after`; None: it is not there."""

    kind: str
    where: str
    before: Any
    after: Any
    effect: Effect

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class _Place(NamedTuple):
    kind: str
    name: str
    aspect: str = EXISTS


_Facts = dict[_Place, Any]


def differences(old: Settings, new: Settings) -> list[Difference]:
    """Every difference, in the order of the old file, then what the new one adds."""
    before, after = _facts(old), _facts(new)
    places = [place for place in dict.fromkeys((*before, *after)) if before.get(place) != after.get(place)]
    return [_difference(place, before, after) for place in places if not _is_told_elsewhere(place, before, after)]


def _is_told_elsewhere(place: _Place, before: _Facts, after: _Facts) -> bool:
    """What is on both sides is told by its aspects, what is on one side as a whole."""
    whole = place._replace(aspect=EXISTS)
    on_both = whole in before and whole in after
    on_one = (whole in before) != (whole in after)
    return place.kind != SETTING and (on_both if place == whole else on_one)


def _difference(place: _Place, before: _Facts, after: _Facts) -> Difference:
    old, new = before.get(place), after.get(place)
    if place.aspect == EXISTS and place.kind != SETTING:
        effect = Effect.OPENS if old is None else Effect.CLOSES
    else:
        effect = _EFFECTS.get((place.kind, place.aspect), _changes)(old, new)
    where = ": ".join(part for part in (place.name, place.aspect) if part)
    if place.name in _SECRET:
        old, new = (None if value is None else HIDDEN for value in (old, new))
    return Difference(place.kind, where, _shown(old), _shown(new), effect)


# --- facts


def _facts(settings: Settings) -> _Facts:
    return {
        _Place(*place): value
        for facts in (_api_facts, _route_facts, _right_facts, _plan_facts, _upstream_facts, _other_facts)
        for place, value in facts(settings)
    }


_Fact = tuple[tuple[str, ...], Any]


def _api_facts(settings: Settings) -> Iterator[_Fact]:
    for row, api in zip(summary.apis(settings), settings.apis.values(), strict=True):
        name = row["name"]
        yield ("API", name), "there"
        for aspect in ("paths", "credential", "tenant", "foreign"):
            yield ("API", name, aspect), row[aspect]
        yield ("API", name, "imported keys"), api.credential.imported
        yield ("API", name, "messages"), {**api.errors, "foreign_message": api.foreign_message}
        for kind, resource in api.resources.items():
            yield ("resource", f"{name} {kind}"), "there"
            yield ("resource", f"{name} {kind}", "owner"), f"{resource.owner.upstream} {resource.owner.path}"
            yield ("resource", f"{name} {kind}", "missing"), resource.missing


def _route_facts(settings: Settings) -> Iterator[_Fact]:
    for row in summary.routes(settings):
        name = f"{row['api']} {row['method']} {row['path']}"
        needs = " ".join(row["scopes"]) or "no scope"
        yield ("route", name), f"{row['name']}, needs {needs}"
        for aspect in ("name", "scopes", "resource", "tenant_members", "body_bytes", "cost", "upstream"):
            yield ("route", name, aspect), row[aspect]


def _right_facts(settings: Settings) -> Iterator[_Fact]:
    for name, prefix in settings.keys.prefixes.items():
        yield ("prefix", name), "there"
        yield ("prefix", name, "tenant"), prefix.tenant.value
    table = settings.keys.scope_table()
    for kind, names in (("scope", table.known), ("legacy scope", table.legacy)):
        for name in names:
            yield (kind, name), "there"
            yield (kind, name, "grants"), sorted(table.expand(frozenset({name})).scopes)


def _plan_facts(settings: Settings) -> Iterator[_Fact]:
    for name, plan in settings.keys.declared_plans().items():
        yield ("plan", name), "there"
        yield ("plan", name, "limit"), plan.limit or "custom"
        yield ("plan", name, "bucket of"), plan.by.value
    yield ("anonymous limit", "", "limit"), settings.limits.anonymous.rate


def _upstream_facts(settings: Settings) -> Iterator[_Fact]:
    for name, upstream in settings.upstreams.items():
        yield ("upstream", name), "there"
        for aspect, value in upstream.model_dump(mode="json").items():
            yield ("upstream", name, aspect), value


def _other_facts(settings: Settings) -> Iterator[_Fact]:
    yield ("reserved headers", "", "dropped"), sorted(settings.reserved_headers)
    for section in _SECTIONS:
        dumped = getattr(settings, section).model_dump(mode="json")
        dumped.pop("anonymous", None)
        yield from _flat(section, dumped)
    dumped = settings.keys.model_dump(mode="json")
    for section in _KEYS_SECTIONS:
        yield from _flat(f"keys.{section}", dumped[section])


def _flat(name: str, value: Any) -> Iterator[_Fact]:
    if not isinstance(value, dict):
        yield (SETTING, name), value
        return
    for key, inner in value.items():
        yield from _flat(f"{name}.{key}", inner)


def _shown(value: Any) -> Any:
    if isinstance(value, Limit):
        return f"{value.count:,} in {value.period_s:,} s, burst {value.burst:,}"
    return value


# --- effects


def _changes(_old: Any, _new: Any) -> Effect:
    return Effect.CHANGES


def _ordered(*, more_opens: bool) -> Callable[[Any, Any], Effect]:
    """The effect where values are numbers or flags."""

    def effect(old: Any, new: Any) -> Effect:
        return Effect.OPENS if (new > old) is more_opens else Effect.CLOSES

    return effect


def _listed(*, more_opens: bool) -> Callable[[Any, Any], Effect]:
    """The effect where values are sets: a set that neither holds the other only changes."""

    def effect(old: Any, new: Any) -> Effect:
        was, now = set(old), set(new)
        if not (was < now or now < was):
            return Effect.CHANGES
        return Effect.OPENS if (was < now) is more_opens else Effect.CLOSES

    return effect


def _checked(old: Any, new: Any) -> Effect:
    """The effect of a check that is there or not."""
    if old is not None and new is not None:
        return Effect.CHANGES
    return Effect.OPENS if new is None else Effect.CLOSES


def _limited(old: Any, new: Any) -> Effect:
    """The effect of a limit: its rate and its burst."""
    if not (isinstance(old, Limit) and isinstance(new, Limit)):
        return Effect.CHANGES
    rates = new.count * old.period_s - old.count * new.period_s
    bursts = new.burst - old.burst
    if rates >= 0 and bursts >= 0:
        return Effect.OPENS if rates or bursts else Effect.CHANGES
    return Effect.CLOSES if rates <= 0 and bursts <= 0 else Effect.CHANGES


_EFFECTS: Mapping[tuple[str, str], Callable[[Any, Any], Effect]] = {
    ("API", "imported keys"): _ordered(more_opens=True),
    ("route", "scopes"): _listed(more_opens=False),
    ("route", "resource"): _checked,
    ("route", "tenant_members"): _listed(more_opens=False),
    ("route", "body_bytes"): _ordered(more_opens=True),
    ("route", "cost"): _ordered(more_opens=False),
    ("scope", "grants"): _listed(more_opens=True),
    ("legacy scope", "grants"): _listed(more_opens=True),
    ("plan", "limit"): _limited,
    ("anonymous limit", "limit"): _limited,
    ("reserved headers", "dropped"): _listed(more_opens=False),
}
"""By kind and aspect; whatever is not here only changes."""
