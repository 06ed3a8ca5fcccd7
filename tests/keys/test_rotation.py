"""What a successor is; which key has one."""

from __future__ import annotations

import pytest

from keys.audit import AuditTag
from keys.errors import Rejected
from keys.lifecycle import Repeated
from keys.model import Role
from keys.operators import Operators
from keys.repeatable import Repeatable
from keys.rotation import MAX_OVERLAP_S, Rotation, successor_order
from keys.verify import Hasher
from tests.keys.builders import CHEAP, NOW, OWN_LIMIT, a_key, an_order, rules


@pytest.fixture
def rotation(store, clock):
    return Rotation(store, rules(), Hasher(CHEAP), clock=clock)


@pytest.fixture
async def minted(lifecycle, acme):
    return await lifecycle.mint(an_order(), "test")


def test_rights_stay_and_legacy_names_become_what_they_stand_for():
    old = a_key(scopes=frozenset({"boards:write", "old_query"}), plan="fast", limit=OWN_LIMIT, labels={"a": "b"})
    order = successor_order(old, rules().scopes, NOW)
    assert order.scopes == {"boards:write", "reports:read"}
    assert (order.plan, order.limit, order.labels, order.resources, order.expires_at) == (
        "fast",
        OWN_LIMIT,
        {"a": "b"},
        None,
        None,
    )


def test_a_key_for_thirty_days_is_followed_by_one_for_thirty_days():
    old = a_key(created_at=NOW, expires_at=NOW + 30)
    assert successor_order(old, rules().scopes, NOW + 29).expires_at == NOW + 59


async def test_an_end_that_is_sooner_than_the_overlap_stays(rotation, lifecycle, acme):
    old = await lifecycle.mint(an_order(expires_at=NOW + 100), "test")
    done = await rotation.rotate(old.key.id, "test", 3600)
    assert (done.old.expires_at, done.key.expires_at) == (NOW + 100, NOW + 100)


async def test_both_keys_and_the_lineage_are_in_the_audit_log(rotation, minted, store):
    done = await rotation.rotate(minted.key.id, "operator:x from 192.0.2.1", 3600)
    tags = [(one.event.tag, one.event.subject_id) for one in await store.list_audit_events()]
    assert tags[-2:] == [(AuditTag.KEY_MINTED, done.key.id), (AuditTag.KEY_ROTATED, minted.key.id)]
    assert done.key.created_by == "operator:x"
    assert done.text not in repr(done)
    assert (await store.latest_change()) == len(tags)


async def test_who_was_late_gets_the_successor_and_makes_none(rotation, minted, store):
    issued = await Operators(store, Hasher(CHEAP)).add("A", Role.ADMIN, None, "test")
    request = Repeatable.of(issued.operator.id, "token", b"rotate")
    first = await rotation.rotate(minted.key.id, "test", 3600, request)
    again = await rotation.rotate(minted.key.id, "test", 3600, request)
    assert again == Repeated(first.key)


@pytest.mark.parametrize("overlap_s", [-1, MAX_OVERLAP_S + 1])
async def test_an_overlap_has_bounds(rotation, minted, overlap_s):
    with pytest.raises(Rejected, match="no overlap"):
        await rotation.rotate(minted.key.id, "test", overlap_s)


async def test_an_expired_key_has_no_successor(rotation, lifecycle, acme, clock):
    old = await lifecycle.mint(an_order(expires_at=NOW + 100), "test")
    clock.now = NOW + 100
    with pytest.raises(Rejected, match="it expired at"):
        await rotation.rotate(old.key.id, "test")
