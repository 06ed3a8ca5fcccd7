"""Scope expansion against any table: monotone, idempotent, never more than the table says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keys.scopes import ScopeTable

NAMES = tuple("abcdefgh")
LEGACY = tuple("LMN")
some_scopes = st.frozensets(st.sampled_from((*NAMES, *LEGACY, "unknown", "")))


@st.composite
def tables(draw):
    known = draw(st.sets(st.sampled_from(NAMES), min_size=1))
    some = st.sets(st.sampled_from(sorted(known)))
    implies = {name: draw(some) for name in sorted(known)}
    legacy = {name: draw(some) for name in draw(st.sets(st.sampled_from(LEGACY)))}
    return known, implies, legacy, ScopeTable(dict.fromkeys(known, "px"), implies, legacy)


def naive(stored, known, implies, legacy):
    """The same by repetition until nothing is new."""
    granted = {scope for scope in stored if scope in known}
    granted |= {scope for name in stored if name in legacy for scope in legacy[name]}
    while True:
        more = granted.union(*(implies[scope] for scope in granted))
        if more == granted:
            return granted
        granted = more


@given(tables(), some_scopes)
def test_expansion_is_what_the_naive_closure_gives(table, stored):
    known, implies, legacy, scopes = table
    rights = scopes.expand(stored)
    assert rights.scopes == naive(stored, known, implies, legacy)
    assert rights.legacy == stored & legacy.keys()


@given(tables(), some_scopes, some_scopes)
def test_more_stored_never_grants_less(table, some, more):
    scopes = table[-1]
    assert scopes.expand(some).scopes <= scopes.expand(some | more).scopes


@given(tables(), some_scopes)
def test_expanding_twice_grants_nothing_more(table, stored):
    scopes = table[-1]
    once = scopes.expand(stored).scopes
    assert scopes.expand(once).scopes == once


@given(tables(), some_scopes)
def test_unknown_scopes_grant_nothing(table, stored):
    known, _, legacy, scopes = table
    assert scopes.expand(stored) == scopes.expand(stored & (known | legacy.keys()))
    assert scopes.expand(stored).scopes <= known
