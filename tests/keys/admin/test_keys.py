"""The endpoints of keys: mint, list, show, change, revoke, rotate, many at once, verify, leaks."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from keys.audit import AuditTag, audit_event
from keys.lifecycle import Lifecycle
from keys.model import Role
from keys.secret import mint_text, parse_key
from keys.session import Sessions
from keys.verify import IMPORTED, Hasher
from tests.keys.admin.conftest import events
from tests.keys.builders import CHEAP, NOW, a_key, an_order, rules

MINT = {"prefix": "px", "name": "new", "account": "acme", "tenant": "pixel-1", "scopes": ["boards:write"]}
DAY_S = 86_400


class TestMinting:
    async def test_the_secret_is_told_once_and_good(self, admin, store, changes):
        answer = await admin("POST", "/v1/keys", MINT | {"labels": {"team": "blue"}}, expect=201)
        secret, key = answer.json()["secret"], answer.json()["key"]
        assert parse_key(secret, "px").id == key["id"]
        assert answer.headers["location"] == f"/v1/keys/{key['id']}"
        assert (key["state"], key["labels"], key["scopes"]) == ("active", {"team": "blue"}, ["boards:write"])
        assert key["created_by"].startswith("operator:")
        assert "from" not in key["created_by"]
        assert changes == [1]
        shown = await admin("GET", answer.headers["location"], expect=200)
        listed = await admin("GET", "/v1/keys", expect=200)
        exported = await admin("GET", "/v1/audit/export", expect=200)
        assert not [text for text in (shown, listed, exported) if secret in text.text]
        assert shown.headers["etag"] == answer.headers["etag"]

    async def test_where_from_is_in_the_audit_log_alone(self, admin, store):
        await admin("POST", "/v1/keys", MINT, expect=201)
        (minted,) = await events(store, "key:minted")
        assert minted.actor.endswith(" from 127.0.0.1")

    async def test_everything_that_is_wrong_is_said_at_once(self, admin):
        wrong = {"prefix": "zz", "name": " x", "account": "nobody", "scopes": ["old_query"], "plan": "nope"}
        answer = await admin("POST", "/v1/keys", wrong, expect=422)
        assert (answer.json()["code"], {one["field"] for one in answer.json()["errors"]}) == (
            "rejected",
            {"prefix", "name", "account", "plan"},
        )

    @pytest.mark.parametrize("field", ["name", "labels"])
    async def test_a_secret_in_a_text_is_refused_and_not_repeated(self, admin, field):
        secret = mint_text("px").text
        value = secret if field == "name" else {"note": f"see {secret}"}
        answer = await admin("POST", "/v1/keys", MINT | {field: value}, expect=422)
        assert secret not in answer.text

    async def test_a_repeated_request_makes_one_key_and_tells_its_secret_once(self, admin, store):
        first = await admin("POST", "/v1/keys", MINT, idempotency_key="one", expect=201)
        again = await admin("POST", "/v1/keys", MINT, idempotency_key="one", expect=201)
        other = await admin("POST", "/v1/keys", MINT, idempotency_key="two", expect=201)
        assert again.json() == {"secret": None, "key": first.json()["key"]}
        assert (again.headers["idempotency-replayed"], "idempotency-replayed" in first.headers) == ("true", False)
        assert other.json()["key"]["id"] != first.json()["key"]["id"]
        assert len(await store.list_keys()) == 2

    async def test_a_token_stands_for_one_request_of_one_operator_for_a_day(self, apis, clock):
        admin = apis[Role.ADMIN]
        await admin("POST", "/v1/keys", MINT, idempotency_key="one", expect=201)
        reused = await admin("POST", "/v1/keys", MINT | {"name": "other"}, idempotency_key="one", expect=422)
        assert reused.json()["code"] == "idempotency_key_reused"
        theirs = await apis[Role.OPERATOR]("POST", "/v1/keys", MINT, idempotency_key="one", expect=201)
        assert theirs.json()["secret"]
        clock.now += DAY_S + 1
        assert (await admin("POST", "/v1/keys", MINT, idempotency_key="one", expect=201)).json()["secret"]

    @pytest.mark.parametrize("token", ["", "a b", "x" * 256])
    async def test_a_token_of_another_form_is_refused(self, admin, token):
        await admin("POST", "/v1/keys", MINT, idempotency_key=token, expect=422)


class TestListing:
    @pytest.fixture
    async def several(self, store, clock):
        """Keys a day apart, the newest last; by name."""
        old_rules = rules()
        lifecycle = Lifecycle(store, old_rules, Hasher(CHEAP), clock=clock)
        made = {}
        for name, order in {
            "plain": an_order(name="Plain report"),
            "ends": an_order(name="Ends", expires_at=NOW + 8 * DAY_S),
            "other": an_order(name="Theirs", account="other", tenant="pixel-9"),
            "feed": an_order(name="A feed", prefix="ac", tenant=None, scopes=frozenset({"feed:read"}), plan="fast"),
            "gone": an_order(name="Gone"),
        }.items():
            made[name] = (await lifecycle.mint(order, "test")).key.id
            clock.now += DAY_S
        await lifecycle.revoke(made["gone"], "test", "a test")
        await store.record_uses({made["plain"]: clock.now})
        return made

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("", "gone feed other ends plain"),
            ("account=other", "other"),
            ("tenant=pixel-9", "other"),
            ("prefix=ac", "feed"),
            ("plan=fast", "feed"),
            ("scope=feed:read", "feed"),
            ("state=revoked", "gone"),
            ("state=active&account=acme", "feed ends plain"),
            ("legacy=true", ""),
            ("unused_days=3", "other ends"),
            ("expiring_days=4", "ends"),
            ("expiring_days=2", ""),
            ("search=REPORT", "plain"),
            ("search=no-such", ""),
        ],
    )
    async def test_filters(self, admin, several, query, expected):
        answer = await admin("GET", f"/v1/keys?{query}", expect=200)
        names = {key_id: name for name, key_id in several.items()}
        assert " ".join(names[one["id"]] for one in answer.json()["items"]) == expected
        assert answer.json()["next"] is None

    async def test_an_id_a_hint_and_a_whole_key_find_the_key(self, admin, several, own_key):
        hint = f"px_{own_key.key.id}…"
        for text in (own_key.key.id, hint, own_key.text):
            answer = await admin.client.get("/v1/keys", params={"search": text})
            assert [one["id"] for one in answer.json()["items"]] == [own_key.key.id]
            assert own_key.text not in answer.text

    async def test_pages_follow_each_other_without_gap_or_repetition(self, admin, several):
        seen, after = [], ""
        while True:
            page = (await admin("GET", f"/v1/keys?limit=2{after}", expect=200)).json()
            seen += [one["id"] for one in page["items"]]
            if page["next"] is None:
                break
            after = f"&after={page['next']}"
        assert seen == [several[name] for name in ["gone", "feed", "other", "ends", "plain"]]

    @pytest.mark.parametrize(
        "after", ["x", "W10", "WyJhIiwiYiJd", "bnVsbA", "WzEuMCwgIngiXQ", "W05hTiwgIkFBQUFBQUFBQUEiXQ"]
    )
    async def test_a_place_that_no_page_gave_is_refused(self, admin, after):
        answer = await admin("GET", f"/v1/keys?after={after}", expect=422)
        assert answer.json()["errors"][0]["field"] == "after"

    async def test_legacy_keys_are_found(self, admin, store, own_key):
        old = replace(own_key.key, scopes=frozenset({"old_query"}))
        async with store.changing() as writing:
            await writing.change_key(old, audit_event(NOW, "test", AuditTag.KEY_CHANGED, old.id, {}))
        found = (await admin("GET", "/v1/keys?legacy=true", expect=200)).json()["items"]
        assert [one["id"] for one in found] == [old.id]
        shown = (await admin("GET", f"/v1/keys/{old.id}", expect=200)).json()
        assert (shown["scopes"], shown["granted_scopes"], shown["legacy_scopes"]) == (
            ["old_query"],
            ["reports:read"],
            ["old_query"],
        )


class TestChanging:
    async def test_what_is_absent_stays_and_null_clears(self, admin, own_key):
        path = f"/v1/keys/{own_key.key.id}"
        full = {"name": "n", "labels": {"a": "b"}, "plan": "fast", "limit": {"count": 5, "period_s": 60}}
        full |= {"expires_at": "2030-01-01T00:00:00Z", "resources": ["r-1"], "scopes": ["reports:read"]}
        changed = (await admin("PATCH", path, full, if_match="*", expect=200)).json()
        assert {name: changed[name] for name in full} == full | {"limit": {"count": 5, "period_s": 60, "burst": 5}}
        cleared = {"plan": None, "limit": None, "expires_at": None, "resources": None, "name": None, "scopes": None}
        after = (await admin("PATCH", path, cleared, if_match="*", expect=200)).json()
        assert {name: after[name] for name in full} == full | cleared | {"name": "n", "scopes": ["reports:read"]}

    async def test_only_who_has_read_it_last_changes_it(self, admin, own_key, changes):
        path = f"/v1/keys/{own_key.key.id}"
        read = (await admin("GET", path, expect=200)).headers["etag"]
        assert (await admin("PATCH", path, {"name": "a"})).json()["code"] == "revision_required"
        first = await admin("PATCH", path, {"name": "a"}, if_match=read, expect=200)
        late = await admin("PATCH", path, {"name": "b"}, if_match=read, expect=412)
        assert late.json()["code"] == "revision_changed"
        await admin("PATCH", path, {"name": "b"}, if_match=f'"x", {first.headers["etag"]}', expect=200)
        await admin("POST", f"{path}/disable", {}, expect=200)
        await admin("PATCH", path, {"name": "c"}, if_match=first.headers["etag"], expect=412)

    async def test_before_and_after_are_in_the_audit_log(self, admin, own_key, store):
        await admin("PATCH", f"/v1/keys/{own_key.key.id}", {"name": "new"}, if_match="*", expect=200)
        await admin("PATCH", f"/v1/keys/{own_key.key.id}", {"name": "new"}, if_match="*", expect=200)
        (changed,) = await events(store, "key:changed")
        assert changed.details == '{"after":{"name":"new"},"before":{"name":"A key"}}'

    @pytest.mark.parametrize(
        "wrong",
        [
            {"scopes": ["old_query"]},
            {"scopes": ["feed:read"]},
            {"plan": "nope"},
            {"expires_at": "2020-01-01T00:00:00Z"},
        ],
    )
    async def test_the_rules_of_minting_hold(self, admin, own_key, wrong):
        answer = await admin("PATCH", f"/v1/keys/{own_key.key.id}", wrong, if_match="*", expect=422)
        assert answer.json()["code"] == "rejected"

    async def test_disable_enable_revoke(self, admin, own_key, changes):
        path = f"/v1/keys/{own_key.key.id}"
        assert (await admin("POST", f"{path}/disable", {}, expect=200)).json()["state"] == "disabled"
        assert (await admin("POST", f"{path}/enable", {}, expect=200)).json()["state"] == "active"
        revoked = (await admin("POST", f"{path}/revoke", {"why": "a test"}, expect=200)).json()
        assert (revoked["key"]["state"], revoked["key"]["revoked_why"], revoked["acknowledged"]) == (
            "revoked",
            "a test",
            None,
        )
        assert (await admin("POST", f"{path}/enable", {}, expect=422)).json()["code"] == "rejected"
        await admin("POST", f"{path}/revoke", {}, expect=422)
        assert len(changes) >= 3

    async def test_a_revocation_says_who_has_applied_it(self, admin, own_key):
        body = {"why": "a test", "wait_s": 1}
        answer = (await admin("POST", f"/v1/keys/{own_key.key.id}/revoke", body, expect=200)).json()
        assert answer["acknowledged"]["is_complete"] is True  # nobody serves keys here
        assert answer["acknowledged"]["missing"] == []


class TestRotating:
    async def test_a_successor_with_the_same_rights_and_an_overlap(self, admin, own_key, clock):
        path = f"/v1/keys/{own_key.key.id}"
        done = (await admin("POST", f"{path}/rotate", {"overlap_s": 3600}, expect=201)).json()
        assert parse_key(done["secret"], "px").id == done["key"]["id"]
        assert (done["key"]["rotated_from"], done["replaces"]["rotated_to"]) == (own_key.key.id, done["key"]["id"])
        same = ("name", "account", "tenant", "scopes", "plan", "limit", "labels", "expires_at")
        assert [done["key"][name] for name in same] == [
            done["replaces"][name] if name != "expires_at" else None for name in same
        ]
        for moment, state in ((3599, "active"), (3600, "expired")):
            clock.now = NOW + moment
            assert (await admin("GET", path, expect=200)).json()["state"] == state

    async def test_it_is_repeated_without_making_another(self, admin, own_key, store):
        path = f"/v1/keys/{own_key.key.id}/rotate"
        first = (await admin("POST", path, {}, idempotency_key="r", expect=201)).json()
        again = (await admin("POST", path, {}, idempotency_key="r", expect=201)).json()
        assert again == first | {"secret": None}
        assert len(await store.list_keys()) == 2
        assert (await admin("POST", path, {}, expect=422)).json()["code"] == "rejected"


class TestMany:
    async def test_first_seen_then_done(self, admin, own_key, foreign_key, store, changes):
        wanted = {"filter": {"account": "acme"}}
        seen = (await admin("POST", "/v1/keys/revoke", wanted, expect=200)).json()
        assert (seen["dry_run"], seen["count"], seen["keys"][0]["state"]) == (True, 1, "active")
        assert (await store.find_key(own_key.key.id)).key.revoked_at is None
        for less in ({"dry_run": False}, {"dry_run": False, "expected": 1}, {"dry_run": False, "why": "x"}):
            await admin("POST", "/v1/keys/revoke", wanted | less, expect=422)
        other = await admin(
            "POST", "/v1/keys/revoke", wanted | {"dry_run": False, "expected": 2, "why": "x"}, expect=409
        )
        assert other.json()["code"] == "other_count"
        done = await admin(
            "POST", "/v1/keys/revoke", wanted | {"dry_run": False, "expected": 1, "why": "x"}, expect=200
        )
        assert [one["state"] for one in done.json()["keys"]] == ["revoked"]
        assert (await store.find_key(foreign_key.key.id)).key.revoked_at is None

    @pytest.mark.parametrize("everything", [{}, {"legacy": None}])
    async def test_every_key_there_is_is_never_meant(self, admin, own_key, everything):
        await admin("POST", "/v1/keys/revoke", {"filter": everything}, expect=422)


class TestVerifying:
    @pytest.mark.parametrize(
        ("asked", "reason"),
        [
            ({}, None),
            ({"tenant": "pixel-1", "scopes": ["boards:read"]}, None),
            ({"tenant": "pixel-2"}, "other_tenant"),
            ({"scopes": ["reports:read"]}, "insufficient_scope"),
        ],
    )
    async def test_a_right_key(self, admin, own_key, asked, reason):
        told = (await admin("POST", "/v1/keys/verify", {"key": own_key.text} | asked, expect=200)).json()
        assert (told["good"], told["reason"], told["key"]["id"]) == (reason is None, reason, own_key.key.id)

    async def test_a_wrong_one(self, admin, own_key):
        wrong = mint_text("px").text
        for text in (wrong, own_key.text[:-1] + "x", "nonsense", "op_" + "A" * 40):
            told = (await admin("POST", "/v1/keys/verify", {"key": text}, expect=200)).json()
            assert told == {"good": False, "reason": "unknown", "key": None}

    async def test_a_revoked_one(self, admin, own_key, lifecycle):
        await lifecycle.revoke(own_key.key.id, "test", "a test")
        told = (await admin("POST", "/v1/keys/verify", {"key": own_key.text}, expect=200)).json()
        assert told["reason"] == "revoked"


@pytest.fixture
async def imported_text(store):
    """The text of a key that another system made, known here by its SHA-256 alone."""
    text = "legacy-9f8e7d6c5b4a"
    digest = IMPORTED + sha256(text.encode()).hexdigest()
    key = a_key(id="IMPORTED01", tenant=None, prefix="any", scopes=frozenset(), digest=digest)
    async with store.changing() as writing:
        await writing.add_imported([key], [], audit_event(NOW, "test", AuditTag.KEYS_IMPORTED, "file", {}))
    return text


class TestImportedKeys:
    async def test_one_is_verified_and_its_leak_ends_it(self, admin, imported_text):
        told = (await admin("POST", "/v1/keys/verify", {"key": imported_text}, expect=200)).json()
        assert (told["good"], told["key"]["id"]) == (True, "IMPORTED01")
        leaked = await admin("POST", "/v1/leaks", {"keys": [imported_text], "source": "a paste"}, expect=200)
        assert leaked.json()["items"] == [{"hint": "any_IMPORTED01…", "outcome": "revoked"}]
        told = (await admin("POST", "/v1/keys/verify", {"key": imported_text + "x"}, expect=200)).json()
        assert told["reason"] == "unknown"


class TestLeaks:
    async def test_what_is_ours_is_revoked_and_no_text_is_kept(self, admin, own_key, foreign_key, store, capfd):
        texts = [own_key.text, mint_text("px").text, "nonsense", own_key.text]
        answer = await admin("POST", "/v1/leaks", {"keys": texts, "source": "a public repository"}, expect=200)
        assert [one["outcome"] for one in answer.json()["items"]] == ["revoked", "unknown", "unknown", "revoked_before"]
        key = (await store.find_key(own_key.key.id)).key
        assert (key.revoked_why, key.revoked_by.split(":")[0]) == ("leaked: a public repository", "operator")
        assert (await store.find_key(foreign_key.key.id)).key.revoked_at is None
        (reported,) = await events(store, "leak:reported")
        assert (
            reported.details == '{"counts":{"revoked":1,"revoked_before":1,"unknown":2},"source":"a public repository"}'
        )
        exported = (await admin("GET", "/v1/audit/export", expect=200)).text
        written = exported + answer.text + "".join(capfd.readouterr())
        assert not [text for text in texts if len(text) > 20 and text in written]

    async def test_a_key_in_the_source_is_refused(self, admin, own_key):
        source = f"https://example.com/?key={own_key.text}"
        answer = await admin("POST", "/v1/leaks", {"keys": [own_key.text], "source": source}, expect=422)
        assert own_key.text not in answer.text


async def test_no_secret_is_in_the_database(admin, operators, store, tmp_path):
    secret = (await admin("POST", "/v1/keys", MINT, idempotency_key="one", expect=201)).json()["secret"]
    cookie = (await Sessions(store).start(operators[Role.ADMIN].operator)).cookie
    await store.close()
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("keys.db*"))
    for text in (secret, cookie, *(issued.token for issued in operators.values())):
        assert text.encode() not in stored
