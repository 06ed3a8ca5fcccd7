"""What stands at the ends of the request path when there is no network: the store, the owner, the backend, the client.

They keep the signatures of what they stand for, and look at little of what they are given.
"""

# ruff: noqa: ARG002

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gateway.message import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.charging import Charged
    from gateway.exchange import Exchange
    from gateway.message import Fields, Request
    from gateway.principal import Principal
    from gateway.record import Record
    from gateway.routes import Match
    from gateway.validate import Body
    from keys import KeyRecord

SOMEBODY_ELSE = "<somebody else>"
"""A tenant that no key has."""


class OneRecord:
    """A key store of one key, or none."""

    def __init__(self, record: KeyRecord | None) -> None:
        self._record = record

    async def find_key(self, key_id: str) -> KeyRecord | None:
        return self._record if self._record and self._record.key.id == key_id else None

    async def find_imported(self, sha256_hex: str) -> KeyRecord | None:
        """No case has an imported key."""

    async def rehash(self, key_id: str, old: str, new: str) -> bool:
        return False

    async def record_uses(self, uses: Mapping[str, float]) -> None:
        """A case leaves nothing behind."""


class StatedOwner:
    """An owner endpoint that always says the same: `mine` (the `tenant`'s), `foreign` or `missing`."""

    def __init__(self, owner: str, resource: str | None, tenant: str) -> None:
        self._owner, self._resource, self._tenant = owner, resource, tenant

    async def get(self, upstream: str, target: bytes, max_bytes: int) -> tuple[int, bytes]:
        if self._owner == "missing":
            return 404, b""
        tenant = self._tenant if self._owner == "mine" else SOMEBODY_ELSE
        answer = {"tenant": tenant} | ({"resource": self._resource} if self._resource is not None else {})
        return 200, json.dumps(answer).encode()


class AnswersItself:
    """The end of the path in a backend's stead: reads the body, as that would, and answers 200."""

    guarded: frozenset[bytes] = frozenset()

    async def forward(
        self, match: Match, principal: Principal, tenant: str, charged: Charged, body: Body, exchange: Exchange
    ) -> int:
        if body is not None and not isinstance(body, bytes):
            async for _ in body:
                pass
        await exchange.answer(Answer(200, (), b""))
        return 200


class KeptRecords:
    """Keeps the last record instead of writing its line."""

    last: Record

    def render(self, record: Record, at_s: float) -> bytes:
        self.last = record
        return b""

    def append(self, line: bytes) -> None:
        """There is no log."""


class RecordedExchange:
    """A request of the case, and the answer kept."""

    def __init__(self, request: Request, body: bytes | None) -> None:
        self.request, self._body = request, body
        self.received_bytes = self.sent_bytes = 0
        self.begun = self.refused = False
        self.sent = b""

    async def body(self) -> AsyncIterator[bytes]:
        if self._body:
            self.received_bytes = len(self._body)
            yield self._body

    async def answer(self, answer: Answer) -> None:
        await self.start(answer.status, answer.fields)
        await self.finish(answer.body)

    async def start(self, status: int, fields: Fields) -> None:
        self.begun = True

    async def write(self, piece: bytes) -> None:
        self.sent += piece
        self.sent_bytes += len(piece)

    async def finish(self, piece: bytes = b"") -> None:
        await self.write(piece)
