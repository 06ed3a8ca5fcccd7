"""keys import, export."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path  # noqa: TC003 - typer reads it
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from keys.bulk.exporting import export_keys
from keys.bulk.importing import Import, Tally
from keys.bulk.reading import Format, format_of, read_records
from keys.commands import options
from keys.commands.failures import FAILED
from keys.commands.render import print_json, say
from keys.commands.session import Session, in_session
from keys.model import KeyState  # noqa: TC001 - typer reads it
from keys.store import KeyFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

app = typer.Typer()

FormatOption = Annotated[
    Format | None, typer.Option("--format", help="How the file is written; by default as its name says.")
]


@app.command("import", rich_help_panel="Keys")
def import_keys(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A .csv or .jsonl file: see docs/keys.md.")],
    *,
    prefix: Annotated[str | None, typer.Option(help="The prefix of lines that name none.", show_default=False)] = None,
    account: Annotated[
        str | None, typer.Option(help="The account of lines that name none.", show_default=False)
    ] = None,
    legacy_scopes: Annotated[
        bool, typer.Option("--legacy-scopes", help="Let keys bring legacy scopes, which no new key gets.")
    ] = False,
    keep_going: Annotated[
        bool, typer.Option("--keep-going", help="Import the good lines even if others are bad.")
    ] = False,
    form: FormatOption = None,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Bring in the keys of another system, by the SHA-256 of their texts. Nobody has to change a key."""
    defaults = {name: value for name, value in (("prefix", prefix), ("account", account)) if value}
    chosen = form or format_of(file)

    async def work(session: Session) -> Tally:
        rules = session.settings.mint_rules()
        bringing = Import(session.store, rules, actor=session.actor, defaults=defaults, legacy_scopes=legacy_scopes)
        with _progress(file, "checking") as on_bytes:
            await bringing.check(read_records(file, chosen, on_bytes))
        if not bringing.tally.bad or keep_going:
            with _progress(file, "importing") as on_bytes:
                await bringing.write(read_records(file, chosen, on_bytes), file.name)
        return bringing.tally

    tally = in_session(config, store, work)
    if json:
        print_json(_tally_json(tally))
    else:
        _say_tally(tally)
    if tally.bad:
        raise typer.Exit(FAILED)


@app.command("export", rich_help_panel="Keys")
def export(
    *,
    account: Annotated[str | None, typer.Option(help="Only of this account.", show_default=False)] = None,
    tenant: Annotated[str | None, typer.Option(help="Only for this tenant.", show_default=False)] = None,
    prefix: Annotated[str | None, typer.Option(help="Only with this prefix.", show_default=False)] = None,
    plan: Annotated[str | None, typer.Option(help="Only with this plan of their own.", show_default=False)] = None,
    scope: Annotated[str | None, typer.Option(help="Only with this scope, as stored.", show_default=False)] = None,
    state: Annotated[KeyState | None, typer.Option(help="Only in this state.", show_default=False)] = None,
    form: Annotated[Format, typer.Option("--format", help="How they are written.")] = Format.JSONL,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
) -> None:
    """Write keys to stdout, newest first, without their secrets and digests."""
    wanted = KeyFilter(account, tenant, prefix, plan, scope, state)

    async def work(session: Session) -> int:
        return await export_keys(session.store, wanted, form, sys.stdout, session.now)

    count = in_session(config, store, work)
    say(f"{count} keys written")


@contextmanager
def _progress(file: Path, what: str) -> Iterator[Callable[[int], None]]:
    """A bar on stderr that fills as the file is read; nothing where nobody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(what, total=file.stat().st_size if file.is_file() else None)
        yield lambda read_bytes: progress.update(task, completed=read_bytes)


def _tally_json(tally: Tally) -> dict[str, object]:
    bad = [{"line": one.line, "mistakes": [asdict(rejection) for rejection in one.rejections]} for one in tally.bad]
    return {"imported": tally.imported, "skipped": tally.skipped, "bad": bad}


def _say_tally(tally: Tally) -> None:
    for bad in tally.bad:
        for rejection in bad.rejections:
            say(("error: ", "bold red"), f"line {bad.line}: {rejection}")
    if tally.bad and not tally.imported + tally.skipped:
        say(f"{len(tally.bad)} bad lines, nothing imported")
        say(("  try: ", "bold"), "--keep-going, for the good lines alone")
        return
    say(
        ("imported ", "bold green"),
        f"{tally.imported} keys",
        f"; {tally.skipped} were there already" * bool(tally.skipped),
    )
    if tally.bad:
        say((f"{len(tally.bad)} lines were bad and left out", "bold red"))
