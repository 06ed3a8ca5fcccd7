"""The audit log of a store as a whole: is it what was written? Reads page by page; memory does not grow with the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.audit import FIRST_PREV, find_break

if TYPE_CHECKING:
    from keys.store import KeyStore

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many events were read, the hash of the last good one, and the number of the first bad one, if there is one."""

    events: int
    last_hash: str
    first_bad: int | None

    @property
    def is_whole(self) -> bool:
        return self.first_bad is None

    def as_dict(self) -> dict[str, object]:
        """As `--json` and the API show it."""
        return {
            "whole": self.is_whole,
            "events": self.events,
            "last_hash": self.last_hash,
            "first_bad": self.first_bad,
        }


async def verify_trail(store: KeyStore) -> Verdict:
    """Recomputes every hash of the chain, and holds its end against where the ledger says that it ends.

    Raises StoreUnavailable. Events that are written meanwhile are no fault: the end is read first.
    """
    seq, prev = 0, FIRST_PREV
    end_seq, end_hash = await store.audit_end()
    while seq < end_seq and (page := await store.list_audit_events(seq, PAGE)):
        bad = find_break(page, seq, prev)
        if bad is not None:
            return Verdict(bad - 1, prev if bad == seq + 1 else page[bad - seq - 2].hash, bad)
        hashes = {one.seq: one.hash for one in page}
        if hashes.get(end_seq, end_hash) != end_hash:
            return Verdict(end_seq - 1, page[-1].prev, end_seq)
        seq, prev = page[-1].seq, page[-1].hash
    return Verdict(seq, prev, None if seq >= end_seq else seq + 1)
