"""Chance that repeats itself: numbers that look random and are a function of what they are about."""

from __future__ import annotations

from hashlib import blake2b


def chance(*about: str) -> float:
    """A number in [0, 1), the same for the same words in every process; ("a", "bc") differs from ("ab", "c")."""
    text = "".join(f"{len(word)}:{word}" for word in about)
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest()) / (1 << 56)


def pick(choices: tuple[str, ...], *about: str) -> str:
    """One of `choices`, by `chance`."""
    return choices[int(chance(*about) * len(choices))]
