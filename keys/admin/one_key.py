"""Endpoints of one key, and of the list of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keys.acknowledge import wait_until_applied
from keys.admin import bodies, shapes
from keys.admin.answer import Answer
from keys.admin.own import key_for, require_own_rights
from keys.admin.pages import cursor_of, next_of
from keys.lifecycle import Repeated
from keys.model import Limit
from keys.records import key_detail_json
from keys.rules import MintOrder
from keys.secret import key_id_in
from keys.store import KeyFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from keys.admin.asked import Asked
    from keys.admin.desk import Desk
    from keys.model import Key

DAY_S = 86_400
NO_ACCOUNT = ""
"""No account has this id, so that no key fits."""
REPLAYED = {"idempotency-replayed": "true"}


async def mint(desk: Desk, asked: Asked) -> Answer:
    """Makes a key. Its secret is in this answer and never again; sent again under the same Idempotency-Key within a
    day, the request gets the same key without it.
    """
    body = asked.body(bodies.MintBody)
    fields = {name for name in ("plan", "limit") if getattr(body, name) is not None}
    await require_own_rights(desk, asked, fields, body.account, body.tenant)
    order, repeatable = _order(body), asked.repeatable()
    if repeatable is None:
        minted = await desk.lifecycle.mint(order, asked.caller.actor)
        return _minted(desk, minted.key, minted.text)
    done = await desk.lifecycle.mint_once(order, asked.caller.actor, repeatable)
    return _minted(desk, done.key, None if isinstance(done, Repeated) else done.text)


async def list_keys(desk: Desk, asked: Asked) -> Answer:
    """A page of keys, newest first. An owner sees those of one account."""
    query, now = asked.query(bodies.KeysQuery), desk.clock()
    wanted = filter_of(desk, query, asked.caller.only_account, query.search)
    page = await desk.store.list_keys(wanted, cursor_of(query.after), query.limit, now)
    items = [shapes.KeyShape.of(key, now) for key in page]
    return Answer(shapes.KeysShape(items=items, next=next_of(page, query.limit)))


async def show(desk: Desk, asked: Asked) -> Answer:
    """One key with its rights, its plan and its limit in force."""
    record = await key_for(desk, asked)
    shown = key_detail_json(record, desk.settings.scope_table(), await desk.plans.book(), desk.clock())
    return Answer(shapes.KeyDetailShape.model_validate(shown), shapes.etag_of(record.key))


async def patch(desk: Desk, asked: Asked) -> Answer:
    """Changes what a key is called and may do. Whose it is stays."""
    revisions, body = asked.revisions(), asked.body(bodies.KeyPatch)
    record = await key_for(desk, asked)
    changes = _changes(body)
    await require_own_rights(desk, asked, changes.keys())
    edited = await desk.editing.edit(record.key.id, changes, asked.caller.actor, revisions=revisions)
    return _shown(desk, edited)


async def revoke(desk: Desk, asked: Asked) -> Answer:
    """Ends a key for ever. With `wait_s`, answers when no process serves it any more, or says which still may."""
    body = asked.body(bodies.RevokeBody)
    record = await key_for(desk, asked)
    key = await desk.lifecycle.revoke(record.key.id, asked.caller.actor, body.why)
    desk.on_change()
    acknowledged = await _acknowledged(desk, body.wait_s) if body.wait_s else None
    shape = shapes.RevokedShape(key=shapes.KeyShape.of(key, desk.clock()), acknowledged=acknowledged)
    return Answer(shape, shapes.etag_of(key))


async def disable(desk: Desk, asked: Asked) -> Answer:
    """Stops a key until it is enabled again."""
    record = await key_for(desk, asked)
    return _shown(desk, await desk.lifecycle.disable(record.key.id, asked.caller.actor))


async def enable(desk: Desk, asked: Asked) -> Answer:
    """Lets a disabled key work again."""
    record = await key_for(desk, asked)
    return _shown(desk, await desk.lifecycle.enable(record.key.id, asked.caller.actor))


async def rotate(desk: Desk, asked: Asked) -> Answer:
    """Makes a successor with the same rights, and lets the old key work for the overlap. The secret is in this answer
    and never again; sent again under the same Idempotency-Key, the request gets the successor without it.
    """
    body = asked.body(bodies.RotateBody)
    record = await key_for(desk, asked)
    done = await desk.rotation.rotate(record.key.id, asked.caller.actor, body.overlap_s, asked.repeatable())
    now = desk.clock()
    if isinstance(done, Repeated):
        old = (await key_for(desk, asked)).key
        shape = _rotated(done.key, old, None, now)
        return Answer(shape, shapes.etag_of(done.key) | REPLAYED)
    return Answer(_rotated(done.key, done.old, done.text, now), shapes.etag_of(done.key))


def filter_of(
    desk: Desk, wanted: bodies.KeysQuery | bodies.ManyFilter, only_account: str | None, search: str | None = None
) -> KeyFilter:
    """Which keys of the store are meant. An owner's account is one more condition, whatever else is asked."""
    now = desk.clock()
    is_foreign = only_account is not None and wanted.account not in {None, only_account}
    return KeyFilter(
        account=NO_ACCOUNT if is_foreign else only_account or wanted.account,
        tenant=wanted.tenant,
        prefix=wanted.prefix,
        plan=wanted.plan,
        scope=wanted.scope,
        state=wanted.state,
        text=None if search is None else key_id_in(search),
        any_scope=frozenset(desk.settings.legacy_scopes) if wanted.legacy else None,
        unused_since=None if wanted.unused_days is None else now - wanted.unused_days * DAY_S,
        expires_by=None if wanted.expiring_days is None else now + wanted.expiring_days * DAY_S,
    )


