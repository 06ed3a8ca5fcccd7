"""keys revoke, and waiting until no process serves the key any more."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keys.acknowledge import wait_until_applied
from keys.commands import options
from keys.commands.failures import FAILED
from keys.commands.parsing import key_id_of
from keys.commands.render import STATE_STYLES, print_json, say
from keys.commands.session import Session, in_session
from keys.records import key_json
from keys.secret import display_hint
from keys.times import parse_duration
from keys.verify import judge

if TYPE_CHECKING:
    from keys.acknowledge import Acknowledgement
    from keys.model import Key
    from keys.nodes import Node

app = typer.Typer()

Wait = Annotated[bool, typer.Option("--wait", help="Return when every gateway process has applied it, and say which.")]
Deadline = Annotated[
    str, typer.Option("--deadline", metavar="DURATION", help="Wait no longer than this; name who has not applied it.")
]


@app.command(rich_help_panel="Keys")
def revoke(
    key: options.KeyId,
    *,
    why: options.Why,
    wait: Wait = False,
    deadline: Deadline = "5s",
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """End a key for ever. It cannot be undone; use disable for a pause."""
    deadline_s = _read_deadline(deadline) if wait else None

    async def work(session: Session) -> tuple[Key, Acknowledgement | None]:
        revoked = await session.lifecycle.revoke(key_id_of(key), session.actor, why)
        if deadline_s is None:
            return revoked, None
        # The number of the last change covers this one, also where the key had been revoked before.
        seq = await session.store.latest_change()
        return revoked, await wait_until_applied(session.store.nodes, seq, deadline_s)

    revoked, acknowledgement = in_session(config, store, work)
    if json:
        shown = key_json(revoked, time.time())
        print_json(shown | {"acknowledgement": acknowledgement_json(acknowledgement)} if acknowledgement else shown)
    else:
        state = judge(revoked, time.time())
        hint = display_hint(revoked.prefix, revoked.id)
        say(f"{hint} ({revoked.name}) is ", (state.value, f"bold {STATE_STYLES[state]}"))
        if acknowledgement:
            _say_acknowledgement(acknowledgement)
    if acknowledgement and not acknowledgement.is_complete:
        raise typer.Exit(FAILED)


def _read_deadline(text: str) -> float:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise typer.BadParameter(f"{error}; allowed: 5s, 1m, ...", param_hint="--deadline") from None


def acknowledgement_json(acknowledgement: Acknowledgement) -> dict[str, Any]:
    """Who has applied it after how long, and who had not at the deadline."""
    return {
        "complete": acknowledgement.is_complete,
        "took_ms": _ms(acknowledgement.took_s),
        "applied": [_node_json(one.node) | {"took_ms": _ms(one.took_s)} for one in acknowledgement.applied],
        "missing": [
            _node_json(node) | {"silent_s": round(acknowledgement.now - node.renewed_at, 1)}
            for node in acknowledgement.missing
        ],
    }


def _say_acknowledgement(acknowledgement: Acknowledgement) -> None:
    count = len(acknowledgement.applied)
    if acknowledgement.is_complete and not count:
        say("no gateway process is running that could know it")
        return
    word = "process" if count == 1 else "processes"
    say(("applied ", "bold green"), f"by {count} {word}, in {_ms(acknowledgement.took_s)} ms")
    for one in acknowledgement.applied:
        say(f"  {_name(one.node)}  {_ms(one.took_s)} ms")
    for node in acknowledgement.missing:
        silent_s = acknowledgement.now - node.renewed_at
        left_s = max(0, node.trust_s - silent_s)
        say(
            ("NOT applied ", "bold red"),
            f"by {_name(node)}: last heard of {silent_s:.1f} s ago; unless it is, it stops trusting what it knows in {left_s:.0f} s",
        )


def _node_json(node: Node) -> dict[str, Any]:
    return {"node": node.id, "host": node.host, "pid": node.pid}


def _name(node: Node) -> str:
    return f"{node.host} pid {node.pid} ({node.id})"


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
