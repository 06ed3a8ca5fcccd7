"""What was measured, for people (a table, a page) and for programs (JSON). Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from rich.table import Table

from bench.compare.peers import LUA, PLAIN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bench.compare.measure import Figures
    from bench.compare.plan import Case

COLUMNS = ("requests/s", "p50 us", "p99 us", "CPU us/request", f"/ {LUA}", f"/ {PLAIN}", "errors")
BEGIN = "<!-- Made by `make bench`. Run it again instead of changing this part. -->"
END = "<!-- The end of the made part. -->"


@dataclass(frozen=True, slots=True)
class Result:
    """One case: the figures of each contender, by its name."""

    case: Case
    figures: Mapping[str, Figures]

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The name and the cells of each contender, in the order of COLUMNS."""
        for name, its in self.figures.items():
            yield (
                name,
                f"{its.requests_s:,.0f}",
                f"{its.p50_us:,.0f}",
                f"{its.p99_us:,.0f}",
                f"{its.cpu_us:.1f}",
                _shown(self.ratio(name, LUA)),
                _shown(self.ratio(name, PLAIN)),
                str(its.errors),
            )

    def ratio(self, name: str, other: str) -> float | None:
        """Requests a second of one over another's in the same run; None where that was not measured."""
        if other not in self.figures or not self.figures[other].requests_s:
            return None
        return self.figures[name].requests_s / self.figures[other].requests_s

    def as_dict(self) -> dict[str, object]:
        case = self.case
        return {
            "connections": case.connections,
            "answer_bytes": case.answer.bytes,
            "method": case.work.method,
            "body_bytes": case.work.body_bytes,
            "figures": {
                name: asdict(its) | {"over_lua": self.ratio(name, LUA), "over_plain": self.ratio(name, PLAIN)}
                for name, its in self.figures.items()
            },
        }


def _shown(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:.2f}"


def table(results: Sequence[Result]) -> Table:
    """All cases in one table for a terminal, each a section of it."""
    made = Table("load", "gateway", title="Requests through each gateway")
    for column in COLUMNS:
        made.add_column(column, justify="right")
    for result in results:
        for number, (name, *cells) in enumerate(result.rows()):
            style = "bold" if name.startswith("this") else None
            made.add_row("" if number else str(result.case), name, *cells, style=style)
        made.add_section()
    return made


def made_part(results: Sequence[Result], machine: Mapping[str, str], command: str) -> str:
    """The part of docs/benchmarks.md with the figures, from BEGIN to END."""
    lines = [BEGIN, "", f"    $ {command}", "", "| ran on | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in machine.items()]
    for result in results:
        lines += [
            "",
            f"**{result.case}**",
            "",
            f"| gateway | {' | '.join(COLUMNS)} |",
            "|---" + "|--:" * len(COLUMNS) + "|",
        ]
        lines += [f"| {' | '.join(row)} |" for row in result.rows()]
    return "\n".join([*lines, "", END])


def page_with(page: str, part: str) -> str:
    """The page with its made part replaced. Raises ValueError where it has none."""
    before, begun, rest = page.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not begun or not ended:
        raise ValueError("the page has no made part")
    return before + part + after


def as_json(results: Sequence[Result], machine: Mapping[str, str], command: str) -> dict[str, object]:
    return {"command": command, "machine": dict(machine), "results": [result.as_dict() for result in results]}