def _order(body: bodies.MintBody) -> MintOrder:
    return MintOrder(
        prefix=body.prefix,
        name=body.name,
        account=body.account,
        tenant=body.tenant,
        resources=None if body.resources is None else tuple(body.resources),
        scopes=frozenset(body.scopes),
        plan=body.plan,
        limit=limit_of(body.limit),
        expires_at=_moment(body.expires_at),
        labels=body.labels,
    )


def limit_of(body: bodies.LimitBody | None) -> Limit | None:
    """The limit that a body means."""
    return None if body is None else Limit(body.count, body.period_s, body.burst or body.count)


def _moment(when: datetime | None) -> float | None:
    return None if when is None else when.timestamp()


_CONVERT: Mapping[str, Callable[[Any], Any]] = {
    "scopes": frozenset,
    "resources": lambda value: None if value is None else tuple(value),
    "limit": limit_of,
    "expires_at": _moment,
}
_NEVER_NULL = frozenset({"name", "labels", "scopes"})
"""Where there is nothing to clear, null says nothing."""


def _changes(body: bodies.KeyPatch) -> dict[str, Any]:
    """What is to be different, as fields of a Key."""
    given = {name: getattr(body, name) for name in body.model_fields_set}
    meant = {name: value for name, value in given.items() if value is not None or name not in _NEVER_NULL}
    return {name: _CONVERT[name](value) if name in _CONVERT else value for name, value in meant.items()}


def _shown(desk: Desk, key: Key) -> Answer:
    return Answer(shapes.KeyShape.of(key, desk.clock()), shapes.etag_of(key))


def _minted(desk: Desk, key: Key, secret: str | None) -> Answer:
    shape = shapes.MintedShape(secret=secret, key=shapes.KeyShape.of(key, desk.clock()))
    fields = shapes.etag_of(key) | {"location": f"/v1/keys/{key.id}"}
    return Answer(shape, fields if secret else fields | REPLAYED)


def _rotated(new: Key, old: Key, secret: str | None, now: float) -> shapes.RotatedShape:
    return shapes.RotatedShape(secret=secret, key=shapes.KeyShape.of(new, now), replaces=shapes.KeyShape.of(old, now))


async def _acknowledged(desk: Desk, wait_s: int) -> shapes.AcknowledgedShape:
    ending = await wait_until_applied(desk.store.nodes, await desk.store.latest_change(), wait_s)
    return shapes.AcknowledgedShape(
        is_complete=ending.is_complete,
        took_ms=round(ending.took_s * 1000),
        applied=[shapes.NodeShape.of(one.node, ending.now) for one in ending.applied],
        missing=[shapes.NodeShape.of(node, ending.now) for node in ending.missing],
    )
