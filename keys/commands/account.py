"""keys accounts add, list, show, change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from keys.accounts import AccountChange, missing_account
from keys.commands import options
from keys.commands.render import print_accounts, print_json, print_record, say
from keys.commands.session import Session, in_session
from keys.plans import describe_limit
from keys.records import account_json

if TYPE_CHECKING:
    from keys.model import Account

app = typer.Typer(no_args_is_help=True)

MAX_SHOWN_TENANTS = 1000


@app.command()
def add(
    account: options.AccountId,
    *,
    name: Annotated[str, typer.Option(help="What people call it.")],
    plan: Annotated[str, typer.Option(help="The plan its keys are on.")],
    limit: options.LimitText = None,
    burst: options.Burst = None,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Add an account. Its tenants come with their first keys."""
    own = options.read_limit(limit, burst)

    async def work(session: Session) -> Account:
        return await session.accounts.add(account, name, plan, own, session.actor)

    _print(in_session(config, store, work), "added", json=json)


@app.command()
def change(
    account: options.AccountId,
    *,
    name: Annotated[str | None, typer.Option(help="Another name.", show_default=False)] = None,
    plan: Annotated[str | None, typer.Option(help="Another plan.", show_default=False)] = None,
    limit: options.LimitText = None,
    burst: options.Burst = None,
    no_limit: Annotated[bool, typer.Option("--no-limit", help="Drop its own limit: the plan's again.")] = False,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Change an account: its keys live under the new plan and limit at once."""
    wanted = AccountChange(name, plan, options.read_limit(limit, burst), no_limit)
    if wanted == AccountChange():
        raise typer.BadParameter("nothing to change; give --name, --plan, --limit or --no-limit")
    if limit and no_limit:
        raise typer.BadParameter("cannot stand beside --limit", param_hint="--no-limit")

    async def work(session: Session) -> Account:
        return await session.accounts.change(account, wanted, session.actor)

    _print(in_session(config, store, work), "is now", json=json)


@app.command("list")
def list_accounts(
    *,
    limit: options.PageLimit = 100,
    after: options.After = None,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """List accounts, by id."""

    async def work(session: Session) -> list[Account]:
        return await session.store.list_accounts(after or "", limit)

    page = in_session(config, store, work)
    behind = page[-1].id if len(page) == limit else None
    if json:
        print_json({"accounts": [account_json(one) for one in page], "next": behind})
    elif not page:
        say("No accounts. Add one with keys accounts add.")
    else:
        print_accounts(page)
        if behind:
            say(("more: ", "bold"), f"--after {behind}")


@app.command()
def show(
    account: options.AccountId,
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Show one account with its tenants."""

    async def work(session: Session) -> tuple[Account, list[str]]:
        found = await session.store.find_account(account)
        if found is None:
            raise missing_account(account)
        return found, [one.id for one in await session.store.list_tenants(account, limit=MAX_SHOWN_TENANTS)]

    found, tenants = in_session(config, store, work)
    shown: dict[str, Any] = account_json(found) | {"tenants": tenants}
    if json:
        print_json(shown)
    else:
        print_record(shown | {"limit": describe_limit(found.limit) if found.limit else None})


def _print(account: Account, verb: str, *, json: bool) -> None:
    if json:
        print_json(account_json(account))
        return
    limit = f" with {describe_limit(account.limit)}" if account.limit else ""
    say(f"account {account.id} {verb}: ", (account.name, "bold"), f", plan {account.plan}{limit}")
