"""What every key store must do, run on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from keys.audit import AuditTag, audit_event, find_break
from keys.errors import Rejected
from keys.lifecycle import Lifecycle
from keys.model import Account, Change, ChangeSubject, KeyRecord, KeyState, Limit, LimitBy, Plan, Tenant
from keys.store import KeyCursor, KeyFilter, open_store
from keys.verify import Hasher, judge
from tests.keys.builders import ACCOUNT, CHEAP, DIGEST, KEY, NOW, OWN_LIMIT, a_key, an_order, rules

OTHER = Account("other", "Other", "fast", Limit(3, 60, 4), NOW)


def event(tag: AuditTag, subject_id: str, at: float = NOW):
    return audit_event(at, "test", tag, subject_id, {})


async def add_account(store, account=ACCOUNT):
    async with store.changing() as writing:
        await writing.add_account(account, event(AuditTag.ACCOUNT_ADDED, account.id))


async def add_keys(store, *keys):
    async with store.changing() as writing:
        for key in keys:
            if key.tenant is not None and await writing.tenant(key.tenant) is None:
                await writing.add_tenant(Tenant(key.tenant, key.account, NOW))
            await writing.add_key(key, event(AuditTag.KEY_MINTED, key.id))


@pytest.fixture
async def filled(store):
    """A store with two accounts and one key."""
    await add_account(store)
    await add_account(store, OTHER)
    await add_keys(store, KEY)
    return store


FULL_KEY = a_key(
    id="FULLFULL01",
    name='Ünï "quoted" <b>',
    resources=("r-1", "r-2"),
    scopes=frozenset({"boards:write", "old_query"}),
    plan="fast",
    limit=OWN_LIMIT,
    created_at=NOW + 0.123456,
    expires_at=NOW + 3600.5,
    disabled_at=NOW + 1,
    revoked_at=NOW + 2,
    revoked_by="anna",
    revoked_why="leaked; see #12",
    last_used_at=NOW + 3,
    labels={"team": "blue", "note": ""},
)


class TestKeys:
    async def test_an_unknown_id_finds_nothing(self, store):
        assert await store.find_key("nothere000") is None

    @pytest.mark.parametrize("key", [KEY, FULL_KEY, a_key(id="NOTENANT01", tenant=None, scopes=frozenset())])
    async def test_a_key_comes_back_as_it_went_in_with_its_account(self, store, key):
        await add_account(store)
        await add_keys(store, key)
        assert await store.find_key(key.id) == KeyRecord(key, ACCOUNT)

    async def test_ids_are_told_apart_by_case(self, filled):
        await add_keys(filled, a_key(id=KEY.id.lower(), name="another"))
        assert (await filled.find_key(KEY.id)).key.name == KEY.name

    async def test_a_change_replaces_all_but_digest_and_last_use(self, filled):
        changed = replace(
            KEY, name="new", disabled_at=NOW, labels={"a": "b"}, digest="$argon2id$other", last_used_at=9.0
        )
        async with filled.changing() as writing:
            await writing.change_key(changed, event(AuditTag.KEY_DISABLED, KEY.id))
        found = (await filled.find_key(KEY.id)).key
        assert found == replace(changed, digest=DIGEST, last_used_at=None)

    async def test_rehashing_compares_and_sets(self, filled):
        assert await filled.rehash(KEY.id, DIGEST, "$argon2id$new")
        assert not await filled.rehash(KEY.id, DIGEST, "$argon2id$newer")
        assert not await filled.rehash("nothere000", DIGEST, "$argon2id$new")
        assert (await filled.find_key(KEY.id)).key.digest == "$argon2id$new"

    async def test_uses_are_recorded_together_and_never_go_back(self, filled):
        await add_keys(filled, a_key(id="SECOND0001"))
        await filled.record_uses({KEY.id: NOW + 5, "SECOND0001": NOW + 6, "nothere000": NOW})
        await filled.record_uses({KEY.id: NOW + 4})
        await filled.record_uses({})
        assert (await filled.find_key(KEY.id)).key.last_used_at == NOW + 5
        assert (await filled.find_key("SECOND0001")).key.last_used_at == NOW + 6

    async def test_rehash_and_use_are_no_changes(self, filled):
        before = await filled.latest_change(), await filled.list_audit_events()
        await filled.rehash(KEY.id, DIGEST, "$argon2id$new")
        await filled.record_uses({KEY.id: NOW})
        assert (await filled.latest_change(), await filled.list_audit_events()) == before


class TestLists:
    KEYS = (
        a_key(id="K000000001", name="Alpha 100%", created_at=NOW + 1),
        a_key(id="K000000002", name="beta_x", created_at=NOW + 2, disabled_at=NOW, prefix="any", tenant=None),
        a_key(id="K000000003", name="GAMMA", created_at=NOW + 2, revoked_at=NOW, revoked_by="t", disabled_at=NOW),
        a_key(id="K000000004", name="delta", created_at=NOW + 3, expires_at=NOW + 10, plan="fast"),
        a_key(id="K000000005", name="old", created_at=NOW + 4, expires_at=NOW + 9, scopes=frozenset({"old_query"})),
        a_key(id="K000000006", name="theirs", created_at=NOW + 5, account="other", tenant="pixel-9"),
    )
    AT = NOW + 10

    @pytest.fixture
    async def listed(self, store):
        await add_account(store)
        await add_account(store, OTHER)
        await add_keys(store, *self.KEYS)
        return store

    async def test_the_newest_come_first(self, listed):
        assert [key.id[-1] for key in await listed.list_keys()] == list("654321")

    @pytest.mark.parametrize("size", [1, 2, 3, 6, 7])
    async def test_pages_hold_every_key_once(self, listed, size):
        seen, cursor = [], None
        while page := await listed.list_keys(after=cursor, limit=size):
            assert len(page) <= size
            seen += page
            cursor = KeyCursor.after(page[-1])
        assert [key.id[-1] for key in seen] == list("654321")

    @pytest.mark.parametrize(
        ("wanted", "found"),
        [
            (KeyFilter(), "654321"),
            (KeyFilter(account="other"), "6"),
            (KeyFilter(tenant="pixel-1"), "5431"),
            (KeyFilter(tenant="nobody"), ""),
            (KeyFilter(prefix="any"), "2"),
            (KeyFilter(plan="fast"), "4"),
            (KeyFilter(scope="old_query"), "5"),
            (KeyFilter(scope="old"), ""),
            (KeyFilter(scope="oldxquery"), ""),
            (KeyFilter(text="gamma"), "3"),
            (KeyFilter(text="ALPHA"), "1"),
            (KeyFilter(text="0%"), "1"),
            (KeyFilter(text="a_x"), "2"),
            (KeyFilter(text="_"), "2"),
            (KeyFilter(text="K000000004"), "4"),
            (KeyFilter(text="000004"), ""),
            (KeyFilter(account="acme", state=KeyState.ACTIVE), "1"),
            (KeyFilter(state=KeyState.EXPIRED, scope="old_query"), "5"),
        ],
    )
    async def test_filters(self, listed, wanted, found):
        assert "".join(key.id[-1] for key in await listed.list_keys(wanted, now=self.AT)) == found

    @pytest.mark.parametrize("state", KeyState)
    async def test_the_states_are_those_that_judge_finds(self, listed, state):
        wanted = {key.id for key in self.KEYS if judge(key, self.AT) is state}
        assert {key.id for key in await listed.list_keys(KeyFilter(state=state), now=self.AT)} == wanted

    async def test_accounts_and_tenants_are_listed_by_id_page_by_page(self, listed):
        assert await listed.list_accounts() == [ACCOUNT, OTHER]
        assert await listed.list_accounts(limit=1) == [ACCOUNT]
        assert await listed.list_accounts(after="acme") == [OTHER]
        assert await listed.list_tenants("acme") == [Tenant("pixel-1", "acme", NOW)]
        assert await listed.list_tenants("acme", after="pixel-1") == []
        assert await listed.find_account("other") == OTHER
        assert await listed.find_account("nobody") is None


class TestPlans:
    PLAN = Plan("added", Limit(10, 60, 12), LimitBy.TENANT)

    async def test_plans_are_added_changed_and_removed(self, store):
        async with store.changing() as writing:
            await writing.add_plan(self.PLAN, event(AuditTag.PLAN_ADDED, "added"))
        assert await store.list_plans() == [self.PLAN]
        custom = Plan("added", None, LimitBy.ACCOUNT)
        async with store.changing() as writing:
            await writing.change_plan(custom, event(AuditTag.PLAN_CHANGED, "added"))
        assert await store.list_plans() == [custom]
        async with store.changing() as writing:
            await writing.remove_plan("added", event(AuditTag.PLAN_REMOVED, "added"))
        assert await store.list_plans() == []

    async def test_a_plan_is_used_by_accounts_and_by_keys_that_are_not_revoked(self, filled):
        await add_keys(
            filled,
            a_key(id="ONPLAN0001", plan="by-key"),
            a_key(id="ONPLAN0002", plan="revoked", revoked_at=NOW, revoked_by="t"),
        )
        async with filled.changing() as writing:
            used = {name: await writing.is_plan_used(name) for name in ("small", "by-key", "revoked", "nobodys")}
        assert used == {"small": True, "by-key": True, "revoked": False, "nobodys": False}


class TestChanges:
    async def test_nothing_has_happened_at_first(self, store):
        assert await store.latest_change() == 0
        assert await store.changes_since(0) == []

    async def test_each_write_is_one_change_and_one_chained_event(self, filled):
        changes = await filled.changes_since(0)
        assert changes == [
            Change(1, ChangeSubject.ACCOUNT, "acme"),
            Change(2, ChangeSubject.ACCOUNT, "other"),
            Change(3, ChangeSubject.KEY, KEY.id),
        ]
        assert await filled.latest_change() == 3
        events = await filled.list_audit_events()
        assert [one.event.tag for one in events] == ["account:added", "account:added", "key:minted"]
        assert find_break(events) is None

    async def test_changes_are_read_in_pieces(self, filled):
        assert [change.seq for change in await filled.changes_since(1, limit=1)] == [2]
        assert [change.seq for change in await filled.changes_since(2)] == [3]
        assert await filled.changes_since(3) == []
        assert [one.seq for one in await filled.list_audit_events(after=1, limit=1)] == [2]

    async def test_a_transaction_that_fails_leaves_nothing(self, filled):
        before = await filled.latest_change(), await filled.list_audit_events(), await filled.list_keys()

        async def fails():
            async with filled.changing() as writing:
                await writing.add_tenant(Tenant("pixel-2", "acme", NOW))
                await writing.add_key(a_key(id="HALFWAY001"), event(AuditTag.KEY_MINTED, "HALFWAY001"))
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fails()
        assert (await filled.latest_change(), await filled.list_audit_events(), await filled.list_keys()) == before
        assert [tenant.id for tenant in await filled.list_tenants("acme")] == ["pixel-1"]

    async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(self, filled):
        inside = asyncio.Event()

        async def never_ends():
            async with filled.changing() as writing:
                await writing.add_key(a_key(id="HALFWAY001"), event(AuditTag.KEY_MINTED, "HALFWAY001"))
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(never_ends())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await add_keys(filled, a_key(id="NEXT000001"))
        assert await filled.find_key("HALFWAY001") is None
        assert await filled.latest_change() == 4

    async def test_reading_goes_on_beside_a_change_that_is_not_committed(self, filled):
        async with filled.changing() as writing:
            await writing.add_key(a_key(id="HALFWAY001"), event(AuditTag.KEY_MINTED, "HALFWAY001"))
            assert await filled.find_key("HALFWAY001") is None
            assert await filled.latest_change() == 3
        assert await filled.find_key("HALFWAY001") is not None

    async def test_many_at_once_on_two_stores_leave_no_gap_and_a_whole_chain(self, filled, store_url):
        """Numbers are the order of the commits: who has read up to one will never find a smaller one later."""
        other = await open_store(store_url)
        lifecycles = [Lifecycle(one, rules(), Hasher(CHEAP)) for one in (filled, other)]
        seen: list[int] = []
        done = asyncio.Event()

        async def watch():
            while not done.is_set():
                seen.extend(change.seq for change in await other.changes_since(seen[-1] if seen else 0))

        watching = asyncio.create_task(watch())
        await asyncio.gather(*(lifecycles[n % 2].mint(an_order(name=f"key {n}"), "test") for n in range(24)))
        done.set()
        await watching
        await other.close()
        latest = await filled.latest_change()
        assert latest == 3 + 24
        assert [change.seq for change in await filled.changes_since(0)] == list(range(1, latest + 1))
        assert seen == list(range(1, len(seen) + 1))
        events = await filled.list_audit_events(limit=1000)
        assert len(events) == latest
        assert find_break(events) is None

    async def test_two_orders_of_one_new_tenant_do_not_both_register_it(self, filled):
        lifecycle = Lifecycle(filled, rules(), Hasher(CHEAP))
        orders = [an_order(tenant="contested"), an_order(tenant="contested", account="other")]
        results = await asyncio.gather(*(lifecycle.mint(one, "test") for one in orders), return_exceptions=True)
        assert sorted(isinstance(result, Rejected) for result in results) == [False, True]


class TestInvariants:
    """What the database refuses even if the code above it has a bug."""

    @pytest.mark.parametrize(
        "key",
        [
            KEY,
            a_key(id="TOOSHORT"),
            a_key(id="BADKEY0001", account="nobody"),
            a_key(id="BADKEY0002", account="other"),
            a_key(id="BADKEY0003", digest="px_the_plaintext_itself"),
            a_key(id="BADKEY0004", expires_at=NOW),
            a_key(id="BADKEY0005", revoked_at=NOW),
            a_key(id="BADKEY0006", revoked_by="anna"),
        ],
        ids=lambda key: key.id,
    )
    async def test_an_impossible_key(self, filled, key):
        with pytest.raises(IntegrityError):
            async with filled.changing() as writing:
                await writing.add_key(key, event(AuditTag.KEY_MINTED, key.id))
        assert await filled.latest_change() == 3

    @pytest.mark.parametrize(
        "statement",
        [
            "INSERT INTO ledger VALUES (2, 0, 0, 'x')",
            "UPDATE accounts SET limit_count = 5",
            "UPDATE accounts SET limit_count = 0, limit_period_s = 1, limit_burst = 1",
            "INSERT INTO tenants VALUES ('pixel-1', 'other', 0)",
            "INSERT INTO tenants VALUES ('pixel-2', 'nobody', 0)",
            "INSERT INTO changes VALUES (99, 'tenant', 'x', 0)",
            "INSERT INTO changes VALUES (1, 'key', 'x', 0)",
            "INSERT INTO plans VALUES ('p', NULL, NULL, NULL, 'planet', 0)",
            "DELETE FROM accounts WHERE id = 'acme'",
            "UPDATE audit_events SET prev = (SELECT min(prev) FROM audit_events)",
        ],
    )
    async def test_an_impossible_row(self, filled, statement):
        with pytest.raises(IntegrityError):
            async with filled._writing() as connection:
                await connection.execute(text(statement))


class TestOpening:
    async def test_a_second_store_sees_what_the_first_wrote(self, filled, store_url):
        other = await open_store(store_url)
        try:
            assert (await other.find_key(KEY.id)).key == KEY
            await other.ping()
        finally:
            await other.close()

    async def test_creating_what_is_there_changes_nothing(self, filled, store_url):
        other = await open_store(store_url, create=True)
        try:
            assert await other.latest_change() == 3
        finally:
            await other.close()
