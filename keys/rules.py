"""What an order of a new key must satisfy, checked all at once. Pure: values in, rejections out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.errors import Rejected, Rejection
from keys.model import NO_LABELS, TenantRule
from keys.times import iso_time

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from keys.model import Account, Limit, Plan
    from keys.plans import PlanBook
    from keys.scopes import ScopeTable

MAX_RESOURCES = 1000
MAX_LABELS = 20
LATEST_EXPIRY = 253370764800.0  # the year 9999, behind which no calendar of ours goes


@dataclass(frozen=True, slots=True)
class MintOrder:
    """What somebody wants a new key to be. `resources` None: every resource of the tenant; `plan` None: the account's."""

    prefix: str
    name: str
    account: str
    tenant: str | None = None
    resources: tuple[str, ...] | None = None
    scopes: frozenset[str] = frozenset()
    plan: str | None = None
    limit: Limit | None = None
    expires_at: float | None = None
    labels: Mapping[str, str] = field(default_factory=lambda: NO_LABELS, hash=False)


@dataclass(frozen=True, slots=True)
class MintRules:
    """What the settings say about keys: does each prefix want a tenant, which scopes and plans are there."""

    tenant_rules: Mapping[str, TenantRule]
    scopes: ScopeTable
    declared_plans: Mapping[str, Plan]

    def require_mintable(
        self, order: MintOrder, *, account: Account | None, tenant_holder: str | None, book: PlanBook, now: float
    ) -> None:
        """Raises Rejected with everything that is wrong with `order`.

        `account` is what the store knows by the order's account id, `tenant_holder` the account that holds its tenant.
        """
        rejections = [
            *self._prefix(order),
            *shape_mistakes(order),
            *_account(order, account, tenant_holder),
            *self._tenant(order),
            *self._scopes(order),
            *_plan(order, account, book),
            *_expiry(order, now),
        ]
        if rejections:
            raise Rejected(rejections)

    def _prefix(self, order: MintOrder) -> Iterator[Rejection]:
        if order.prefix not in self.tenant_rules:
            allowed = ", ".join(sorted(self.tenant_rules))
            yield Rejection("prefix", order.prefix, f"{order.prefix!r} is not a declared prefix", allowed)

    def _tenant(self, order: MintOrder) -> Iterator[Rejection]:
        rule = self.tenant_rules.get(order.prefix, TenantRule.OPTIONAL)
        if rule is TenantRule.REQUIRED and order.tenant is None:
            yield Rejection("tenant", "", f"a key of prefix {order.prefix} is for one tenant, and none is named")
        if rule is TenantRule.NONE and order.tenant is not None:
            message = f"a key of prefix {order.prefix} has no tenant: its account is the tenant"
            yield Rejection("tenant", order.tenant, message, "no tenant")

    def _scopes(self, order: MintOrder) -> tuple[Rejection, ...]:
        if order.prefix not in self.tenant_rules:
            return ()
        try:
            self.scopes.require_mintable(order.scopes, order.prefix)
        except Rejected as rejected:
            return rejected.rejections
        return ()


# Ids go into header fields and comma separated lists for the backends: visible ASCII, no comma, no space.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+-]{0,127}")
_NAME = re.compile(r"\S(?:[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,198}\S)?")
_LABEL = re.compile(r"[a-z][a-z0-9._/-]{0,62}")
_LABEL_VALUE = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,200}")

ID_ALLOWED = "1 to 128 of A-Z a-z 0-9 . _ : @ / + -, beginning with a letter or digit"
NAME_ALLOWED = "1 to 200 printable characters, no space at either end"
LABEL_ALLOWED = "a name of a-z 0-9 . _ / -, beginning with a letter, and a printable value of at most 200 characters"


def is_id(text: str) -> bool:
    """May this be the id of an account, a tenant or a resource?"""
    return _ID.fullmatch(text) is not None


def id_mistakes(field_name: str, value: str | None) -> Iterator[Rejection]:
    """A malformed id, if it is one."""
    if value is not None and not is_id(value):
        yield Rejection(field_name, value, f"{value!r} is not an id", ID_ALLOWED)


def name_mistakes(value: str) -> Iterator[Rejection]:
    """A name that could not be shown on one line."""
    if _NAME.fullmatch(value) is None:
        yield Rejection("name", value, f"{value!r} is not a name", NAME_ALLOWED)


def shape_mistakes(order: MintOrder) -> Iterator[Rejection]:
    """Everything malformed about an order, whatever the store knows."""
    yield from name_mistakes(order.name)
    yield from id_mistakes("account", order.account)
    yield from id_mistakes("tenant", order.tenant)
    yield from _resources(order.resources)
    yield from _labels(order.labels)


def _resources(resources: tuple[str, ...] | None) -> Iterator[Rejection]:
    for resource in resources or ():
        yield from id_mistakes("resources", resource)
    if resources is not None and not 1 <= len(set(resources)) == len(resources) <= MAX_RESOURCES:
        message = f"{len(resources)} resources, some perhaps twice"
        yield Rejection("resources", ", ".join(resources[:5]), message, f"1 to {MAX_RESOURCES}, each once")


def _labels(labels: Mapping[str, str]) -> Iterator[Rejection]:
    for name, value in labels.items():
        if _LABEL.fullmatch(name) is None or _LABEL_VALUE.fullmatch(value) is None:
            yield Rejection("labels", f"{name}={value}", f"{name!r} is not a label", LABEL_ALLOWED)
    if len(labels) > MAX_LABELS:
        yield Rejection("labels", str(len(labels)), f"{len(labels)} labels are too many", f"at most {MAX_LABELS}")


def _account(order: MintOrder, account: Account | None, tenant_holder: str | None) -> Iterator[Rejection]:
    if account is None and is_id(order.account):
        message = f"there is no account {order.account!r}"
        yield Rejection("account", order.account, message, "an account that `keys accounts list` shows")
    if tenant_holder not in {None, order.account}:
        message = f"tenant {order.tenant!r} belongs to another account"
        yield Rejection("tenant", order.tenant or "", message, f"a tenant of {order.account}, or a new one")


def _plan(order: MintOrder, account: Account | None, book: PlanBook) -> Iterator[Rejection]:
    name = order.plan or (account.plan if account else None)
    plan = book.find(name) if name else None
    if name and plan is None:
        yield Rejection("plan", name, f"there is no plan {name!r}", book.names())
    elif plan and account and not (plan.limit or order.limit or account.limit):
        message = f"plan {plan.name!r} is custom, and neither the key nor account {account.id!r} has a limit"
        yield Rejection("limit", "", message, "a limit for the key, or one for the account")


def _expiry(order: MintOrder, now: float) -> Iterator[Rejection]:
    if order.expires_at is not None and not now < order.expires_at <= LATEST_EXPIRY:
        value = iso_time(order.expires_at)
        allowed = f"after {iso_time(now)}, at most {iso_time(LATEST_EXPIRY)}"
        yield Rejection("expires_at", value, f"{value} is not in the future, or too far in it", allowed)
