"""The cases of a file, run and told: a table for people, plain values for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.text import Text

from gateway.cases import FORWARDED, load_cases
from gateway.rehearsal import rehearse
from gateway.settings.show import show_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import Console

    from gateway.cases import Case
    from gateway.rehearsal import Outcome
    from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Verdict:
    """A case, the line where it begins, and what its request came to."""

    line: int
    case: Case
    outcome: Outcome

    @property
    def held(self) -> bool:
        return (self.outcome.status, self.outcome.reason) == (self.case.status, self.case.reason)

    def as_dict(self) -> dict[str, Any]:
        return {
            "line": self.line,
            "name": self.case.name,
            "ok": self.held,
            "expected": {"status": self.case.status, "reason": self.case.reason},
            "came": {"status": self.outcome.status, "reason": self.outcome.reason, "body": self.outcome.body},
        }


async def run_cases(settings: Settings, file: Path) -> list[Verdict]:
    """Every case of the file, in its order. Raises keys.SettingsError with every mistake of it."""
    return [Verdict(line, case, await rehearse(settings, case, key)) for line, case, key in load_cases(file)]


def show_verdicts(verdicts: Sequence[Verdict], file: Path, console: Console) -> None:
    """Print every case, then each that did not hold with what came instead, then how many there are."""
    show_table(console, "Cases", ("", "case", "request", "came to"), map(_row, verdicts))
    failed = [verdict for verdict in verdicts if not verdict.held]
    for verdict in failed:
        console.print(_failure(verdict, file), soft_wrap=True)
    style = "bold red" if failed else "bold green"
    console.print(Text(f"{len(verdicts) - len(failed)} of {len(verdicts)} cases hold.", style=style))


def _row(verdict: Verdict) -> tuple[object, ...]:
    case, mark = verdict.case, Text("ok", style="green") if verdict.held else Text("FAIL", style="bold red")
    return mark, case.name, f"{case.method} {case.path}", _told(verdict.outcome.status, verdict.outcome.reason)


def _failure(verdict: Verdict, file: Path) -> Text:
    case, outcome = verdict.case, verdict.outcome
    text = Text(f"{file}:{verdict.line}: ", style="bold")
    text.append(f"{case.name}: ", style="cyan")
    text.append(f"expected {_told(case.status, case.reason)}, came ", style="not bold")
    text.append(_told(outcome.status, outcome.reason), style="red")
    return text.append(f" {outcome.body}", style="dim") if outcome.body else text


def _told(status: int, reason: str) -> str:
    return f"{status} {reason}" if reason != FORWARDED else reason
