"""Endpoints of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.accounts import AccountChange
from keys.admin import bodies, shapes
from keys.admin.answer import Answer
from keys.admin.one_key import limit_of
from keys.admin.own import account_for

if TYPE_CHECKING:
    from keys.admin.asked import Asked
    from keys.admin.desk import Desk

MAX_TENANTS = 1000


async def list_accounts(desk: Desk, asked: Asked) -> Answer:
    """A page of accounts, by id. An owner sees one."""
    query, only = asked.query(bodies.PageQuery), asked.caller.only_account
    if only is None:
        page = await desk.store.list_accounts(query.after or "", query.limit)
    else:
        own = await desk.store.find_account(only)
        page = [own] if own and own.id > (query.after or "") else []
    behind = page[-1].id if len(page) == query.limit else None
    return Answer(shapes.AccountsShape(items=[shapes.AccountShape.of(one) for one in page], next=behind))


async def show(desk: Desk, asked: Asked) -> Answer:
    """One account with its tenants."""
    account = await account_for(desk, asked)
    tenants = [one.id for one in await desk.store.list_tenants(account.id, limit=MAX_TENANTS)]
    shape = shapes.AccountShape.of(account)
    return Answer(shapes.AccountDetailShape(**shape.model_dump(), tenants=tenants))


async def add(desk: Desk, asked: Asked) -> Answer:
    """A new account. Its tenants come with their first keys."""
    body = asked.body(bodies.AccountBody)
    account = await desk.accounts.add(body.id, body.name, body.plan, limit_of(body.limit), asked.caller.actor)
    return Answer(shapes.AccountShape.of(account))


async def patch(desk: Desk, asked: Asked) -> Answer:
    """Another name, plan or limit: the account's keys live under it at once."""
    body = asked.body(bodies.AccountPatch)
    account = await account_for(desk, asked)
    drops_limit = body.limit is None and "limit" in body.model_fields_set
    change = AccountChange(body.name, body.plan, limit_of(body.limit), drops_limit)
    return Answer(shapes.AccountShape.of(await desk.accounts.change(account.id, change, asked.caller.actor)))
