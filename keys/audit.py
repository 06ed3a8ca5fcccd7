"""The audit log: what an event is, and the chain of hashes that makes an edit, a gap or a reorder visible. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIRST_PREV = "0" * 64
"""What stands in the place of a hash before the first event."""


class AuditTag(StrEnum):
    """What happened, as subject:action. A tag is never given another meaning; retired ones stay here as comments."""

    KEY_MINTED = "key:minted"
    KEY_REVOKED = "key:revoked"
    KEY_DISABLED = "key:disabled"
    KEY_ENABLED = "key:enabled"
    ACCOUNT_ADDED = "account:added"
    ACCOUNT_CHANGED = "account:changed"
    PLAN_ADDED = "plan:added"
    PLAN_CHANGED = "plan:changed"
    PLAN_REMOVED = "plan:removed"
    OPERATOR_ADDED = "operator:added"
    OPERATOR_REVOKED = "operator:revoked"
    KEY_CHANGED = "key:changed"
    KEY_ROTATED = "key:rotated"
    KEYS_IMPORTED = "keys:imported"
    LEAK_REPORTED = "leak:reported"
    SESSION_STARTED = "session:started"
    SESSION_ENDED = "session:ended"
    ADMIN_REFUSED = "admin:refused"


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Who did what to which record, when. `details` is canonical JSON text and never holds a secret.

    `tag` is an AuditTag, but in a log that somebody has tampered with it may be any text.
    """

    at: float
    actor: str
    tag: str
    subject_id: str
    details: str


FROM = " from "
"""Between who acted and where from, in the actor of an event."""


def actor_at(name: str, place: str) -> str:
    """The actor of an event that came over the network: `operator:7f3kQ2bX9d from 192.0.2.7`."""
    return f"{name}{FROM}{place}"


def actor_name(actor: str) -> str:
    """Who, without where from: what records keep and customers see."""
    return actor.partition(FROM)[0]


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """An event in its place in the log: its number from 1, the hash before it, and its own."""

    seq: int
    event: AuditEvent
    prev: str
    hash: str


def audit_event(at: float, actor: str, tag: AuditTag, subject_id: str, details: Mapping[str, Any]) -> AuditEvent:
    """An event with its details written down canonically: sorted, without spaces, ASCII."""
    text = json.dumps(details, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return AuditEvent(at, actor, tag, subject_id, text)


def chain(event: AuditEvent, seq: int, prev: str) -> ChainedEvent:
    """The event as the `seq`-th of the log, after the one whose hash is `prev`.

    The hash covers a JSON array of every field, so that no two different events are written alike.
    """
    fields = [seq, event.at, event.actor, str(event.tag), event.subject_id, event.details, prev]
    written = json.dumps(fields, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return ChainedEvent(seq, event, prev, sha256(written.encode()).hexdigest())


def find_break(events: Iterable[ChainedEvent], seq: int = 0, prev: str = FIRST_PREV) -> int | None:
    """The number at which the log stops being what was written, or None if it is whole.

    Give `seq` and `prev` of the last event already verified to go on from there. A log cut off at its end is whole:
    compare its last event with a copy kept elsewhere.
    """
    for chained in events:
        seq += 1
        if chained != chain(chained.event, seq, prev):
            return seq
        prev = chained.hash
    return None
