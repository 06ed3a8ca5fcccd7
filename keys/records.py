"""Records -> what programs read: the values behind `--json` and behind the answers of the admin API. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from keys.secret import display_hint
from keys.times import iso_time
from keys.verify import judge

if TYPE_CHECKING:
    from keys.audit import ChainedEvent
    from keys.model import Account, Key, KeyRecord, Limit, Operator, Plan
    from keys.plans import PlanBook
    from keys.scopes import ScopeTable


def key_json(key: Key, now: float) -> dict[str, Any]:
    """A key as `--json` shows it. Nothing of its secret or digest is in it."""
    return {
        "id": key.id,
        "hint": display_hint(key.prefix, key.id),
        "state": judge(key, now).value,
        "prefix": key.prefix,
        "name": key.name,
        "account": key.account,
        "tenant": key.tenant,
        "resources": None if key.resources is None else list(key.resources),
        "scopes": sorted(key.scopes),
        "plan": key.plan,
        "limit": limit_json(key.limit),
        "labels": dict(key.labels),
        "created_by": key.created_by,
        "revoked_by": key.revoked_by,
        "revoked_why": key.revoked_why,
        "rotated_from": key.rotated_from,
        "rotated_to": key.rotated_to,
        **{name: _time_or_none(getattr(key, name)) for name in _KEY_TIMES},
    }


def key_detail_json(record: KeyRecord, scopes: ScopeTable, book: PlanBook, now: float) -> dict[str, Any]:
    """A key as stored, and what comes of it: its rights, its plan and limit in force."""
    rights, plan = scopes.expand(record.key.scopes), book.resolve(record)
    return key_json(record.key, now) | {
        "account_name": record.account.name,
        "granted_scopes": sorted(rights.scopes),
        "legacy_scopes": sorted(rights.legacy),
        "effective_plan": plan.name if plan else None,
        "effective_limit": limit_json(plan.limit) if plan else None,
        "limit_by": plan.by.value if plan else None,
    }


_KEY_TIMES = ("created_at", "expires_at", "disabled_at", "revoked_at", "last_used_at")


def limit_json(limit: Limit | None) -> dict[str, int] | None:
    if limit is None:
        return None
    return {"count": limit.count, "period_s": limit.period_s, "burst": limit.burst}


def account_json(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "name": account.name,
        "plan": account.plan,
        "limit": limit_json(account.limit),
        "created_at": iso_time(account.created_at),
    }


def plan_json(plan: Plan, *, is_declared: bool) -> dict[str, Any]:
    place = "settings" if is_declared else "store"
    return {"name": plan.name, "limit": limit_json(plan.limit), "by": plan.by.value, "from": place}


def operator_json(operator: Operator) -> dict[str, Any]:
    """An operator; nothing of the token or its digest is in it."""
    return {
        "id": operator.id,
        "name": operator.name,
        "role": operator.role.value,
        "account": operator.account,
        "created_at": iso_time(operator.created_at),
        "created_by": operator.created_by,
        "revoked_at": _time_or_none(operator.revoked_at),
        "revoked_by": operator.revoked_by,
    }


def event_json(chained: ChainedEvent) -> dict[str, Any]:
    """An event of the audit log with its place in the chain."""
    event = chained.event
    return {
        "seq": chained.seq,
        "at": iso_time(event.at),
        "actor": event.actor,
        "tag": event.tag,
        "subject": event.subject_id,
        "details": _details(event.details),
        "prev": chained.prev,
        "hash": chained.hash,
    }


def _details(text: str) -> Any:
    """What was written down; the text itself where somebody made it unreadable."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _time_or_none(unix_s: float | None) -> str | None:
    return None if unix_s is None else iso_time(unix_s)
