"""Whose key a presented text claims to be: of which id, or of which import. Nothing is proven yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from keys import parse_key

if TYPE_CHECKING:
    from gateway.apis import CredentialRule
    from keys import KeyRecord

_is_visible_ascii = re.compile(r"[\x21-\x7e]{1,128}").fullmatch

UNKNOWN_LANE = "imported"
"""Where texts of other systems that nobody knows are verified in vain: all in one lane, so that they crowd out no key."""


class Records(Protocol):
    """Where key records come from: the part of the key store that finds the key of a text."""

    async def find_key(self, key_id: str) -> KeyRecord | None:
        """The key and its account. Raises `StoreUnavailable`."""
        ...

    async def find_imported(self, sha256_hex: str) -> KeyRecord | None:
        """The key that was imported by the SHA-256 of its text. Raises `StoreUnavailable`."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """`key_id` None: the text is not of our form. `is_import`: it may be a key that was imported for `prefix`."""

    text: str
    prefix: str
    key_id: str | None
    is_import: bool

    @property
    def name(self) -> str:
        """What proofs are remembered by. A text of another form is good for the prefix it was imported for alone."""
        return self.text if self.key_id else f"{self.prefix} {self.text}"

    @property
    def lane(self) -> str:
        """Where it is verified while no record is found."""
        return self.key_id or UNKNOWN_LANE

    async def find(self, records: Records) -> KeyRecord | None:
        """The record that it claims to be the key of. Raises `StoreUnavailable`."""
        record = await records.find_key(self.key_id) if self.key_id else None
        if record is not None or not self.is_import:
            return record
        imported = await records.find_imported(sha256(self.text.encode()).hexdigest())
        return imported if imported is not None and imported.key.prefix == self.prefix else None


def claim_of(rule: CredentialRule, text: str) -> Claim | None:
    """What the text claims; None if it can be no key of this API, which nobody need be asked about."""
    parsed = parse_key(text, rule.prefix)
    if parsed is None and not (rule.imported and _is_visible_ascii(text)):
        return None
    return Claim(text, rule.prefix, parsed.id if parsed else None, rule.imported)
