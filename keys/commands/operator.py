"""keys operators add, list, revoke."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from keys.commands import options
from keys.commands.render import print_json, print_operators, say
from keys.commands.session import Session, in_session
from keys.model import Role  # noqa: TC001 - typer reads it
from keys.operators import Operators
from keys.records import operator_json
from keys.verify import Hasher

if TYPE_CHECKING:
    from keys.model import Operator
    from keys.operators import Issued

app = typer.Typer(no_args_is_help=True)


@app.command()
def add(
    *,
    name: Annotated[str, typer.Option(help="Who it is.")],
    role: Annotated[
        Role, typer.Option(help="viewer: look. operator: mint, rotate, revoke. admin: all. owner: one account's keys.")
    ],
    account: Annotated[str | None, typer.Option(help="An owner's account.", show_default=False)] = None,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Let somebody use the admin API. The token alone is printed on stdout, once; it is stored only as a hash."""

    async def work(session: Session) -> Issued:
        return await _operators(session).add(name, role, account, session.actor)

    issued = in_session(config, store, work)
    if json:
        print_json({"token": issued.token, **operator_json(issued.operator)})
        return
    say(("added ", "bold green"), f"operator {issued.operator.id} ({name}), role {role.value}.")
    say("This is the only time the token is shown:")
    typer.echo(issued.token)


@app.command("list")
def list_operators(
    *,
    limit: options.PageLimit = 100,
    after: options.After = None,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """List operators, by id, the revoked ones too."""

    async def work(session: Session) -> list[Operator]:
        return await session.store.list_operators(after or "", limit)

    page = in_session(config, store, work)
    behind = page[-1].id if len(page) == limit else None
    if json:
        print_json({"operators": [operator_json(one) for one in page], "next": behind})
    elif not page:
        say("No operators. Add the first with keys operators add.")
    else:
        print_operators(page)
        if behind:
            say(("more: ", "bold"), f"--after {behind}")


@app.command()
def revoke(
    operator: Annotated[str, typer.Argument(metavar="OPERATOR", help="The operator's id.")],
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """End an operator's access for ever, with every session of theirs."""

    async def work(session: Session) -> Operator:
        return await _operators(session).revoke(operator, session.actor)

    revoked = in_session(config, store, work)
    if json:
        print_json(operator_json(revoked))
    else:
        say(f"operator {revoked.id} ({revoked.name}) is ", ("revoked", "bold red"))


def _operators(session: Session) -> Operators:
    return Operators(session.store, Hasher(session.settings.hashing_params()))
