"""Many keys at once: what fits, how many at most, all of them or none."""

from __future__ import annotations

import pytest

from keys import mass_revocation
from keys.errors import Rejected
from keys.mass_revocation import MassRevocation, Unexpected
from keys.store import KeyFilter
from tests.keys.builders import an_order


@pytest.fixture
def use_case(store, clock):
    return MassRevocation(store, clock)


@pytest.fixture
async def three(lifecycle, acme):
    keys = [(await lifecycle.mint(an_order(name=name), "test")).key for name in ("a", "b", "c")]
    await lifecycle.revoke(keys[0].id, "test", "earlier")
    return keys


async def test_those_that_are_revoked_already_are_left_as_they_are(use_case, three, store):
    assert {key.name for key in await use_case.matches(KeyFilter(account="acme"))} == {"b", "c"}
    revoked = await use_case.revoke(KeyFilter(account="acme"), 2, "operator:x from 192.0.2.1", "sold")
    assert {(key.name, key.revoked_by, key.revoked_why) for key in revoked} == {
        ("b", "operator:x", "sold"),
        ("c", "operator:x", "sold"),
    }
    assert (await store.find_key(three[0].id)).key.revoked_why == "earlier"
    assert [key.revoked_at is None for key in await store.list_keys()] == [False] * 3


async def test_another_number_than_was_seen_revokes_none(use_case, three, store):
    with pytest.raises(Unexpected, match="2 keys fit, and not 3"):
        await use_case.revoke(KeyFilter(account="acme"), 3, "test", "sold")
    assert len(await store.list_keys(KeyFilter(is_revoked=True))) == 1


async def test_every_key_there_is_is_never_meant(use_case, three):
    with pytest.raises(Rejected, match="every key there is"):
        await use_case.matches(KeyFilter())


async def test_too_many_are_refused(use_case, three, monkeypatch):
    monkeypatch.setattr(mass_revocation, "MAX_AT_ONCE", 1)
    with pytest.raises(Rejected, match="more than 1 keys fit"):
        await use_case.revoke(KeyFilter(account="acme"), 2, "test", "sold")


async def test_a_reason_is_asked_for(use_case, three):
    with pytest.raises(Rejected, match="needs a reason"):
        await use_case.revoke(KeyFilter(account="acme"), 2, "test", "")
