"""Requests that may be sent again: an Idempotency-Key and what was asked under it. Pure.

The token and the body are kept as hashes alone. What a repeated request gets is the key that the first one made, and
never its text again: that was shown once and is nowhere (draft-ietf-httpapi-idempotency-key-header describes the field).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256

from keys.errors import KeysError

REMEMBERED_S = 86_400.0
"""How long a token stands for its request."""


class TokenReused(KeysError):  # noqa: N818 - what the caller did
    """An Idempotency-Key came back with another request than the one that it stood for."""

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key was used for another request: take a new one for each")


@dataclass(frozen=True, slots=True)
class Repeatable:
    """A request by the operator who sent it, the hash of its token, and the hash of what it asks."""

    operator: str
    token_hash: str
    fingerprint: str

    @classmethod
    def of(cls, operator: str, token: str, asked: bytes) -> Repeatable:
        """`asked` must tell apart whatever the request could mean: the endpoint, its path and its body."""
        return cls(operator, sha256(token.encode()).hexdigest(), sha256(asked).hexdigest())

    def row(self) -> dict[str, str]:
        """As the store keeps it."""
        return asdict(self)
