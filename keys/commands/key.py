"""keys mint, list, show, disable, enable."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from keys.commands import options
from keys.commands.parsing import key_id_of, read_expiry, read_labels, split
from keys.commands.render import STATE_STYLES, print_json, print_keys, print_record, say
from keys.commands.session import Session, in_session
from keys.lifecycle import missing_key
from keys.model import Key, KeyState, Limit
from keys.plans import describe_limit
from keys.records import key_detail_json, key_json
from keys.rules import MintOrder
from keys.secret import display_hint
from keys.store import KeyCursor, KeyFilter
from keys.times import WHEN_ALLOWED, iso_time

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from keys.lifecycle import Minted
    from keys.model import KeyRecord

app = typer.Typer()


@app.command(rich_help_panel="Keys")
def mint(
    *,
    prefix: Annotated[str, typer.Option(help="The kind of key, as declared in the settings.")],
    name: Annotated[str, typer.Option(help="What people will call it.")],
    account: Annotated[str, typer.Option(help="The account that holds it.")],
    tenant: Annotated[str | None, typer.Option(help="The tenant it is for.", show_default=False)] = None,
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do. Repeat, or separate by commas.", show_default=False)
    ] = None,
    resource: Annotated[
        list[str] | None,
        typer.Option(help="Only this resource. Repeat for more. Default: every one.", show_default=False),
    ] = None,
    plan: Annotated[
        str | None, typer.Option(help="A plan of its own. Default: the account's.", show_default=False)
    ] = None,
    limit: options.LimitText = None,
    burst: options.Burst = None,
    expires: Annotated[
        str | None,
        typer.Option(metavar="WHEN", help=f"When it ends: {WHEN_ALLOWED}. Default: never.", show_default=False),
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="A note. Repeat for more.", show_default=False)
    ] = None,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Make a new key. The key alone is printed on stdout, once: `KEY=$(keys mint …)`. It is stored only as a hash."""
    order = MintOrder(
        prefix=prefix,
        name=name,
        account=account,
        tenant=tenant,
        resources=tuple(split(resource)) if resource else None,
        scopes=frozenset(split(scope)),
        plan=plan,
        limit=options.read_limit(limit, burst),
        expires_at=read_expiry(expires),
        labels=read_labels(label),
    )
    minted = in_session(config, store, lambda session: session.lifecycle.mint(order, session.actor))
    if json:
        print_json({"key": minted.text, **key_json(minted.key, time.time())})
    else:
        _say_minted(minted)
        typer.echo(minted.text)


@app.command("list", rich_help_panel="Keys")
def list_keys(
    *,
    account: Annotated[str | None, typer.Option(help="Only of this account.", show_default=False)] = None,
    tenant: Annotated[str | None, typer.Option(help="Only for this tenant.", show_default=False)] = None,
    prefix: Annotated[str | None, typer.Option(help="Only with this prefix.", show_default=False)] = None,
    plan: Annotated[str | None, typer.Option(help="Only with this plan of their own.", show_default=False)] = None,
    scope: Annotated[str | None, typer.Option(help="Only with this scope, as stored.", show_default=False)] = None,
    state: Annotated[KeyState | None, typer.Option(help="Only in this state.", show_default=False)] = None,
    search: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Only with this in the name, or an id that begins so.")
    ] = None,
    limit: options.PageLimit = 50,
    after: options.After = None,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """List keys, newest first."""
    wanted = KeyFilter(account, tenant, prefix, plan, scope, state, search)

    async def work(session: Session) -> list[Key]:
        cursor = KeyCursor.after((await _find(session, after)).key) if after else None
        return await session.store.list_keys(wanted, cursor, limit, session.now)

    page = in_session(config, store, work)
    behind = page[-1].id if len(page) == limit else None
    now = time.time()
    if json:
        print_json({"keys": [key_json(key, now) for key in page], "next": behind})
        return
    if not page:
        say("No key fits.", " Make one with keys mint." if wanted == KeyFilter() else "")
        return
    print_keys(page, now)
    if behind:
        say(("more: ", "bold"), f"--after {behind}")


@app.command(rich_help_panel="Keys")
def show(
    key: options.KeyId,
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Show one key: its state, its scopes as stored and as expanded, its effective plan."""
    shown = in_session(config, store, lambda session: _shown(session, key))
    if json:
        print_json(shown)
    else:
        print_record({name: _words(value) for name, value in shown.items()})


@app.command(rich_help_panel="Keys")
def disable(
    key: options.KeyId,
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Stop a key until it is enabled again."""
    _change((config, store), key, lambda session, key_id: session.lifecycle.disable(key_id, session.actor), json=json)


@app.command(rich_help_panel="Keys")
def enable(
    key: options.KeyId,
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Let a disabled key work again."""
    _change((config, store), key, lambda session, key_id: session.lifecycle.enable(key_id, session.actor), json=json)


def _change(
    place: tuple[Path, str | None], key: str, change: Callable[[Session, str], Awaitable[Key]], *, json: bool
) -> None:
    """Does `change` to the key, and shows what the key is now."""
    changed = in_session(*place, lambda session: change(session, key_id_of(key)))
    shown = key_json(changed, time.time())
    if json:
        print_json(shown)
        return
    state = shown["state"]
    hint = display_hint(changed.prefix, changed.id)
    say(f"{hint} ({changed.name}) is ", (state, f"bold {STATE_STYLES[KeyState(state)]}"))


async def _find(session: Session, text: str) -> KeyRecord:
    key_id = key_id_of(text)
    record = await session.store.find_key(key_id)
    if record is None:
        raise missing_key(key_id)
    return record


async def _shown(session: Session, text: str) -> dict[str, Any]:
    """The key as stored, and what comes of it: its rights, its plan and limit in force."""
    record = await _find(session, text)
    return key_detail_json(record, session.settings.scope_table(), await session.plans.book(), session.now)


def _words(value: Any) -> Any:
    """A limit as a person writes it; anything else as it is."""
    is_limit = isinstance(value, dict) and value.keys() == {"count", "period_s", "burst"}
    return describe_limit(Limit(**value)) if is_limit else value


def _say_minted(minted: Minted) -> None:
    key = minted.key
    ends = f"ends {iso_time(key.expires_at)}" if key.expires_at else "never ends"
    say(("minted ", "bold green"), f"{display_hint(key.prefix, key.id)} ({key.name}), {ends}.")
    say("This is the only time it is shown:")
