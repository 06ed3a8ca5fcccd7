"""Which public messages an API may word itself, and under which name.

A refusal that an API causes can be reworded by its reason. Reasons that must not be told apart (`hides`) have one name
together, their common code, so that no settings file can tell them apart. Refusals that happen before the API is known, and the
texts of missing and foreign resources, which have settings of their own, are not among them.
"""

from __future__ import annotations

from string import Formatter
from types import MappingProxyType
from typing import TYPE_CHECKING

from gateway.problems import PROBLEMS, Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_OF_AN_API = frozenset(
    {
        Reason.MALFORMED_REQUEST,
        Reason.AMBIGUOUS_FRAMING,
        Reason.TRANSFER_ENCODING_UNSUPPORTED,
        Reason.VERSION_UNSUPPORTED,
        Reason.HEADERS_TOO_LARGE,
        Reason.TARGET_TOO_LONG,
        Reason.TARGET_INVALID,
        Reason.HOST_INVALID,
        Reason.EXPECTATION_UNSUPPORTED,
        Reason.REQUEST_TIMEOUT,
        Reason.OVERLOADED,
        Reason.PATH_AMBIGUOUS,
        Reason.RESOURCE_MISSING,
        Reason.RESOURCE_FOREIGN,
        Reason.CLIENT_GONE,
    }
)


def _names() -> dict[str, tuple[Reason, ...]]:
    names: dict[str, tuple[Reason, ...]] = {}
    for reason, problem in PROBLEMS.items():
        if reason not in _NOT_OF_AN_API:
            name = problem.code if problem.hides else reason.value
            names[name] = (*names.get(name, ()), reason)
    return names


REASONS_BY_NAME: Mapping[str, tuple[Reason, ...]] = MappingProxyType(_names())


def placeholders(text: str) -> frozenset[str]:
    """The `{words}` of a message. Raises ValueError where braces do not pair."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def placeholders_of(name: str) -> frozenset[str]:
    """The words that a refusal of this name fills in."""
    return frozenset().union(*(placeholders(PROBLEMS[reason].message) for reason in REASONS_BY_NAME[name]))
