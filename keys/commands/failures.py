"""Every error of the command -> what is said on stderr (words, or JSON), and the exit code. One table.

Exit codes: 0 fine, 1 refused or failed, 2 wrong use or wrong settings.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text
from typer import BadParameter, TyperException

from keys.bulk.reading import FileInvalid
from keys.errors import Rejected, Rejection, SchemaOutdated, StoreError, StoreMissing, StoreUnavailable
from keys.settings_file import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FAILED = 1
WRONG_USE = 2

_FLAGS: Mapping[str, str] = {
    "expires_at": "--expires",
    "scopes": "--scope",
    "resources": "--resource",
    "labels": "--label",
    **{name: f"--{name}" for name in ("prefix", "name", "account", "tenant", "plan", "limit", "why")},
}


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong: a code for programs, lines for people, what to do about it, and details for `--json`."""

    code: str
    exit_code: int
    lines: tuple[str, ...]
    cure: str = ""
    details: tuple[Mapping[str, Any], ...] = ()


def failure_of(error: Exception, flags: Mapping[str, str] = _FLAGS) -> Failure | None:
    """The failure that an expected error means; None for an error that nobody expected."""
    for kind, to_failure in _FAILURES.items():
        if isinstance(error, kind):
            return to_failure(error, flags)
    return None


def report(failure: Failure, *, as_json: bool) -> None:
    """Says it on stderr, if there is something to say."""
    if not failure.lines:
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if as_json:
        body = {"code": failure.code, "message": "\n".join(failure.lines), "do": failure.cure or None}
        console.out(json.dumps({"error": body | {"details": list(failure.details)}}), highlight=False)
        return
    for line in failure.lines:
        console.print(Text.assemble(("error: ", "bold red"), line))
    if failure.cure:
        console.print(Text.assemble(("  try: ", "bold"), failure.cure))


def _rejected(error: Any, flags: Mapping[str, str]) -> Failure:
    details = tuple({"flag": flags.get(one.field)} | asdict(one) for one in error.rejections)
    return Failure("rejected", FAILED, tuple(_line(one, flags) for one in error.rejections), details=details)


def _line(rejection: Rejection, flags: Mapping[str, str]) -> str:
    place = flags.get(rejection.field)
    end = f"; allowed: {rejection.allowed}" if rejection.allowed else ""
    return f"{place}: {rejection.message}{end}" if place else f"{rejection.message}{end}"


def _settings(error: Any, _flags: Mapping[str, str]) -> Failure:
    lines = tuple(str(mistake) for mistake in error.mistakes)
    details = tuple(mistake.as_dict() for mistake in error.mistakes)
    cure = "name the settings file with --config FILE, or GATEWAY_CONFIG" if "cannot be read" in lines[0] else ""
    return Failure("settings_invalid", WRONG_USE, lines, cure, details)


def _usage(error: Any, _flags: Mapping[str, str]) -> Failure:
    path = getattr(getattr(error, "ctx", None), "command_path", "keys")
    words = error.format_message().replace("Value error, ", "")
    if not words:  # a group without a command: its help was shown instead
        return Failure("usage", WRONG_USE, ())
    return Failure("usage", WRONG_USE, (words,), f"{path} --help")


def _store(code: str, cure: str) -> Callable[[Any, Mapping[str, str]], Failure]:
    return lambda error, _flags: Failure(code, FAILED, (str(error),), cure)


# First match wins: subclasses stand above their bases.
_FAILURES: Mapping[type[Exception], Callable[[Any, Mapping[str, str]], Failure]] = {
    Rejected: _rejected,
    SettingsError: _settings,
    StoreMissing: _store("store_missing", "keys db upgrade, which creates it; or --store URL for another"),
    SchemaOutdated: _store("schema_outdated", "keys db upgrade; or the version of this program that wrote it"),
    StoreUnavailable: _store("store_unavailable", "see that the database runs and may be written, then try again"),
    StoreError: _store("store_invalid", "keys.store in the settings file, or --store URL"),
    FileInvalid: _store("file_invalid", "docs/keys.md, which shows what a file to import looks like"),
    BadParameter: _usage,
    TyperException: _usage,
}
