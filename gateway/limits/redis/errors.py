"""What can go wrong with Redis, as causes: one table from redis-py's exceptions, looked at nowhere else."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from redis import exceptions as theirs

from gateway.limits.limiter import LimiterFailed

if TYPE_CHECKING:
    from collections.abc import Mapping


class Garbled(Exception):  # noqa: N818 - what was found, and a row of the table below
    """A reply that cannot be the one to what was asked."""


class Fault(NamedTuple):
    """A row: the cause as logs and metrics name it, and whether asking once more may help: the first was not done,
    or at worst is charged twice.
    """

    cause: str
    again: bool


FAULTS: Mapping[type[BaseException], Fault] = MappingProxyType(
    {
        # not done, and the second attempt does what was missing: the script's text, another server
        theirs.NoScriptError: Fault("script_unknown", again=True),
        theirs.ReadOnlyError: Fault("read_only", again=True),
        theirs.BusyLoadingError: Fault("loading", again=True),
        theirs.MasterDownError: Fault("no_primary", again=True),
        theirs.ClusterDownError: Fault("no_primary", again=True),
        theirs.MovedError: Fault("moved", again=True),
        theirs.AskError: Fault("moved", again=True),
        theirs.TryAgainError: Fault("moved", again=True),
        # a connection that the server had closed meanwhile looks like this too
        theirs.ConnectionError: Fault("unreachable", again=True),
        OSError: Fault("unreachable", again=True),
        # would be no different
        theirs.AuthenticationError: Fault("refused", again=False),
        theirs.NoPermissionError: Fault("refused", again=False),
        theirs.OutOfMemoryError: Fault("full", again=False),
        theirs.TimeoutError: Fault("late", again=False),
        TimeoutError: Fault("late", again=False),
        theirs.InvalidResponse: Fault("garbled", again=False),
        Garbled: Fault("garbled", again=False),
        Exception: Fault("error", again=False),
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
