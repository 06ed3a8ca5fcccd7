"""Every expected error of keys/ -> its problem. One table; what is not in it is a fault of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keys.admin.problems import Code, FieldProblem, Problem, not_found
from keys.editing import Outdated
from keys.errors import Missing, Rejected, StoreError
from keys.mass_revocation import Unexpected
from keys.repeatable import TokenReused
from keys.tokens import VerifierBusy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

RETRY = {"retry-after": "1"}


def problem_of(error: Exception) -> Problem | None:
    """The problem that an expected error is; None for one that nobody expected."""
    if isinstance(error, Problem):
        return error
    for kind, to_problem in _PROBLEM_OF.items():
        if isinstance(error, kind):
            return to_problem(error)
    return None


def _rejected(error: Any) -> Problem:
    errors = [FieldProblem(field=one.field, message=one.message, allowed=one.allowed) for one in error.rejections]
    return Problem(Code.REJECTED, f"{len(errors)} thing(s) to put right", errors)


# First match wins: subclasses stand above their bases.
_PROBLEM_OF: Mapping[type[Exception], Callable[[Any], Problem]] = {
    Missing: lambda _error: not_found(),
    Rejected: _rejected,
    Outdated: lambda error: Problem(Code.REVISION_CHANGED, str(error)),
    Unexpected: lambda error: Problem(Code.OTHER_COUNT, str(error)),
    TokenReused: lambda error: Problem(Code.TOKEN_REUSED, str(error)),
    VerifierBusy: lambda error: Problem(Code.BUSY, str(error), headers=RETRY),
    StoreError: lambda _error: Problem(
        Code.STORE_UNAVAILABLE, "nothing was changed; try again in a moment", headers=RETRY
    ),
}
