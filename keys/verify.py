"""Is this key good? Its state at a moment (pure), and whether a text is the one that was hashed (Argon2id, slow by design).

Hashing blocks for some 20 ms of CPU: call it from a thread, never on the event loop. argon2-cffi lets go of the GIL.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import TYPE_CHECKING

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from keys.errors import DigestInvalid
from keys.model import KeyState

if TYPE_CHECKING:
    from keys.model import Key

IMPORTED = "sha256:"
"""What the digest of an imported key begins with until its first use: the SHA-256 of its text, in hex, follows."""

SALT_BYTES = 16
HASH_BYTES = 32


def judge(key: Key, now: float) -> KeyState:
    """What `key` is at `now` (Unix seconds). The gravest state wins: revoked, then disabled, then expired.

    The end is exclusive: at `expires_at` itself the key has expired.
    """
    if key.revoked_at is not None:
        return KeyState.REVOKED
    if key.disabled_at is not None:
        return KeyState.DISABLED
    if key.expires_at is not None and now >= key.expires_at:
        return KeyState.EXPIRED
    return KeyState.ACTIVE


@dataclass(frozen=True, slots=True)
class HashingParams:
    """Argon2id's cost (RFC 9106). The defaults are OWASP's floor: 19 MiB, two passes, one lane."""

    memory_kib: int = 19456
    iterations: int = 2
    lanes: int = 1


class Hasher:
    """Hashes and verifies key texts with Argon2id. Holds no secret; safe to share between threads."""

    __slots__ = ("_argon2", "_dummy_digest")

    def __init__(self, params: HashingParams) -> None:
        self._argon2 = PasswordHasher(
            time_cost=params.iterations,
            memory_cost=params.memory_kib,
            parallelism=params.lanes,
            hash_len=HASH_BYTES,
            salt_len=SALT_BYTES,
            type=Type.ID,
        )
        self._dummy_digest = _random_digest(params)

    def hash(self, text: str) -> str:
        """The digest to store, in the PHC string format: the parameters and the salt are in it."""
        return self._argon2.hash(text)

    def verify(self, digest: str, text: str) -> bool:
        """Is `text` what `digest` was made from? Compares in constant time.

        A wrong text costs the same for an imported key that was not used yet, so that nobody finds these by time. Raises DigestInvalid when the digest is no Argon2 hash: a damaged store is not a wrong key.
        """
        if digest.startswith(IMPORTED):
            return self._verify_imported(digest, text)
        try:
            return self._argon2.verify(digest, text)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError) as error:
            raise DigestInvalid("a stored digest is not an Argon2 hash") from error

    def needs_rehash(self, digest: str) -> bool:
        """Was the digest made with other parameters than these, or not with Argon2id at all (an imported key's)?"""
        return digest.startswith(IMPORTED) or self._argon2.check_needs_rehash(digest)

    def _verify_imported(self, digest: str, text: str) -> bool:
        is_right = compare_digest(digest, IMPORTED + sha256(text.encode()).hexdigest())
        if not is_right:
            self.waste(text)
        return is_right

    def waste(self, text: str) -> None:
        """Does for an unknown key id the work that `verify` does for a known one, so that time does not tell (A5)."""
        self.verify(self._dummy_digest, text)


def _random_digest(params: HashingParams) -> str:
    """A digest that no text matches, made without hashing anything: random bytes in the PHC format."""
    salt, digest = (b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (SALT_BYTES, HASH_BYTES))
    return f"$argon2id$v=19$m={params.memory_kib},t={params.iterations},p={params.lanes}${salt}${digest}"
