"""Whose a token is: Argon2id once, revocation at once, and no more work than there is room for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from keys.errors import Missing, Rejected
from keys.model import Operator, Role
from keys.operators import Operators
from keys.secret import checksum, mint_text
from keys.tokens import MAX_HASHING, MAX_PROVEN, MAX_WAITING, TokenVerifier, VerifierBusy
from keys.verify import Hasher
from tests.keys.builders import CHEAP, DIGEST, NOW


class CountingHasher(Hasher):
    """Counts what it does; while `gate` is closed, it stands still."""

    def __init__(self):
        super().__init__(CHEAP)
        self.verified = self.wasted = 0
        self.gate = threading.Event()
        self.gate.set()

    def verify(self, digest, text):
        self.verified += 1
        self.gate.wait(30)
        return super().verify(digest, text)

    def waste(self, text):
        self.wasted += 1
        self.gate.wait(30)
        self.verified -= 1  # `waste` verifies against a digest of nothing
        super().waste(text)


@pytest.fixture
def hasher():
    return CountingHasher()


@pytest.fixture
def operators(store):
    return Operators(store, Hasher(CHEAP))


@pytest.fixture
def verifier(store, hasher):
    return TokenVerifier(store, hasher)


async def test_a_token_is_hashed_once(operators, verifier, hasher):
    issued = await operators.add("Anna", Role.VIEWER, None, "test")
    for _ in range(3):
        assert await verifier.find(issued.token) == issued.operator
    assert (hasher.verified, verifier.is_proven(issued.token)) == (1, True)


async def test_a_wrong_secret_is_hashed_each_time_and_never_proven(operators, verifier, hasher):
    issued = await operators.add("Anna", Role.VIEWER, None, "test")
    forged = f"op_{issued.operator.id}{mint_text('op').text[13:-6]}"
    text = forged + checksum(forged)
    assert [await verifier.find(text) for _ in range(2)] == [None, None]
    assert (hasher.verified, verifier.is_proven(text)) == (2, False)


async def test_an_unknown_id_costs_what_a_known_one_costs(verifier, hasher):
    assert await verifier.find(mint_text("op").text) is None
    assert hasher.wasted == 1


@pytest.mark.parametrize("text", ["", "op_", mint_text("px").text, "op_" + "A" * 40], ids=["empty", "prefix", "a key", "bad checksum"])  # fmt: skip
async def test_what_is_no_token_costs_nothing(verifier, hasher, text):
    assert await verifier.find(text) is None
    assert (hasher.verified, hasher.wasted) == (0, 0)


async def test_a_revoked_operator_is_refused_by_the_next_request(operators, verifier):
    issued = await operators.add("Anna", Role.VIEWER, None, "test")
    assert await verifier.find(issued.token)
    await operators.revoke(issued.operator.id, "test")
    assert await verifier.find(issued.token) is None


async def test_no_more_tokens_wait_than_there_is_room_for(verifier, hasher):
    hasher.gate.clear()
    waiting = [asyncio.create_task(verifier.find(mint_text("op").text)) for _ in range(MAX_WAITING)]
    while hasher.wasted < MAX_HASHING:
        await asyncio.sleep(0)
    while verifier._waiting < MAX_WAITING:
        await asyncio.sleep(0)
    with pytest.raises(VerifierBusy):
        await verifier.find(mint_text("op").text)
    assert hasher.wasted == MAX_HASHING
    hasher.gate.set()
    assert await asyncio.gather(*waiting) == [None] * MAX_WAITING
    assert await verifier.find(mint_text("op").text) is None


async def test_the_proofs_are_bounded(operators, verifier):
    issued = await operators.add("Anna", Role.VIEWER, None, "test")
    for number in range(MAX_PROVEN):
        verifier._proven[str(number).encode()] = DIGEST
    await verifier.find(issued.token)
    assert len(verifier._proven) == MAX_PROVEN
    assert verifier.is_proven(issued.token)


def test_an_owner_without_an_account_cannot_be():
    for role, account in ((Role.OWNER, None), (Role.ADMIN, "acme")):
        with pytest.raises(ValueError, match="an owner has an account"):
            Operator("AAAAAAAAA0", "x", role, account, DIGEST, NOW, "test")


async def test_a_missing_account_and_a_missing_operator(operators):
    with pytest.raises(Missing):
        await operators.add("O", Role.OWNER, "nobody", "test")
    with pytest.raises(Missing):
        await operators.revoke("nothere000", "test")
    with pytest.raises(Rejected, match="is not a name"):
        await operators.add("", Role.ADMIN, None, "test")
