"""Settings and their mistakes for people: tables and colours (rich). What is shown comes from `summary`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from gateway.settings import summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from gateway.settings.difference import Difference
    from gateway.settings.file import Settings
    from keys import Mistake

_PERIODS = {1: "second", 60: "minute", 3600: "hour", 86400: "day"}
_EFFECT_STYLES = {"opens": "bold red", "closes": "bold green", "changes": "bold yellow"}
_METHOD_STYLES = {"GET": "green", "POST": "yellow", "PUT": "yellow", "PATCH": "yellow", "DELETE": "red"}


def show_summary(settings: Settings, console: Console) -> None:
    """Print what the file declares."""
    listening = ((row["name"], row["url"], row["serves"]) for row in summary.listeners(settings))
    show_table(console, "Listeners", ("name", "address", "serves"), listening)
    columns = ("name", "paths", "key stands in", "tenant", "foreign", "routes")
    rows = (
        (r["name"], *_lines(r["paths"]), r["credential"], r["tenant"], r["foreign"], r["routes"])
        for r in summary.apis(settings)
    )
    show_table(console, "APIs", columns, rows)
    show_routes(settings, console)
    show_table(console, "Plans", ("name", "limit", "burst", "bucket of"), map(_plan, summary.plans(settings)))
    show_table(console, "Upstreams", ("name", "url"), ((r["name"], r["url"]) for r in summary.upstreams(settings)))


def show_routes(settings: Settings, console: Console) -> None:
    """Print every route."""
    columns = ("API", "name", "method", "path", "scopes", "owner of", "cost", "upstream")
    show_table(console, "Routes", columns, map(_route, summary.routes(settings)))


def show_differences(differences: Sequence[Difference], console: Console) -> None:
    """Print every difference on a line of its own: what opens in red, what closes in green."""
    for one in differences:
        console.print(_difference(one), soft_wrap=True)
    if not differences:
        console.print("Nothing differs.")


def _difference(one: Difference) -> Text:
    text = Text(f"{one.effect:<8}", style=_EFFECT_STYLES[one.effect])
    text.append(f"{one.kind} {one.where}".rstrip() + "  ", style="not bold default")
    return text.append(f"{_value(one.before)} -> {_value(one.after)}", style="default")


def _value(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def show_mistakes(mistakes: Sequence[Mistake], console: Console) -> None:
    """Print every mistake on a line of its own, and how many there are."""
    for mistake in mistakes:
        console.print(_mistake(mistake), soft_wrap=True)
    count = len(mistakes)
    console.print(Text(f"{count} mistake{'' if count == 1 else 's'}.", style="bold red"))


def _mistake(mistake: Mistake) -> Text:
    text = Text(f"{mistake.file}:{mistake.line}: ", style="bold")
    if mistake.key:
        text.append(f"{mistake.key}: ", style="cyan")
    if mistake.value:
        text.append(f"{mistake.value} ", style="red")
    text.append(mistake.message, style="not bold")
    if mistake.allowed:
        text.append("; allowed: ", style="dim").append(mistake.allowed, style="green")
    return text


def _route(row: summary.Row) -> tuple[object, ...]:
    method = Text(row["method"], style=_METHOD_STYLES.get(row["method"], ""))
    scopes = " ".join(row["scopes"]) or Text("any key", style="dim")
    return row["api"], row["name"], method, row["path"], scopes, row["resource"] or "", row["cost"], row["upstream"]


def _plan(row: summary.Row) -> tuple[object, ...]:
    if row["limit"] == "custom":
        return row["name"], "custom: set on account or key", "", row["by"]
    return row["name"], f"{row['limit']:,} per {_PERIODS[row['period_s']]}", f"{row['burst']:,}", row["by"]


def _lines(items: Iterable[str]) -> tuple[str]:
    return ("\n".join(items),)


def show_table(console: Console, title: str, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table. A cell is a `Text`, or anything as its plain text."""
    table = Table(*columns, title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else Text(str(cell)) for cell in row))
    console.print(table)
