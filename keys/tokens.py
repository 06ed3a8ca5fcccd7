"""Whose token is this? Argon2id once, and for as long as the process lives a keyed hash of the proven text stands for it.

Unlike keys on the request path, the operator is read from the store each time: admins are few, and so a revoked one is
refused by the next request, in every process. Only the proof is remembered, and only of tokens that were right.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, TypeVar

from keys.errors import KeysError
from keys.secret import TOKEN_PREFIX, parse_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.model import Operator
    from keys.store import KeyStore
    from keys.verify import Hasher

T = TypeVar("T")

MAX_PROVEN = 1000
MAX_HASHING = 2
MAX_WAITING = 32


class VerifierBusy(KeysError):  # noqa: N818 - a state, not a fault
    """So many unproven tokens wait to be hashed that another one is not taken."""

    def __init__(self) -> None:
        super().__init__("too many tokens are being verified")


class TokenVerifier:
    """Mutable state, touched on the event loop only: `_proven`, from a token's hash to the digest that it was proven
    against, and `_waiting`, the number of verifications under way.
    """

    def __init__(self, store: KeyStore, hasher: Hasher) -> None:
        self._store = store
        self._hasher = hasher
        self._secret = secrets.token_bytes(32)
        self._proven: OrderedDict[bytes, str] = OrderedDict()
        self._hashing = asyncio.Semaphore(MAX_HASHING)
        self._waiting = 0

    def is_proven(self, text: str) -> bool:
        """Was this very text right once? It may cost nothing then, whoever else is guessing."""
        return self._mac(text) in self._proven

    def forget(self, text: str) -> None:
        """The text is right no longer."""
        self._proven.pop(self._mac(text), None)

    async def find(self, text: str) -> Operator | None:
        """The living operator that `text` is the token of; None for any other text.

        Raises VerifierBusy and StoreUnavailable. An unknown id takes the time of a known one (A5).
        """
        parsed = parse_key(text, TOKEN_PREFIX)
        if parsed is None:
            return None
        operator = await self._store.find_operator(parsed.id)
        if operator is None:
            await self._in_thread(lambda: self._hasher.waste(text))
            return None
        if not await self._is_right(operator, text) or operator.revoked_at is not None:
            return None
        return operator

    async def _is_right(self, operator: Operator, text: str) -> bool:
        mac = self._mac(text)
        if self._proven.get(mac) == operator.digest:
            self._proven.move_to_end(mac)
            return True
        if not await self._in_thread(lambda: self._hasher.verify(operator.digest, text)):
            return False
        self._proven[mac] = operator.digest
        if len(self._proven) > MAX_PROVEN:
            self._proven.popitem(last=False)
        return True

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING:
            raise VerifierBusy
        self._waiting += 1
        try:
            async with self._hashing:
                return await asyncio.to_thread(work)
        finally:
            self._waiting -= 1

    def _mac(self, text: str) -> bytes:
        return blake2b(text.encode(), key=self._secret, digest_size=16).digest()
