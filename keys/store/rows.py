"""Records to rows and back. Pure; the only place that knows both shapes."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from keys.audit import AuditEvent, AuditTag, ChainedEvent
from keys.model import Account, Change, ChangeSubject, Key, KeyRecord, Limit, LimitBy, Operator, Plan, Role, Tenant
from keys.store import tables
from keys.verify import IMPORTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import RowMapping

ACCOUNT_COLUMNS = tuple(column.label(f"account_{column.name}") for column in tables.accounts.c)
"""The account's columns beside a key's, under names that do not clash."""


def limit_values(limit: Limit | None) -> dict[str, int | None]:
    """A limit as its three columns."""
    if limit is None:
        return {"limit_count": None, "limit_period_s": None, "limit_burst": None}
    return {"limit_count": limit.count, "limit_period_s": limit.period_s, "limit_burst": limit.burst}


def _limit(row: RowMapping, at: str = "") -> Limit | None:
    count = row[f"{at}limit_count"]
    return None if count is None else Limit(count, row[f"{at}limit_period_s"], row[f"{at}limit_burst"])


def plan_values(plan: Plan) -> dict[str, Any]:
    return {"name": plan.name, "by": plan.by.value, **limit_values(plan.limit)}


def to_plan(row: RowMapping) -> Plan:
    return Plan(row["name"], _limit(row), LimitBy(row["by"]))


def account_values(account: Account) -> dict[str, Any]:
    values = {"id": account.id, "name": account.name, "plan": account.plan, "created_at": account.created_at}
    return values | limit_values(account.limit)


def to_account(row: RowMapping, at: str = "") -> Account:
    """An account; `at` is the prefix of its columns."""
    return Account(row[f"{at}id"], row[f"{at}name"], row[f"{at}plan"], _limit(row, at), row[f"{at}created_at"])


def to_tenant(row: RowMapping) -> Tenant:
    return Tenant(row["id"], row["account"], row["created_at"])


# The columns that are, under the same name, fields of Key with the same value.
_SAME = (
    *("id", "prefix", "name", "account", "tenant", "plan", "digest", "created_at", "created_by", "expires_at"),
    *("disabled_at", "revoked_at", "revoked_by", "revoked_why", "last_used_at", "rotated_from", "rotated_to"),
)


def key_values(key: Key) -> dict[str, Any]:
    return {
        **{name: getattr(key, name) for name in _SAME},
        "resources": None if key.resources is None else list(key.resources),
        "scopes": sorted(key.scopes),
        "labels": dict(key.labels),
        **limit_values(key.limit),
    }


def imported_values(key: Key) -> dict[str, Any]:
    """A key that is known by the SHA-256 of its text; it is found by that, also when its digest is another later."""
    return key_values(key) | {"imported_sha256": key.digest.removeprefix(IMPORTED)}


def to_key(row: RowMapping) -> Key:
    return Key(
        resources=None if row["resources"] is None else tuple(row["resources"]),
        scopes=frozenset(row["scopes"]),
        limit=_limit(row),
        labels=MappingProxyType(row["labels"]),
        **{name: row[name] for name in _SAME},
    )


def to_key_record(row: RowMapping) -> KeyRecord:
    return KeyRecord(to_key(row), to_account(row, "account_"))


_OPERATOR_SAME = ("id", "name", "account", "digest", "created_at", "created_by", "revoked_at", "revoked_by")


def operator_values(operator: Operator) -> dict[str, Any]:
    return {**{name: getattr(operator, name) for name in _OPERATOR_SAME}, "role": operator.role.value}


def to_operator(row: RowMapping) -> Operator:
    return Operator(role=Role(row["role"]), **{name: row[name] for name in _OPERATOR_SAME})


def to_change(row: RowMapping) -> Change:
    return Change(row["seq"], ChangeSubject(row["subject"]), row["subject_id"])


def event_values(chained: ChainedEvent) -> dict[str, Any]:
    event = chained.event
    return {
        "seq": chained.seq,
        "at": event.at,
        "actor": event.actor,
        "tag": str(event.tag),
        "subject_id": event.subject_id,
        "details": event.details,
        "prev": chained.prev,
        "hash": chained.hash,
    }


# Not AuditTag(...): a log that somebody has edited must still be read, to say where.
_TAGS: Mapping[str, AuditTag] = {tag.value: tag for tag in AuditTag}


def to_chained_event(row: RowMapping) -> ChainedEvent:
    event = AuditEvent(row["at"], row["actor"], _TAGS.get(row["tag"], row["tag"]), row["subject_id"], row["details"])
    return ChainedEvent(row["seq"], event, row["prev"], row["hash"])
