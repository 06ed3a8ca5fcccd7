"""What must look alike: for each pair, how to ask the one and the other, afresh for every try."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys import mint_text
from tests.hostile.keyring import with_another_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Request = tuple[str, dict[str, str]]
"""A path and its header fields; the method is GET."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions whose answers must be the same in every respect."""

    name: str
    first: Callable[[], Request]
    second: Callable[[], Request]


@dataclass(frozen=True, slots=True)
class Place:
    """Where to ask: an open path of the API, its credential and tenant fields, a live key and its tenant, and another's."""

    path: str
    key_header: str
    tenant_header: str
    key: str
    tenant: str
    other_tenant: str
    foreign_path: str | None = None


def pairs(place: Place, dead: dict[str, str]) -> Iterator[Pair]:
    """Every pair that the place allows. `dead` are keys that must look unknown, by what they are (revoked, expired)."""
    prefix = place.key.rpartition("_")[0]

    def ask(key: str, *, path: str = place.path, tenant: str = place.tenant) -> Request:
        return path, {place.key_header: key, place.tenant_header: tenant}

    def unknown() -> Request:
        return ask(mint_text(prefix).text)

    yield Pair("unknown id, wrong secret", unknown, lambda: ask(with_another_secret(place.key)))
    for state, key in dead.items():
        fixed = mint_text(prefix).text
        yield Pair(f"unknown key, {state} key", lambda fixed=fixed: ask(fixed), lambda key=key: ask(key))
        wrong = lambda key=key: ask(with_another_secret(key))  # noqa: E731 - a pair is two of them
        yield Pair(f"unknown id, {state} id with a wrong secret", unknown, wrong)
    yield Pair(
        "invented tenant, another's tenant",
        lambda: ask(place.key, tenant=resembling(place.other_tenant)),
        lambda: ask(place.key, tenant=place.other_tenant),
    )
    if place.foreign_path is not None:
        start, slash, last = place.foreign_path.rpartition("/")
        yield Pair(
            "missing resource, foreign resource",
            lambda: ask(place.key, path=start + slash + resembling(last)),
            lambda: ask(place.key, path=place.foreign_path),
        )


def resembling(text: str) -> str:
    """Another text of the same shape: digits for digits, letters for letters."""
    alphabets = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
    return "".join(
        next((random.choice(alphabet) for alphabet in alphabets if character in alphabet), character)
        for character in text
    )
