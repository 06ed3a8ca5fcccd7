"""What may be done with accounts and plans. Each use case is one transaction with its audit event."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from keys.audit import AuditTag, audit_event
from keys.errors import Missing, Rejected, Rejection
from keys.model import Account, Limit, Plan
from keys.plans import PlanBook, describe_limit
from keys.rules import id_mistakes, name_mistakes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from keys.store import KeyStore, Writing


@dataclass(frozen=True, slots=True)
class AccountChange:
    """What is to be different about an account. None: as it was; `drop_limit`: the plan's limit again."""

    name: str | None = None
    plan: str | None = None
    limit: Limit | None = None
    drop_limit: bool = False


class Accounts:
    """The use cases of accounts. `declared` are the plans of the settings."""

    def __init__(
        self, store: KeyStore, declared: Mapping[str, Plan], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._declared = declared
        self._clock = clock

    async def add(self, account_id: str, name: str, plan: str, limit: Limit | None, actor: str) -> Account:
        """A new account. Raises Rejected with everything that is wrong: the id, the name, the plan, a missing limit."""
        async with self._store.changing() as writing:
            now = self._clock()
            account = Account(account_id, name, plan, limit, now)
            taken = await writing.account(account_id) is not None
            _require([*_taken("id", account_id, "account", taken), *await self._mistakes(account, writing)])
            event = audit_event(now, actor, AuditTag.ACCOUNT_ADDED, account_id, account_details(account))
            await writing.add_account(account, event)
            return account

    async def change(self, account_id: str, change: AccountChange, actor: str) -> Account:
        """The account with another name, plan or limit. What is no change writes nothing."""
        async with self._store.changing() as writing:
            old = await writing.account(account_id)
            if old is None:
                raise missing_account(account_id)
            new = _changed(old, change)
            _require(await self._mistakes(new, writing))
            if new != old:
                details = {"before": account_details(old), "after": account_details(new)}
                event = audit_event(self._clock(), actor, AuditTag.ACCOUNT_CHANGED, account_id, details)
                await writing.change_account(new, event)
            return new

    async def _mistakes(self, account: Account, writing: Writing) -> list[Rejection]:
        book = PlanBook(self._declared, await writing.plans())
        return [
            *id_mistakes("id", account.id),
            *name_mistakes(account.name),
            *_plan_mistakes(account, book),
        ]


class Plans:
    """The use cases of plans. Those of the settings file cannot be changed here."""

    def __init__(
        self, store: KeyStore, declared: Mapping[str, Plan], *, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._declared = declared
        self._clock = clock

    async def book(self) -> PlanBook:
        """Every plan, of the settings and of the store."""
        return PlanBook(self._declared, await self._store.list_plans())

    async def add(self, plan: Plan, actor: str) -> Plan:
        """A new plan."""
        self._require_undeclared(plan.name)
        async with self._store.changing() as writing:
            taken = PlanBook({}, await writing.plans()).find(plan.name) is not None
            _require([*_taken("name", plan.name, "plan", taken), *id_mistakes("name", plan.name)])
            event = audit_event(self._clock(), actor, AuditTag.PLAN_ADDED, plan.name, plan_details(plan))
            await writing.add_plan(plan, event)
            return plan

    async def change(self, plan: Plan, actor: str) -> Plan:
        """The plan of this name as it is now to be."""
        async with self._store.changing() as writing:
            old = await self._required(writing, plan.name)
            if plan != old:
                details = {"before": plan_details(old), "after": plan_details(plan)}
                event = audit_event(self._clock(), actor, AuditTag.PLAN_CHANGED, plan.name, details)
                await writing.change_plan(plan, event)
            return plan

    async def remove(self, name: str, actor: str) -> None:
        """Removes a plan that no account and no living key is on."""
        async with self._store.changing() as writing:
            plan = await self._required(writing, name)
            if await writing.is_plan_used(name):
                message = f"accounts or keys are on plan {name!r}"
                raise Rejected([Rejection("name", name, message, "move them first: keys accounts change ID --plan")])
            event = audit_event(self._clock(), actor, AuditTag.PLAN_REMOVED, name, plan_details(plan))
            await writing.remove_plan(name, event)

    async def _required(self, writing: Writing, name: str) -> Plan:
        self._require_undeclared(name)
        book = PlanBook(self._declared, await writing.plans())
        plan = book.find(name)
        if plan is None:
            raise missing_plan(name, book)
        return plan

    def _require_undeclared(self, name: str) -> None:
        if name in self._declared:
            message = f"plan {name!r} is declared in the settings file"
            raise Rejected([Rejection("name", name, message, "change it there, under keys.plans")])


def missing_account(account_id: str) -> Missing:
    return Missing("account", account_id, f"there is no account {account_id!r}; keys accounts list shows them")


def missing_plan(name: str, book: PlanBook) -> Missing:
    return Missing("name", name, f"there is no plan {name!r}; there are: {book.names()}")


def account_details(account: Account) -> dict[str, object]:
    """The account as the audit log and `--json` show it."""
    limit = None if account.limit is None else describe_limit(account.limit)
    return {"name": account.name, "plan": account.plan, "limit": limit}


def plan_details(plan: Plan) -> dict[str, object]:
    """The plan as the audit log and `--json` show it."""
    return {"limit": describe_limit(plan.limit), "by": plan.by.value}


def _changed(old: Account, change: AccountChange) -> Account:
    limit = None if change.drop_limit else change.limit or old.limit
    name = old.name if change.name is None else change.name
    return replace(old, name=name, plan=change.plan or old.plan, limit=limit)


def _plan_mistakes(account: Account, book: PlanBook) -> Iterator[Rejection]:
    """An account may be on a custom plan without a limit: then each of its keys needs one."""
    if book.find(account.plan) is None:
        yield Rejection("plan", account.plan, f"there is no plan {account.plan!r}", book.names())


def _taken(field: str, value: str, what: str, taken: bool) -> Iterator[Rejection]:  # noqa: FBT001
    if taken:
        yield Rejection(field, value, f"{what} {value!r} exists already", f"another {field}")


def _require(rejections: list[Rejection]) -> None:
    if rejections:
        raise Rejected(rejections)
