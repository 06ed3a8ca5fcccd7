"""From a presented credential to a `Principal`: known keys first, then the store and one Argon2id verification.

Every refusal of a key answers alike, and costs alike: an unknown id is verified against a dummy digest, and each
refusal is remembered for the same short while. A record read from the store is believed only if no change of that key
was announced while it was being verified; so a revocation that was seen once stays seen.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from gateway import claims
from gateway.credentials import extract_credential
from gateway.known_keys import Known, KnownKeys
from gateway.problems import Reason, Refused
from gateway.verifier import VerifierBusy, VerifierPool
from keys import ChangeSubject, KeyState, StoreUnavailable, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.apis import Api
    from gateway.claims import Claim
    from gateway.message import Request
    from gateway.principal import Principal
    from keys import Change, Key, KeyRecord

RETRY_AFTER_S = 1
_RETRY = ((b"retry-after", str(RETRY_AFTER_S).encode()),)
_NEVER = float("inf")

_REFUSED_STATES = {
    KeyState.REVOKED: Reason.KEY_REVOKED,
    KeyState.EXPIRED: Reason.KEY_EXPIRED,
    KeyState.DISABLED: Reason.KEY_DISABLED,
}


def require_active(key: Key, now_s: float) -> None:
    """Raises `Refused` (401) for a key that is revoked, disabled or expired."""
    state = judge(key, now_s)
    if state is not KeyState.ACTIVE:
        raise Refused(_REFUSED_STATES[state])


class Records(claims.Records, Protocol):
    """The part of the key store that a request may need."""

    async def rehash(self, key_id: str, old: str, new: str) -> bool:
        """Replace a digest if it still is the old one."""
        ...


class Hashing(Protocol):
    """Argon2id, blocking: run in the verifier pool only."""

    def verify(self, digest: str, text: str) -> bool: ...
    def waste(self, text: str) -> None: ...
    def needs_rehash(self, digest: str) -> bool: ...
    def hash(self, text: str) -> str: ...


class Brake(Protocol):
    """The limit on failed authentications by address."""

    def require_room(self, client: str) -> None:
        """Raises `Refused` when the address has failed too often."""
        ...


@dataclass(slots=True)
class _Flight:
    """One verification under way; `outdated` once its key changed meanwhile. `key_id` is None while it is not known."""

    result: asyncio.Task[Principal]
    key_id: str | None
    outdated: bool = False


class Authenticator:
    """Mutable state, touched on the event loop only: the known keys, the flights under way (by MAC), the counts."""

    def __init__(
        self,
        records: Records,
        hashing: Hashing,
        known: KnownKeys,
        verifiers: VerifierPool,
        *,
        principal_of: Callable[[KeyRecord], Principal],
        brake: Brake,
        feed_age_s: Callable[[], float],
        max_stale_s: float,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
        self._hashing = hashing
        self._known = known
        self._verifiers = verifiers
        self._principal_of = principal_of
        self._brake = brake
        self._feed_age_s = feed_age_s
        self._max_stale_s = max_stale_s
        self._clock = clock
        self._monotonic = monotonic
        self._flights: dict[bytes, _Flight] = {}
        self._rehashes: set[asyncio.Task[None]] = set()
        self.hits = 0
        self.misses = 0
        self.verified = 0
        self.refuted = 0

    async def authenticate(self, api: Api, request: Request) -> Principal:
        """Whose key it is. Raises `Refused`: 401 for whatever is no live key, 429 or 503 where it cannot be told now."""
        text = extract_credential(api.credential, request)
        claim = claims.claim_of(api.credential, text)
        if claim is None:
            raise Refused(Reason.CREDENTIAL_MALFORMED)
        if self._feed_age_s() > self._max_stale_s:
            raise Refused(Reason.KEYS_UNAVAILABLE, fields=_RETRY)
        mac = self._known.mac(claim.name)
        known = self._known.find(mac)
        if known is not None and known.principal is not None:
            self.hits += 1
            if self._clock() < known.expires_at:
                return known.principal
        return await self._prove(mac, claim, request.client)

    async def _prove(self, mac: bytes, claim: Claim, client: str) -> Principal:
        rejected = self._known.rejection(mac, self._monotonic())
        if rejected is not None:
            raise Refused(rejected)
        flight = self._flights.get(mac)
        if flight is None:
            if self._known.find(mac) is None:
                self._brake.require_room(client)
            self.misses += 1
            flight = self._take_off(mac, claim)
        # Shielded: one impatient client must not cancel the verification that others wait for.
        return await asyncio.shield(flight.result)

    def _take_off(self, mac: bytes, claim: Claim) -> _Flight:
        flight = _Flight(asyncio.ensure_future(self._fly(mac, claim)), claim.key_id)
        self._flights[mac] = flight
        flight.result.add_done_callback(lambda result: self._land(mac, result))
        return flight

    def _land(self, mac: bytes, result: asyncio.Task[Principal]) -> None:
        del self._flights[mac]
        if not result.cancelled():
            result.exception()  # everyone who waited has it; nobody may be left to read it

    async def _fly(self, mac: bytes, claim: Claim) -> Principal:
        flight = self._flights[mac]
        try:
            known = await self._verify(mac, claim, flight)
        except VerifierBusy as error:
            raise Refused(Reason.VERIFIER_BUSY, fields=_RETRY) from error
        except StoreUnavailable as error:
            raise Refused(Reason.KEYS_UNAVAILABLE, fields=_RETRY, detail=str(error)) from error
        except Refused as refused:
            if not flight.outdated:
                self._known.reject(mac, flight.key_id or "", refused.reason, self._monotonic())
            raise
        self._known.admit(mac, known)
        assert known.principal is not None  # noqa: S101 - _verify returns a known key with its principal
        return known.principal

    async def _verify(self, mac: bytes, claim: Claim, flight: _Flight) -> Known:
        proven = self._known.find(mac)
        proven_digest = proven.digest if proven else None
        while True:
            flight.outdated = False
            record = await claim.find(self._records)
            flight.key_id = record.key.id if record else claim.key_id
            if record is None or record.key.digest != proven_digest:
                proven_digest = await self._verify_digest(record, claim)
            if record is not None and not flight.outdated:
                return self._judge(record)

    async def _verify_digest(self, record: KeyRecord | None, claim: Claim) -> str:
        """The digest that `text` was proven against. Raises `Refused` after the same work whether or not the id exists."""
        text = claim.text
        if record is None:
            await self._verifiers.run(claim.lane, lambda: self._hashing.waste(text))
            self.refuted += 1
            raise Refused(Reason.KEY_UNKNOWN)
        key_id, digest = record.key.id, record.key.digest
        if not await self._verifiers.run(key_id, lambda: self._hashing.verify(digest, text)):
            self.refuted += 1
            raise Refused(Reason.KEY_SECRET_WRONG)
        self.verified += 1
        if self._hashing.needs_rehash(digest):
            self._rehash_later(key_id, digest, text)
        return digest

    def _judge(self, record: KeyRecord) -> Known:
        key = record.key
        require_active(key, self._clock())
        expires_at = _NEVER if key.expires_at is None else key.expires_at
        return Known(key.id, key.digest, record.account.id, expires_at, self._principal_of(record))

    def _rehash_later(self, key_id: str, digest: str, text: str) -> None:
        task = asyncio.ensure_future(self._rehash(key_id, digest, text))
        self._rehashes.add(task)
        task.add_done_callback(self._rehashes.discard)

    async def _rehash(self, key_id: str, digest: str, text: str) -> None:
        try:
            await self._records.rehash(
                key_id, digest, await self._verifiers.run(key_id, lambda: self._hashing.hash(text))
            )
        except (VerifierBusy, StoreUnavailable):
            return  # the next use of the key tries again

    def apply(self, change: Change) -> None:
        """A change of the store was announced: nothing known before it is trusted after it."""
        if change.subject is ChangeSubject.PLAN:
            self.forget_all()
            return
        if change.subject is ChangeSubject.IMPORT:
            self._forget_refusals()
            return
        of_key = change.subject is ChangeSubject.KEY
        (self._known.forget_key if of_key else self._known.forget_account)(change.id)
        for flight in self._flights.values():
            # While nobody knows which key it is about, it may be about this one.
            if not of_key or flight.key_id in {None, change.id}:
                flight.outdated = True

    def _forget_refusals(self) -> None:
        self._known.forget_rejected()
        for flight in self._flights.values():
            flight.outdated = True

    def forget_all(self) -> None:
        """Nobody can say what changed: every record is read again, no proof is made again."""
        self._known.forget_all()
        for flight in self._flights.values():
            flight.outdated = True

    @property
    def known_keys(self) -> int:
        return len(self._known)

    async def close(self) -> None:
        """Wait for rehashes under way, then stop the verifiers."""
        await asyncio.gather(*self._rehashes, return_exceptions=True)
        self._verifiers.close()
