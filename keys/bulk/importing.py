"""Bringing keys in: every line is checked before anything is written, then they are written in batches.

A batch is one transaction with one audit event, which names its keys, and one change. Not all in one transaction: the
ledger is locked for as long as one lives, and nobody could revoke a key for minutes. A key that is there already is
skipped, so that an import that was interrupted is simply run again.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING

from keys.audit import AuditTag, audit_event
from keys.bulk.lines import Incoming, read_line
from keys.errors import Rejected, Rejection
from keys.lifecycle import key_of
from keys.model import Tenant
from keys.plans import PlanBook
from keys.secret import new_id
from keys.verify import IMPORTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from keys.bulk.reading import Record
    from keys.model import Account, Key
    from keys.rules import MintOrder, MintRules
    from keys.store import KeyStore, Writing

BATCH = 1000


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot come in, and everything that is wrong with it."""

    line: int
    rejections: tuple[Rejection, ...]


@dataclass(slots=True)
class Tally:
    """What came of an import so far."""

    imported: int = 0
    skipped: int = 0
    bad: list[BadLine] = field(default_factory=list)


class Import:
    """One import. `legacy_scopes`: keys may bring scopes that no new key gets.

    Mutable state: what earlier lines said (their texts and new tenants), the accounts read, and the tally.
    """

    def __init__(
        self,
        store: KeyStore,
        rules: MintRules,
        *,
        actor: str,
        defaults: Mapping[str, str],
        legacy_scopes: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._rules = rules
        self._actor = actor
        self._defaults = defaults
        self._legacy_scopes = legacy_scopes
        self._clock = clock
        self._id = f"import-{secrets.token_hex(5)}"
        self._accounts: dict[str, Account | None] = {}
        self._seen: dict[bytes, int] = {}
        self._claimed: dict[str, str] = {}
        self.tally = Tally()

    async def check(self, records: Iterable[Record]) -> None:
        """Reads every line and writes nothing; the tally then holds what is bad. Raises StoreUnavailable."""
        book = PlanBook(self._rules.declared_plans, await self._store.list_plans())
        for batch in _batches(records):
            incoming = list(self._read(batch, self.tally.bad))
            holders = await self._store.bulk.tenant_holders({one.order.tenant for one in incoming} - {None})
            for one in incoming:
                await self._check_one(one, holders, book)

    def _read(self, batch: Sequence[Record], bad: list[BadLine]) -> Iterator[Incoming]:
        now = self._clock()
        for record in batch:
            try:
                yield read_line(record, self._defaults, now)
            except Rejected as rejected:
                bad.append(BadLine(record.line, rejected.rejections))

    async def _check_one(self, one: Incoming, holders: Mapping[str, str], book: PlanBook) -> None:
        order = one.order
        rejections: list[Rejection] = []
        earlier = self._seen.setdefault(bytes.fromhex(one.sha256), one.line)
        if earlier != one.line:
            rejections.append(Rejection("sha256", "", f"is that of line {earlier} too"))
        holder = None
        if order.tenant is not None:
            holder = holders.get(order.tenant) or self._claimed.setdefault(order.tenant, order.account)
        try:
            self._rules.require_mintable(
                self._without_legacy(one),
                account=await self._account(order.account),
                tenant_holder=holder,
                book=book,
                now=self._clock(),
            )
        except Rejected as rejected:
            rejections += rejected.rejections
        if rejections:
            self.tally.bad.append(BadLine(one.line, tuple(rejections)))

    def _without_legacy(self, one: Incoming) -> MintOrder:
        if not self._legacy_scopes:
            return one.order
        return replace(one.order, scopes=one.order.scopes - self._rules.scopes.legacy.keys())

    async def _account(self, account_id: str) -> Account | None:
        if account_id not in self._accounts:
            self._accounts[account_id] = await self._store.find_account(account_id)
        return self._accounts[account_id]

    async def write(self, records: Iterable[Record], file: str) -> None:
        """Writes every line that `check` found good. Raises StoreUnavailable; whole batches are written then."""
        bad = {one.line for one in self.tally.bad}
        good = (record for record in records if record.line not in bad)
        for batch in _batches(good):
            await self._write_batch(list(self._read(batch, [])), file)

    async def _write_batch(self, batch: Sequence[Incoming], file: str) -> None:
        async with self._store.changing() as writing:
            now = self._clock()
            present = await writing.imported({one.sha256 for one in batch})
            new = [one for one in batch if one.sha256 not in present]
            if new:
                await self._write_new(writing, new, file, now)
        self.tally.imported += len(new)
        self.tally.skipped += len(batch) - len(new)

    async def _write_new(self, writing: Writing, new: Sequence[Incoming], file: str, now: float) -> None:
        wanted = {one.order.tenant: one.order.account for one in new if one.order.tenant is not None}
        known = await writing.tenant_holders(wanted.keys())
        for one in new:
            holder = known.get(one.order.tenant or "", one.order.account)
            if holder != one.order.account:  # since it was checked
                message = f"line {one.line}: tenant {one.order.tenant!r} belongs to another account"
                raise Rejected([Rejection("tenant", "", message)])
        tenants = [Tenant(tenant, account, now) for tenant, account in wanted.items() if tenant not in known]
        keys = [self._key(one, now) for one in new]
        details = {
            "file": file,
            "lines": [new[0].line, new[-1].line],
            "keys": [key.id for key in keys],
            "legacy_scopes": self._legacy_scopes,
        }
        event = audit_event(now, self._actor, AuditTag.KEYS_IMPORTED, self._id, details)
        await writing.add_imported(keys, tenants, event)

    def _key(self, one: Incoming, now: float) -> Key:
        created_at = now if one.created_at is None else one.created_at
        return key_of(one.order, new_id(), IMPORTED + one.sha256, self._actor, created_at)


def _batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    remaining = iter(records)
    while batch := list(islice(remaining, BATCH)):
        yield batch
