"""What an owner may reach: one account, its keys and its tenants. Everything else is, for them, not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.admin.caller import refuse
from keys.admin.problems import Code, FieldProblem, Problem, not_found
from keys.rules import is_id
from keys.secret import is_key_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from keys.admin.asked import Asked
    from keys.admin.desk import Desk
    from keys.model import Account, KeyRecord

OWNER_MAY_NOT_SET = frozenset({"plan", "limit"})
"""How much a customer may do is what was sold to them, and not theirs to change."""


async def key_for(desk: Desk, asked: Asked) -> KeyRecord:
    """The key of the path. Raises Problem (404), with the same bytes and the same work for foreign and missing ones."""
    key_id = asked.path["key_id"]
    record = await desk.store.find_key(key_id) if is_key_id(key_id) else None
    account = asked.caller.only_account
    if account is None:
        if record is None:
            raise not_found()
        return record
    if record is None or record.key.account != account:
        await refuse(desk, asked.caller, Code.NOT_FOUND, "reaching a key", key_id[:128])
        raise not_found()
    return record


async def account_for(desk: Desk, asked: Asked) -> Account:
    """The account of the path. Raises Problem (404), alike for foreign and missing ones."""
    account_id, only = asked.path["account_id"], asked.caller.only_account
    if only is not None and account_id != only:
        await refuse(desk, asked.caller, Code.NOT_FOUND, "reaching an account", account_id[:128])
        raise not_found()
    account = await desk.store.find_account(account_id) if is_id(account_id) else None
    if account is None:
        raise not_found()
    return account


async def require_own_rights(
    desk: Desk, asked: Asked, fields: Collection[str], account: str | None = None, tenant: str | None = None
) -> None:
    """Nobody grants beyond their own rights: an owner only in their account, for its tenants, within its plan.

    `fields` are what the request sets. Raises Problem (403, or 422 for a tenant that is not theirs, whoever's it is).
    """
    only = asked.caller.only_account
    if only is None:
        return
    if account not in {None, only} or OWNER_MAY_NOT_SET & set(fields):
        await refuse(desk, asked.caller, Code.BEYOND_OWN_RIGHTS, "minting or changing a key")
        raise Problem(Code.BEYOND_OWN_RIGHTS, "an owner mints for their own account, and sets neither plan nor limit")
    if tenant is not None and not await desk.store.has_tenant(only, tenant):
        await refuse(desk, asked.caller, Code.REJECTED, "minting for a tenant")
        message = "is no tenant of your account"
        raise Problem(Code.REJECTED, "1 thing(s) to put right", [FieldProblem(field="tenant", message=message)])
