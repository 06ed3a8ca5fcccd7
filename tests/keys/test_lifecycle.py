"""Mint, revoke, disable, enable: what they write, what they refuse, and that they write it with its event."""

from __future__ import annotations

import json

import pytest

from keys.errors import Missing, Rejected
from keys.model import KeyState, Plan, Tenant
from keys.rules import MintOrder
from keys.secret import mint_text, parse_key
from keys.verify import Hasher, judge
from tests.keys.builders import CHEAP, NOW, OWN_LIMIT, an_order


async def events(store, tag):
    return [one.event for one in await store.list_audit_events() if one.event.tag == tag]


async def state_of(store, key_id, now=NOW):
    return judge((await store.find_key(key_id)).key, now)


@pytest.fixture
async def minted(lifecycle, acme):
    return await lifecycle.mint(an_order(), "anna")


async def test_a_minted_key_is_found_and_its_text_verifies(store, lifecycle, acme):
    order = an_order(resources=("r-1",), limit=OWN_LIMIT, expires_at=NOW + 9, labels={"team": "blue"})
    minted = await lifecycle.mint(order, "anna")
    record = await store.find_key(parse_key(minted.text, "px").id)
    assert record.key == minted.key
    assert record.account == acme
    assert (record.key.created_at, record.key.created_by) == (NOW, "anna")
    assert Hasher(CHEAP).verify(record.key.digest, minted.text)


async def test_the_text_is_nowhere_but_in_the_answer(store, minted):
    assert minted.text not in repr(minted)
    assert minted.key.digest not in repr(minted)
    assert minted.text[14:] not in repr((await store.list_audit_events(), await store.list_keys()))


async def test_the_event_of_a_mint_tells_the_order(store, minted):
    [event] = await events(store, "key:minted")
    assert (event.actor, event.subject_id, event.at) == ("anna", minted.key.id, NOW)
    details = json.loads(event.details)
    assert details["scopes"] == ["boards:write"]
    assert details["new_tenant"] is True


async def test_the_first_key_registers_the_tenant_and_the_second_finds_it(store, lifecycle, minted):
    await lifecycle.mint(an_order(name="second"), "anna")
    assert await store.list_tenants("acme") == [Tenant("pixel-1", "acme", NOW)]
    assert json.loads((await events(store, "key:minted"))[1].details)["new_tenant"] is False


async def test_a_tenant_of_another_account_is_refused(lifecycle, accounts, minted):
    await accounts.add("other", "Other", "small", None, "anna")
    with pytest.raises(Rejected, match="belongs to another account"):
        await lifecycle.mint(an_order(account="other"), "anna")


async def test_a_refused_order_leaves_nothing(store, lifecycle, acme):
    before = await store.latest_change()
    with pytest.raises(Rejected) as caught:
        await lifecycle.mint(MintOrder("px", "", "nobody", "pixel-1", scopes=frozenset({"old_query"})), "anna")
    assert [one.field for one in caught.value.rejections] == ["name", "account", "scopes"]
    assert await store.latest_change() == before
    assert await store.list_keys() == []
    assert await store.list_tenants("acme") == []


async def test_a_plan_of_the_store_can_be_minted_on(lifecycle, plans, acme):
    await plans.add(Plan("added", OWN_LIMIT), "anna")
    minted = await lifecycle.mint(an_order(plan="added"), "anna")
    assert minted.key.plan == "added"


async def test_revoking_is_final_and_keeps_the_first_reason(store, lifecycle, minted, clock):
    clock.now += 5
    revoked = await lifecycle.revoke(minted.key.id, "anna", "leaked")
    clock.now += 5
    again = await lifecycle.revoke(minted.key.id, "bert", "again")
    assert again == revoked
    assert (again.revoked_at, again.revoked_by, again.revoked_why) == (NOW + 5, "anna", "leaked")
    assert await state_of(store, minted.key.id) is KeyState.REVOKED
    assert len(await events(store, "key:revoked")) == 1
    for change in (lifecycle.disable, lifecycle.enable):
        with pytest.raises(Rejected, match="that is final"):
            await change(minted.key.id, "anna")


@pytest.mark.parametrize("why", ["", "x" * 501])
async def test_a_revocation_needs_a_reason(lifecycle, minted, why):
    with pytest.raises(Rejected, match="why: a revocation needs a reason"):
        await lifecycle.revoke(minted.key.id, "anna", why)


async def test_disabling_and_enabling_are_each_done_once(store, lifecycle, minted, clock):
    await lifecycle.enable(minted.key.id, "anna")
    await lifecycle.disable(minted.key.id, "anna")
    clock.now += 5
    disabled = await lifecycle.disable(minted.key.id, "anna")
    assert disabled.disabled_at == NOW
    assert await state_of(store, minted.key.id) is KeyState.DISABLED
    await lifecycle.enable(minted.key.id, "anna")
    enabled = await lifecycle.enable(minted.key.id, "anna")
    assert enabled == minted.key
    assert await state_of(store, minted.key.id) is KeyState.ACTIVE
    assert len(await events(store, "key:disabled")) == len(await events(store, "key:enabled")) == 1


@pytest.mark.parametrize("verb", ["disable", "enable", "revoke"])
async def test_a_key_that_is_not_there_is_missing(lifecycle, verb):
    more = ("why",) if verb == "revoke" else ()
    with pytest.raises(Missing, match="no key with the id 'nothere000'"):
        await getattr(lifecycle, verb)("nothere000", "anna", *more)


async def test_a_whole_key_in_place_of_an_id_is_never_repeated(lifecycle):
    text = mint_text("px").text
    with pytest.raises(Missing) as caught:
        await lifecycle.disable(text, "anna")
    assert text not in str(caught.value)
    assert text not in repr(caught.value.rejections)


async def test_what_changes_nothing_is_no_change_in_the_feed(store, lifecycle, minted):
    before = await store.latest_change()
    await lifecycle.enable(minted.key.id, "anna")
    assert await store.latest_change() == before
