"""A key's state at a moment, and Argon2id."""

from __future__ import annotations

from hashlib import sha256

import pytest

from keys.errors import DigestInvalid
from keys.model import KeyState
from keys.verify import IMPORTED, Hasher, HashingParams, judge
from tests.keys.builders import CHEAP, NOW, a_key

TEXT = "px_whatever"


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({}, KeyState.ACTIVE),
        ({"expires_at": NOW + 0.001}, KeyState.ACTIVE),
        ({"expires_at": NOW}, KeyState.EXPIRED),
        ({"expires_at": NOW - 1}, KeyState.EXPIRED),
        ({"disabled_at": NOW - 1}, KeyState.DISABLED),
        ({"disabled_at": NOW - 1, "expires_at": NOW - 1}, KeyState.DISABLED),
        ({"revoked_at": NOW - 1, "revoked_by": "t"}, KeyState.REVOKED),
        ({"revoked_at": NOW + 99, "revoked_by": "t"}, KeyState.REVOKED),
        ({"revoked_at": NOW, "revoked_by": "t", "disabled_at": NOW, "expires_at": NOW}, KeyState.REVOKED),
    ],
)
def test_judge(changes, state):
    assert judge(a_key(**changes), NOW) is state


def test_a_text_is_verified_against_its_own_digest_only():
    hasher = Hasher(CHEAP)
    digest = hasher.hash(TEXT)
    assert hasher.verify(digest, TEXT)
    assert not hasher.verify(digest, TEXT + "x")
    assert digest != hasher.hash(TEXT), "the salt must be random"


def test_the_default_cost_is_owasps_floor():
    digest = Hasher(HashingParams()).hash(TEXT)
    assert digest.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_a_digest_of_other_parameters_still_verifies_and_wants_a_rehash():
    digest = Hasher(CHEAP).hash(TEXT)
    stronger = Hasher(HashingParams(memory_kib=16, iterations=2))
    assert stronger.verify(digest, TEXT)
    assert stronger.needs_rehash(digest)
    assert not stronger.needs_rehash(stronger.hash(TEXT))
    assert not Hasher(CHEAP).needs_rehash(digest)


@pytest.mark.parametrize("digest", ["", "nonsense", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$c2FsdA$"])
def test_a_damaged_digest_is_not_a_wrong_key(digest):
    with pytest.raises(DigestInvalid):
        Hasher(CHEAP).verify(digest, TEXT)


def test_wasting_does_the_work_of_a_verification_and_admits_nothing():
    hasher = Hasher(HashingParams(memory_kib=64, iterations=3, lanes=2))
    hasher.waste(TEXT)
    assert hasher._dummy_digest.startswith("$argon2id$v=19$m=64,t=3,p=2$")
    assert not hasher.needs_rehash(hasher._dummy_digest), "another cost would take another time"
    assert not hasher.verify(hasher._dummy_digest, TEXT)


class TestImported:
    """A key of another system, known by the SHA-256 of its text until it is first used."""

    DIGEST = IMPORTED + sha256(b"old key").hexdigest()

    def test_it_is_verified_by_its_sha256_and_wants_another_digest(self):
        hasher = Hasher(CHEAP)
        assert hasher.verify(self.DIGEST, "old key")
        assert hasher.needs_rehash(self.DIGEST)
        assert not hasher.needs_rehash(hasher.hash("old key"))

    def test_a_wrong_text_costs_what_it_costs_elsewhere(self):
        wasted = []

        class Counting(Hasher):
            def waste(self, text):
                wasted.append(text)
                super().waste(text)

        assert not Counting(CHEAP).verify(self.DIGEST, "another")
        assert wasted == ["another"]
