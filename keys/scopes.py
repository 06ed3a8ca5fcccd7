"""What a key may do: the table of known scopes, what they imply, and what legacy ones stand for. Pure.

Scopes are stored as they were minted and expanded on reading, so that changing an implication changes every key at once
and nothing is ever rewritten. A scope that the table does not know grants nothing.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from keys.errors import Rejected, Rejection

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NOTHING: frozenset[str] = frozenset()


class Rights(NamedTuple):
    """What stored scopes grant: the expanded `scopes`, and which `legacy` names took part (a metric counts them)."""

    scopes: frozenset[str]
    legacy: frozenset[str]


class ScopeTable:
    """The scopes of the settings. Immutable; every closure is computed once, here."""

    __slots__ = ("_grants", "_known", "_legacy")

    def __init__(
        self,
        known: Mapping[str, str],
        implies: Mapping[str, Iterable[str]] = MappingProxyType({}),
        legacy: Mapping[str, Iterable[str]] = MappingProxyType({}),
    ) -> None:
        """`known`: scope -> the prefix of the keys that may hold it; `implies`, `legacy`: scope -> scopes.

        Raises ValueError for an implication or a legacy expansion that names an unknown scope, and for a name that is
        both known and legacy: settings are checked earlier and with better words, this is the last guard.
        """
        self._known = dict(known)
        direct = {name: frozenset(implies.get(name, ())) for name in known}
        self._legacy = {name: frozenset(stands_for) for name, stands_for in legacy.items()}
        named = frozenset[str]().union(implies, *direct.values(), *self._legacy.values())
        if not named <= known.keys() or self._legacy.keys() & known.keys():
            raise ValueError("implied scopes must be known, and legacy names must not be")
        self._grants = {name: _closure(name, direct) for name in known}
        self._grants |= self._legacy_grants()

    def _legacy_grants(self) -> dict[str, frozenset[str]]:
        """Legacy, in this one place: each name grants exactly what it stands for, with that scope's implications.

        To be deleted, with `Rights.legacy`, when `gateway_legacy_scope_uses_total` has stayed at 0 for a quarter.
        """
        return {
            name: NOTHING.union(*(self._grants[scope] for scope in stands_for))
            for name, stands_for in self._legacy.items()
        }

    @property
    def known(self) -> Mapping[str, str]:
        """Every scope that can be minted, and the prefix it belongs to."""
        return MappingProxyType(self._known)

    @property
    def legacy(self) -> Mapping[str, frozenset[str]]:
        """Every legacy name, and what it stands for."""
        return MappingProxyType(self._legacy)

    def expand(self, stored: frozenset[str]) -> Rights:
        """What a key with these stored scopes may do. Monotone, idempotent, and never more than the table says."""
        granted = NOTHING.union(*(self._grants.get(scope, NOTHING) for scope in stored))
        return Rights(granted, stored & self._legacy.keys())

    def of_prefix(self, prefix: str) -> list[str]:
        """The scopes that keys of this prefix may be minted with, sorted."""
        return sorted(scope for scope, owner in self._known.items() if owner == prefix)

    def require_mintable(self, scopes: Iterable[str], prefix: str) -> None:
        """Raises Rejected, naming every scope that a new key of this prefix must not carry, and why."""
        rejections = tuple(self._unmintable(scopes, prefix))
        if rejections:
            raise Rejected(rejections)

    def _unmintable(self, scopes: Iterable[str], prefix: str) -> Iterator[Rejection]:
        allowed = ", ".join(self.of_prefix(prefix)) or f"none (keys of {prefix} carry no scopes)"
        for scope in sorted(set(scopes)):
            why = self._why_unmintable(scope, prefix)
            if why:
                yield Rejection("scopes", scope, why, allowed)

    def _why_unmintable(self, scope: str, prefix: str) -> str | None:
        if scope in self._legacy:
            return f"{scope!r} is a legacy scope: existing keys keep it, no new key gets it"
        if scope not in self._known:
            return f"{scope!r} is not a known scope"
        if self._known[scope] != prefix:
            return f"{scope!r} is a scope of {self._known[scope]} keys, not of {prefix} keys"
        return None


def _closure(name: str, direct: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """`name` and everything it implies, directly or not; circles are harmless."""
    reached, waiting = {name}, [name]
    while waiting:
        new = direct[waiting.pop()] - reached
        reached |= new
        waiting.extend(new)
    return frozenset(reached)
