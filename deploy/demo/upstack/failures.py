"""What can go wrong for a user of the command, and the exit code that says so."""

from __future__ import annotations

from dataclasses import dataclass

FAILED = 1
MISUSED = 2


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One field that the API found wrong."""

    field: str
    message: str


class UpstackError(Exception):
    """Ends the command: a line for the user, lines for single fields, and the exit code."""

    exit_code = FAILED

    def __init__(self, message: str, *, status: int | None = None, fields: tuple[FieldProblem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.fields = fields


class UsageError(UpstackError):
    """The command cannot do what was asked, whatever the API would say: a flag, a file, a setting is wrong."""

    exit_code = MISUSED
