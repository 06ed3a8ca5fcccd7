"""keys plans add, list, show, change, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from keys.accounts import missing_plan
from keys.commands import options
from keys.commands.render import print_json, print_plans, say
from keys.commands.session import Session, in_session
from keys.model import LimitBy, Plan
from keys.plans import LIMIT_ALLOWED, PlanBook, describe_limit
from keys.records import plan_json

if TYPE_CHECKING:
    from collections.abc import Awaitable

app = typer.Typer(no_args_is_help=True)

CUSTOM = "custom"

Limit = Annotated[
    str,
    typer.Option(
        "--limit", metavar="COUNT/PERIOD|custom", help=f"{LIMIT_ALLOWED}; or custom: set on each account or key."
    ),
]
By = Annotated[LimitBy, typer.Option("--by", help="Whose bucket it is.")]


@app.command()
def add(
    name: options.PlanName,
    *,
    limit: Limit,
    burst: options.Burst = None,
    by: By = LimitBy.KEY,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Add a plan to the database, beside those of the settings file."""
    plan = _read_plan(name, limit, burst, by)

    async def work(session: Session) -> Plan:
        return await session.plans.add(plan, session.actor)

    _print(in_session(config, store, work), "added", json=json)


@app.command()
def change(
    name: options.PlanName,
    *,
    limit: Limit,
    burst: options.Burst = None,
    by: By = LimitBy.KEY,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Change a plan of the database: every key on it lives under the new limit at once."""
    plan = _read_plan(name, limit, burst, by)

    async def work(session: Session) -> Plan:
        return await session.plans.change(plan, session.actor)

    _print(in_session(config, store, work), "is now", json=json)


@app.command()
def remove(
    name: options.PlanName,
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Remove a plan of the database that nobody is on."""

    async def work(session: Session) -> None:
        await session.plans.remove(name, session.actor)

    in_session(config, store, work)
    if json:
        print_json({"removed": name})
    else:
        say(f"plan {name} removed")


@app.command("list")
def list_plans(
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """List every plan, of the settings file and of the database."""
    book = in_session(config, store, _book)
    if json:
        print_json({"plans": [plan_json(plan, is_declared=book.is_declared(plan.name)) for plan in book.plans()]})
    else:
        print_plans((plan, book.is_declared(plan.name)) for plan in book.plans())


@app.command()
def show(
    name: options.PlanName,
    *,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
    json: options.Json = False,
) -> None:
    """Show one plan."""
    book = in_session(config, store, _book)
    plan = book.find(name)
    if plan is None:
        raise missing_plan(name, book)
    if json:
        print_json(plan_json(plan, is_declared=book.is_declared(name)))
    else:
        print_plans([(plan, book.is_declared(name))])


def _book(session: Session) -> Awaitable[PlanBook]:
    return session.plans.book()


def _read_plan(name: str, limit: str, burst: int | None, by: LimitBy) -> Plan:
    if limit == CUSTOM:
        if burst is not None:
            raise typer.BadParameter("a custom plan has no burst of its own", param_hint="--burst")
        return Plan(name, None, by)
    return Plan(name, options.read_limit(limit, burst), by)


def _print(plan: Plan, verb: str, *, json: bool) -> None:
    if json:
        print_json(plan_json(plan, is_declared=False))
    else:
        say(f"plan {plan.name} {verb}: ", (describe_limit(plan.limit), "bold"), f", counted for each {plan.by.value}")
