"""How the command speaks: tables for people, JSON for programs; answers to standard output, failures to the other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from deploy.demo.upstack.drawing import draw, plain, tiles_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deploy.demo.upstack.failures import UpstackError


def shown(value: Any) -> str:
    """A value of the API as text that a terminal shows as it is."""
    return escape(plain(str(value)))


def print_json(value: Any) -> None:
    """The value on standard output, whole, whatever the terminal's width."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A table. The first column, ids to copy, is never cut."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*(shown(cell) for cell in row))
    Console().print(table)


def print_view(view: dict[str, Any]) -> None:
    """A view: what it is, and its grid."""
    configuration = view["configuration"]
    range_ = configuration.get("dateRange", {})
    facts = {
        "id": view["id"],
        "pixel": view["pixelId"],
        "type": view["type"],
        "range": f"{range_.get('start')} to {range_.get('end')}, by {configuration.get('granularity')}",
        "attribution": f"{configuration.get('attributionModel')}, {configuration.get('attributionWindow')} days",
        "updated": view["updatedAt"],
    }
    console = Console(highlight=False)
    console.print(f"[bold]{shown(view['name'])}[/bold]")
    for name, value in facts.items():
        console.print(f"  {name:<12} {shown(value)}", soft_wrap=True)
    for line in draw(tiles_of(view)):
        console.print(line, soft_wrap=True, markup=False)


def print_failure(error: UpstackError, *, as_json: bool) -> None:
    """Why the command ends, on standard error."""
    if as_json:
        fields = [{"field": problem.field, "message": problem.message} for problem in error.fields]
        Console(stderr=True, highlight=False).print(
            json.dumps({"message": error.message, "status": error.status, "errors": fields}),
            soft_wrap=True,
            markup=False,
        )
        return
    console = Console(stderr=True, highlight=False)
    status = "" if error.status is None else f" {error.status}"
    console.print(f"[red]upstack{status}:[/red] {shown(error.message)}", soft_wrap=True)
    for problem in error.fields:
        console.print(f"  {shown(problem.field)}: {shown(problem.message)}", soft_wrap=True)
