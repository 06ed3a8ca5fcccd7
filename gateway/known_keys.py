"""The verified keys of one process: what stands for Argon2id once a key was proven, and for a moment once it was not.

Keyed by a MAC of the whole key text with a secret that lives only in this process, so that neither a memory dump of the
map nor its timing tells anything about a key. Successes are bounded by least recent use; refusals live apart, briefly,
so that junk cannot evict a good entry. Nothing here is trusted past a change of its key: `forget` drops the principal
but keeps the proof (the digest that the text was verified against), so that a changed plan costs no second Argon2id.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.principal import Principal
    from gateway.problems import Reason

_MAC_BYTES = 16


@dataclass(slots=True)
class Known:
    """A proven key text: the stored digest that it was proven against and, unless its record changed, who it is."""

    key_id: str
    digest: str
    account: str
    expires_at: float
    principal: Principal | None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A key text that was refused a moment ago, and until when (monotonic seconds) the answer stands."""

    key_id: str
    reason: Reason
    until_s: float


class KnownKeys:
    """Mutable state, touched on the event loop only: `_known` and `_rejected` by MAC, `_macs` from key id to its MAC."""

    def __init__(self, max_known: int, max_rejected: int, rejected_ttl_s: float) -> None:
        self._secret = secrets.token_bytes(32)
        self._max_known = max_known
        self._max_rejected = max_rejected
        self._rejected_ttl_s = rejected_ttl_s
        self._known: OrderedDict[bytes, Known] = OrderedDict()
        self._rejected: OrderedDict[bytes, Rejected] = OrderedDict()
        self._macs: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._known)

    def mac(self, text: str) -> bytes:
        return blake2b(text.encode(), key=self._secret, digest_size=_MAC_BYTES).digest()

    def find(self, mac: bytes) -> Known | None:
        known = self._known.get(mac)
        if known is not None:
            self._known.move_to_end(mac)
        return known

    def rejection(self, mac: bytes, now_s: float) -> Reason | None:
        rejected = self._rejected.get(mac)
        return rejected.reason if rejected is not None and now_s < rejected.until_s else None

    def admit(self, mac: bytes, known: Known) -> None:
        self._drop(self._macs.get(known.key_id))
        self._known[mac] = known
        self._macs[known.key_id] = mac
        if len(self._known) > self._max_known:
            self._drop(next(iter(self._known)))

    def reject(self, mac: bytes, key_id: str, reason: Reason, now_s: float) -> None:
        self._drop(mac)
        self._rejected[mac] = Rejected(key_id, reason, now_s + self._rejected_ttl_s)
        self._rejected.move_to_end(mac)
        if len(self._rejected) > self._max_rejected:
            self._rejected.popitem(last=False)

    def _drop(self, mac: bytes | None) -> None:
        known = self._known.pop(mac, None) if mac is not None else None
        if known is not None and self._macs.get(known.key_id) == mac:
            del self._macs[known.key_id]

    def forget_key(self, key_id: str) -> None:
        """The record of one key changed."""
        mac = self._macs.get(key_id)
        if mac is not None:
            self._known[mac].principal = None
        for rejected_mac in [mac for mac, rejected in self._rejected.items() if rejected.key_id == key_id]:
            del self._rejected[rejected_mac]

    def forget_rejected(self) -> None:
        """Keys came in that may be any of those that were refused."""
        self._rejected.clear()

    def forget_account(self, account: str) -> None:
        """An account changed, and with it the limit of its keys."""
        for known in self._known.values():
            if known.account == account:
                known.principal = None

    def forget_all(self) -> None:
        """Something changed that may touch every key (a plan, or changes that were missed)."""
        for known in self._known.values():
            known.principal = None
        self._rejected.clear()
