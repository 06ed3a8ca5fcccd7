"""keys audit list, verify, export."""

from __future__ import annotations

import json as json_text
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from keys.audit_trail import verify_trail
from keys.commands import options
from keys.commands.failures import FAILED
from keys.commands.render import print_events, print_json, say
from keys.commands.session import Session, in_session
from keys.records import event_json

if TYPE_CHECKING:
    from keys.audit import ChainedEvent
    from keys.audit_trail import Verdict

app = typer.Typer(no_args_is_help=True)

EXPORT_PAGE = 1000

AfterSeq = Annotated[int, typer.Option("--after", metavar="SEQ", help="Only events behind this number.", min=0)]


@app.command("list")
def list_events(
    *,
    subject: Annotated[
        str | None, typer.Option(help="Only of this key, account, plan or operator.", show_default=False)
    ] = None,
    limit: options.PageLimit = 100,
    after: AfterSeq = 0,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """List what happened, oldest first."""

    async def work(session: Session) -> list[ChainedEvent]:
        return await session.store.list_audit_events(after, limit, subject_id=subject)

    page = in_session(config, store, work)
    behind = page[-1].seq if len(page) == limit else None
    if json:
        print_json({"events": [event_json(one) for one in page], "next": behind})
    elif not page:
        say("No events.")
    else:
        print_events(page)
        if behind:
            say(("more: ", "bold"), f"--after {behind}")


@app.command()
def verify(
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Check that no event was edited, removed or moved (exit code 1 if one was, naming the first)."""

    async def work(session: Session) -> Verdict:
        return await verify_trail(session.store)

    verdict = in_session(config, store, work)
    if json:
        print_json(verdict.as_dict())
    elif verdict.is_whole:
        say(
            "the audit log is ",
            ("whole", "bold green"),
            f": {verdict.events} events, the last hash is {verdict.last_hash}",
        )
    else:
        say("the audit log is ", ("broken", "bold red"), f": event {verdict.first_bad} is not what was written")
    if not verdict.is_whole:
        raise typer.Exit(FAILED)


@app.command()
def export(
    *,
    after: AfterSeq = 0,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
) -> None:
    """Write the whole log to stdout, a line of JSON for each event, with its hash and the one before it."""

    async def work(session: Session) -> None:
        seq = after
        while page := await session.store.list_audit_events(seq, EXPORT_PAGE):
            sys.stdout.writelines(json_text.dumps(event_json(one), ensure_ascii=False) + "\n" for one in page)
            seq = page[-1].seq

    in_session(config, store, work)
