"""keys nodes list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from keys.commands import options
from keys.commands.render import print_json, print_table, say
from keys.commands.session import Session, in_session
from keys.times import iso_time

if TYPE_CHECKING:
    from keys.nodes import Node
    from keys.store.node_rows import Roll

app = typer.Typer(no_args_is_help=True)


@app.callback()
def nodes() -> None:
    """The gateway processes that serve these keys."""


@app.command("list")
def list_nodes(
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """List every process that serves keys: how far it has come, and when it was last heard of."""

    async def work(session: Session) -> tuple[Roll, int]:
        return await session.store.nodes.roll(), await session.store.latest_change()

    roll, latest = in_session(config, store, work)
    shown = [node_json(node, roll.now, latest) for node in roll.nodes]
    if json:
        print_json({"nodes": shown, "latest_change": latest})
    elif shown:
        columns = ("node", "host", "pid", "version", "state", "behind", "last heard", "since")
        print_table(columns, [_row(one) for one in shown])
    else:
        say("No process serves these keys.")


def node_json(node: Node, now: float, latest: int) -> dict[str, Any]:
    """A node: `state` is `trusting` while it may serve keys from memory, else `expired`."""
    return {
        "node": node.id,
        "host": node.host,
        "pid": node.pid,
        "version": node.version,
        "state": "trusting" if node.is_trusting(now) else "expired",
        "applied": node.applied,
        "behind": max(0, latest - node.applied),
        "silent_s": round(now - node.renewed_at, 1),
        "started_at": iso_time(node.started_at),
    }


def _row(shown: dict[str, Any]) -> list[str]:
    silent = f"{shown['silent_s']} s ago"
    names = ("node", "host", "pid", "version", "state", "behind")
    return [*(str(shown[name]) for name in names), silent, shown["started_at"]]
