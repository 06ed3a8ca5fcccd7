"""What commands print: JSON for programs, tables and lines for people."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from keys.model import KeyState
from keys.plans import describe_limit
from keys.verify import judge

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keys.audit import ChainedEvent
    from keys.model import Account, Key, Operator, Plan

STATE_STYLES: Mapping[KeyState, str] = {
    KeyState.ACTIVE: "green",
    KeyState.DISABLED: "yellow",
    KeyState.EXPIRED: "yellow",
    KeyState.REVOKED: "red",
}
NOTHING = "-"


def print_json(value: object) -> None:
    """One JSON value on stdout, readable by people too."""
    Console(highlight=False, soft_wrap=True).out(json.dumps(value, indent=2, ensure_ascii=False), highlight=False)


def say(*parts: str | tuple[str, str]) -> None:
    """A line for people, on stderr: stdout is for what was asked for."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text.assemble(*parts))


def print_operators(operators: Iterable[Operator]) -> None:
    """Operators as a table."""
    rows = [
        (one.id, one.name, one.role.value, one.account or NOTHING, _when(one.created_at), _when(one.revoked_at))
        for one in operators
    ]
    print_table(("id", "name", "role", "account", "created", "revoked"), rows)


def print_events(events: Iterable[ChainedEvent]) -> None:
    """Events of the audit log as a table."""
    rows = [
        (
            str(one.seq),
            _when(one.event.at),
            one.event.actor,
            one.event.tag,
            one.event.subject_id,
            one.event.details,
        )
        for one in events
    ]
    print_table(("seq", "at", "actor", "what", "subject", "details"), rows)


def print_keys(keys: Iterable[Key], now: float) -> None:
    """Keys as a table, one line each."""
    columns = ("id", "prefix", "name", "account", "tenant", "scopes", "state", "expires", "last used")
    print_table(columns, [_key_row(key, now) for key in keys])


def _key_row(key: Key, now: float) -> Sequence[str | Text]:
    return (
        key.id,
        key.prefix,
        key.name,
        key.account,
        key.tenant or NOTHING,
        "\n".join(sorted(key.scopes)) or NOTHING,
        _state(key, now),
        _when(key.expires_at),
        _when(key.last_used_at),
    )


def print_accounts(accounts: Iterable[Account]) -> None:
    """Accounts as a table."""
    rows = [
        (one.id, one.name, one.plan, describe_limit(one.limit) if one.limit else NOTHING, _when(one.created_at))
        for one in accounts
    ]
    print_table(("id", "name", "plan", "own limit", "created"), rows)


def print_plans(plans: Iterable[tuple[Plan, bool]]) -> None:
    """Plans as a table; with each, whether the settings declare it."""
    rows = [
        (plan.name, describe_limit(plan.limit), f"each {plan.by.value}", "settings" if is_declared else "store")
        for plan, is_declared in plans
    ]
    print_table(("name", "limit", "counted for", "from"), rows)


def print_record(fields: Mapping[str, object]) -> None:
    """One record, a line for each field that has a value."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in fields.items():
        if value not in (None, "", [], {}):
            table.add_row(Text(name.replace("_", " "), style="bold"), _cell(value))
    _stdout().print(table)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str | Text]]) -> None:
    """Rows under bold headings."""
    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for position, column in enumerate(columns):
        table.add_column(column, no_wrap=position == 0, overflow="fold")
    for row in rows:
        # As Text, so that a name with [brackets] is no markup.
        table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    _stdout().print(table)


def _stdout() -> Console:
    """Wide enough for whole lines where no terminal says otherwise (a pipe, a file)."""
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=240)


def _cell(value: object) -> Text:
    if isinstance(value, dict):
        return Text(", ".join(f"{name}={text}" for name, text in value.items()))
    if isinstance(value, list):
        return Text(", ".join(map(str, value)))
    style = STATE_STYLES[KeyState(value)] if isinstance(value, str) and value in set(KeyState) else ""
    return Text(str(value), style=style)


def _state(key: Key, now: float) -> Text:
    state = judge(key, now)
    return Text(state.value, style=STATE_STYLES[state])


def _when(unix_s: float | None) -> str:
    return NOTHING if unix_s is None else time.strftime("%Y-%m-%d %H:%M", time.gmtime(unix_s))
