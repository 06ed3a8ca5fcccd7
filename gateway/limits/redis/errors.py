"""What can go wrong with Redis, as causes: one table from redis-py's exceptions, looked at nowhere else."""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from redis import exceptions as theirs

from gateway.limits.limiter import LimiterFailed

if TYPE_CHECKING:
    from collections.abc import Mapping


class Garbled(Exception):  # noqa: N818 - what was found, and a row of the table below
    """A reply that cannot be the one to what was asked."""


class Again(Enum):
    """Whether asking once more may help: what was asked was certainly not done, or nobody knows; or it would not help."""

    NOT_DONE = "not done"
    PERHAPS_DONE = "perhaps done"
    NO = "no"


class Fault(NamedTuple):
    """A row: the cause as logs and metrics name it, and whether to ask again."""

    cause: str
    again: Again


FAULTS: Mapping[type[BaseException], Fault] = MappingProxyType(
    {
        # the second attempt does what was missing: the script's text, another server
        theirs.NoScriptError: Fault("script_unknown", Again.NOT_DONE),
        theirs.ReadOnlyError: Fault("read_only", Again.NOT_DONE),
        theirs.BusyLoadingError: Fault("loading", Again.NOT_DONE),
        theirs.MasterDownError: Fault("no_primary", Again.NOT_DONE),
        theirs.ClusterDownError: Fault("no_primary", Again.NOT_DONE),
        theirs.MovedError: Fault("moved", Again.NOT_DONE),
        theirs.AskError: Fault("moved", Again.NOT_DONE),
        theirs.TryAgainError: Fault("moved", Again.NOT_DONE),
        # a connection that the server had closed meanwhile looks like this too
        theirs.ConnectionError: Fault("unreachable", Again.PERHAPS_DONE),
        OSError: Fault("unreachable", Again.PERHAPS_DONE),
        # would be no different
        theirs.AuthenticationError: Fault("refused", Again.NO),
        theirs.NoPermissionError: Fault("refused", Again.NO),
        theirs.OutOfMemoryError: Fault("full", Again.NO),
        theirs.TimeoutError: Fault("late", Again.NO),
        TimeoutError: Fault("late", Again.NO),
        theirs.InvalidResponse: Fault("garbled", Again.NO),
        Garbled: Fault("garbled", Again.NO),
        Exception: Fault("error", Again.NO),
    }
)
"""The first class of an exception's MRO that has a row decides."""

CAUSES = frozenset(fault.cause for fault in FAULTS.values())


def fault_of(error: BaseException) -> Fault:
    """The row of an exception."""
    return next(FAULTS[ancestor] for ancestor in type(error).__mro__ if ancestor in FAULTS)


def failed(error: BaseException) -> LimiterFailed:
    """What the limiter's callers get. The text of a foreign exception may hold an address, and stays behind."""
    return LimiterFailed(fault_of(error).cause)
