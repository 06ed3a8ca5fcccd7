"""Accounts and plans: what may be added, changed, removed."""

from __future__ import annotations

import json

import pytest

from keys.accounts import AccountChange
from keys.errors import Missing, Rejected
from keys.model import Account, Limit, LimitBy, Plan
from tests.keys.builders import NOW, OWN_LIMIT, an_order

ADDED = Plan("added", Limit(3, 60, 3), LimitBy.ACCOUNT)


async def fields_of(caught):
    return [one.field for one in caught.value.rejections]


async def details(store):
    last = (await store.list_audit_events())[-1]
    return last.event.tag.value, json.loads(last.event.details)


class TestAccounts:
    async def test_adding(self, store, accounts):
        account = await accounts.add("acme", "Acme", "own", OWN_LIMIT, "anna")
        assert account == Account("acme", "Acme", "own", OWN_LIMIT, NOW)
        assert await store.find_account("acme") == account
        assert await details(store) == (
            "account:added",
            {"name": "Acme", "plan": "own", "limit": "7/minute, burst 9"},
        )

    async def test_all_mistakes_come_at_once(self, accounts):
        with pytest.raises(Rejected) as caught:
            await accounts.add("a b", "", "gone", None, "anna")
        assert await fields_of(caught) == ["id", "name", "plan"]

    async def test_an_id_is_given_once(self, accounts, acme):
        with pytest.raises(Rejected, match="account 'acme' exists already"):
            await accounts.add("acme", "Another", "small", None, "anna")

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (AccountChange(name="New"), Account("acme", "New", "small", None, NOW)),
            (AccountChange(plan="fast"), Account("acme", "Acme", "fast", None, NOW)),
            (AccountChange(limit=OWN_LIMIT), Account("acme", "Acme", "small", OWN_LIMIT, NOW)),
        ],
    )
    async def test_changing(self, store, accounts, acme, change, expected):
        assert await accounts.change("acme", change, "anna") == expected
        assert await store.find_account("acme") == expected
        tag, what = await details(store)
        assert tag == "account:changed"
        assert what["before"] != what["after"]

    async def test_an_own_limit_can_be_dropped(self, accounts, acme):
        await accounts.change("acme", AccountChange(limit=OWN_LIMIT), "anna")
        assert (await accounts.change("acme", AccountChange(drop_limit=True), "anna")) == acme

    async def test_no_change_writes_nothing(self, store, accounts, acme):
        before = await store.latest_change()
        await accounts.change("acme", AccountChange(name="Acme"), "anna")
        assert await store.latest_change() == before

    async def test_mistakes_of_a_change(self, accounts, acme):
        with pytest.raises(Rejected) as caught:
            await accounts.change("acme", AccountChange(name=" ", plan="gone"), "anna")
        assert await fields_of(caught) == ["name", "plan"]
        with pytest.raises(Missing, match="no account 'nobody'"):
            await accounts.change("nobody", AccountChange(name="x"), "anna")


class TestPlans:
    async def test_a_plan_is_added_changed_and_removed(self, store, plans):
        await plans.add(ADDED, "anna")
        assert (await plans.book()).find("added") == ADDED
        assert await details(store) == ("plan:added", {"limit": "3/minute", "by": "account"})
        changed = Plan("added", None, LimitBy.KEY)
        await plans.change(changed, "anna")
        assert (await plans.book()).find("added") == changed
        await plans.remove("added", "anna")
        assert (await plans.book()).find("added") is None
        assert [change.id for change in await store.changes_since(0)] == ["added"] * 3

    async def test_a_change_to_the_same_writes_nothing(self, store, plans):
        await plans.add(ADDED, "anna")
        await plans.change(ADDED, "anna")
        assert await store.latest_change() == 1

    async def test_a_name_is_given_once(self, plans):
        await plans.add(ADDED, "anna")
        with pytest.raises(Rejected, match="plan 'added' exists already"):
            await plans.add(ADDED, "anna")
        with pytest.raises(Rejected, match="is not an id"):
            await plans.add(Plan("a plan", OWN_LIMIT), "anna")

    @pytest.mark.parametrize("verb", ["add", "change", "remove"])
    async def test_plans_of_the_settings_are_changed_there(self, plans, verb):
        given = "small" if verb == "remove" else Plan("small", OWN_LIMIT)
        with pytest.raises(Rejected, match="declared in the settings file; allowed: change it there"):
            await getattr(plans, verb)(given, "anna")

    @pytest.mark.parametrize("verb", ["change", "remove"])
    async def test_a_plan_that_is_not_there_is_missing(self, plans, verb):
        given = "gone" if verb == "remove" else Plan("gone", OWN_LIMIT)
        with pytest.raises(Missing, match="there are: fast, own, small"):
            await getattr(plans, verb)(given, "anna")

    async def test_a_plan_somebody_is_on_stays(self, plans, accounts, lifecycle, acme):
        await plans.add(ADDED, "anna")
        minted = await lifecycle.mint(an_order(plan="added"), "anna")
        with pytest.raises(Rejected, match="accounts or keys are on plan 'added'"):
            await plans.remove("added", "anna")
        await lifecycle.revoke(minted.key.id, "anna", "gone")
        await plans.remove("added", "anna")
