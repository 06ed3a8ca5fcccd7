"""Which keys a list shows, and where a page ends. Pure: builds statements, runs nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, false, func, or_, select, tuple_

from keys.model import Key, KeyState
from keys.store.holding import holds_scope
from keys.store.tables import keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import ColumnElement, Select


@dataclass(frozen=True, slots=True)
class KeyFilter:
    """Keys that fit all of what is given. `state` is judged as of the `now` of the query; `text` is searched for in
    names, without regard to case, and at the beginning of ids; `scope` is one as stored, and `any_scope` several of which
    one is enough. `unused_since`: neither made nor used since that moment; `expires_by`: still to expire, by then.
    """

    account: str | None = None
    tenant: str | None = None
    prefix: str | None = None
    plan: str | None = None
    scope: str | None = None
    state: KeyState | None = None
    text: str | None = None
    any_scope: frozenset[str] | None = None
    unused_since: float | None = None
    expires_by: float | None = None
    is_revoked: bool | None = None


class KeyCursor(NamedTuple):
    """Where a page ended: the next one begins with the key that is next older."""

    created_at: float
    id: str

    @classmethod
    def after(cls, key: Key) -> KeyCursor:
        """The place right after `key`."""
        return cls(key.created_at, key.id)


def page_of_keys(wanted: KeyFilter, after: KeyCursor | None, limit: int, now: float) -> Select[*tuple[object, ...]]:
    """The newest `limit` keys that fit, older than `after`. An index leads to them, however many keys there are."""
    statement = select(keys).order_by(keys.c.created_at.desc(), keys.c.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(keys.c.created_at, keys.c.id) < tuple_(after.created_at, after.id))
    return statement.where(*_conditions(wanted, now))


def _conditions(wanted: KeyFilter, now: float) -> Iterator[ColumnElement[bool]]:
    for name in ("account", "tenant", "prefix", "plan"):
        value = getattr(wanted, name)
        if value is not None:
            yield keys.c[name] == value
    if wanted.scope is not None:
        yield holds_scope(wanted.scope)
    if wanted.any_scope is not None:
        yield or_(false(), *(holds_scope(scope) for scope in sorted(wanted.any_scope)))
    if wanted.is_revoked is not None:
        yield keys.c.revoked_at.is_not(None) if wanted.is_revoked else keys.c.revoked_at.is_(None)
    if wanted.unused_since is not None:
        yield func.coalesce(keys.c.last_used_at, keys.c.created_at) <= wanted.unused_since
    if wanted.expires_by is not None:
        yield and_(keys.c.expires_at > now, keys.c.expires_at <= wanted.expires_by)
    if wanted.state is not None:
        yield _in_state(now)[wanted.state]
    if wanted.text is not None:
        named = func.lower(keys.c.name).contains(wanted.text.lower(), autoescape=True)
        yield or_(named, keys.c.id.startswith(wanted.text, autoescape=True))


def _in_state(now: float) -> Mapping[KeyState, ColumnElement[bool]]:
    """What `keys.verify.judge` says, in SQL; a test compares the two."""
    revoked = keys.c.revoked_at.is_not(None)
    disabled = keys.c.disabled_at.is_not(None)
    expires = keys.c.expires_at.is_not(None)
    expired = keys.c.expires_at <= now
    return {
        KeyState.REVOKED: revoked,
        KeyState.DISABLED: and_(~revoked, disabled),
        KeyState.EXPIRED: and_(~revoked, ~disabled, expires, expired),
        KeyState.ACTIVE: and_(~revoked, ~disabled, or_(~expires, ~expired)),
    }
