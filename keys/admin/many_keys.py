"""Endpoints about several keys at once, and about a key of which only the text is known."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import TYPE_CHECKING

from keys.admin import bodies, shapes
from keys.admin.answer import Answer
from keys.admin.asked import invalid
from keys.admin.one_key import filter_of
from keys.audit import AuditTag, audit_event
from keys.model import KeyState
from keys.secret import display_hint, parse_key
from keys.verify import judge

if TYPE_CHECKING:
    from keys.admin.asked import Asked
    from keys.admin.desk import Desk
    from keys.model import Key

SHOWN = 100


async def revoke_many(desk: Desk, asked: Asked) -> Answer:
    """Revokes every key that fits, all of them or none. First as a dry run, which says how many there are."""
    body, only = asked.body(bodies.RevokeManyBody), asked.caller.only_account
    if not body.filter.model_fields_set:
        raise invalid("filter", "would revoke every key there is", "at least one condition")
    wanted = filter_of(desk, body.filter, only)
    if body.dry_run:
        keys = await desk.mass_revocation.matches(wanted)
    else:
        expected, why = _confirmed(body)
        keys = await desk.mass_revocation.revoke(wanted, expected, asked.caller.actor, why)
    now = desk.clock()
    shown = [shapes.KeyShape.of(key, now) for key in keys[:SHOWN]]
    return Answer(shapes.RevokedManyShape(dry_run=body.dry_run, count=len(keys), keys=shown))


async def verify(desk: Desk, asked: Asked) -> Answer:
    """Is this key good, for this tenant and these scopes? An owner is told of the keys of one account alone."""
    body, now = asked.body(bodies.VerifyBody), desk.clock()
    key = await find_proven(desk, body.key)
    if key is None or asked.caller.only_account not in {None, key.account}:
        return Answer(shapes.VerifiedShape(good=False, reason="unknown", key=None))
    reason = _why_not(desk, key, body, now)
    return Answer(shapes.VerifiedShape(good=reason is None, reason=reason, key=shapes.KeyShape.of(key, now)))


async def report_leaks(desk: Desk, asked: Asked) -> Answer:
    """Keys that were found where they do not belong: each one that is really ours is revoked at once. The texts are
    written down nowhere.
    """
    body, actor = asked.body(bodies.LeakBody), asked.caller.actor
    found = [await _end_leaked(desk, text, actor, body.source) for text in body.keys]
    outcomes = [one.outcome for one in found]
    details = {"source": body.source, "counts": {name: outcomes.count(name) for name in sorted(set(outcomes))}}
    async with desk.store.changing() as writing:
        await writing.record(audit_event(desk.clock(), actor, AuditTag.LEAK_REPORTED, "-", details))
    return Answer(shapes.LeaksShape(items=found))


async def find_proven(desk: Desk, text: str) -> Key | None:
    """The key of a text, if it is the whole and right one, ours or imported. Hashes off the event loop; a text that claims
    an id which nobody has takes as long as a wrong one.
    """
    prefix = text.rpartition("_")[0]
    parsed = parse_key(text, prefix) if prefix in desk.settings.prefixes else None
    record = None if parsed is None else await desk.store.find_key(parsed.id)
    if record is None:
        record = await desk.store.find_imported(sha256(text.encode()).hexdigest())
    if record is None:
        if parsed is not None:
            await asyncio.to_thread(desk.hasher.waste, text)
        return None
    is_right = await asyncio.to_thread(desk.hasher.verify, record.key.digest, text)
    return record.key if is_right else None


def _confirmed(body: bodies.RevokeManyBody) -> tuple[int, str]:
    if body.expected is None:
        raise invalid("expected", "is required to revoke", "the count that the dry run gave")
    if body.why is None:
        raise invalid("why", "is required to revoke")
    return body.expected, body.why


def _why_not(desk: Desk, key: Key, body: bodies.VerifyBody, now: float) -> str | None:
    state = judge(key, now)
    if state is not KeyState.ACTIVE:
        return state.value
    if body.tenant is not None and body.tenant != (key.tenant or key.account):
        return "other_tenant"
    granted = desk.settings.scope_table().expand(key.scopes).scopes
    return None if granted.issuperset(body.scopes) else "insufficient_scope"


async def _end_leaked(desk: Desk, text: str, actor: str, source: str) -> shapes.LeakedShape:
    key = await find_proven(desk, text)
    if key is None:
        return shapes.LeakedShape(hint=None, outcome="unknown")
    hint = display_hint(key.prefix, key.id)
    if key.revoked_at is not None:
        return shapes.LeakedShape(hint=hint, outcome="revoked_before")
    await desk.lifecycle.revoke(key.id, actor, f"leaked: {source}")
    return shapes.LeakedShape(hint=hint, outcome="revoked")
