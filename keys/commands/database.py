"""keys db upgrade, status."""

from __future__ import annotations

import asyncio

import typer

from keys.commands import options
from keys.commands.failures import FAILED
from keys.commands.render import print_json, say
from keys.commands.session import store_url
from keys.store.engine import shown_url

app = typer.Typer(no_args_is_help=True)


@app.command()
def upgrade(
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Bring the database to this version's schema; create it if it is not there. Safe to repeat."""
    from keys.store.migrate import schema_status, upgrade  # noqa: PLC0415 - Alembic is slow to load

    url = store_url(config, store)
    asyncio.run(upgrade(url))
    found = asyncio.run(schema_status(url)).found
    if json:
        print_json({"store": shown_url(url), "schema": found})
    else:
        say(f"{shown_url(url)} is at schema ", (str(found), "bold green"))


@app.command()
def status(
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Say which schema the database has, and whether this version can use it (exit code 1 if not)."""
    from keys.store.migrate import schema_status  # noqa: PLC0415 - Alembic is slow to load

    url = store_url(config, store)
    found = asyncio.run(schema_status(url))
    if json:
        shown = {"store": shown_url(url), "schema": found.found, "needed": found.needed, "current": found.is_current}
        print_json(shown)
    elif found.is_current:
        say(f"{shown_url(url)} is at schema ", (found.needed, "bold green"), ", as this version needs it")
    else:
        say(f"{shown_url(url)} is at schema ", (str(found.found), "bold red"), f"; this version needs {found.needed}")
        say(("  try: ", "bold"), "keys db upgrade")
    if not found.is_current:
        raise typer.Exit(FAILED)
