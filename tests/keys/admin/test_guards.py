"""What keeps the admin API from being used by others: each test fails when its guard is taken out."""

from __future__ import annotations

import pytest

from keys.admin.guard import SECURITY_FIELDS
from keys.errors import StoreUnavailable
from keys.model import Role
from keys.secret import mint_text
from keys.session import COOKIE
from tests.keys.admin.conftest import BASE, Api, events

MINT = {"prefix": "px", "name": "new", "account": "acme", "tenant": "pixel-1"}
SAME_SITE = {"sec-fetch-site": "same-origin"}


@pytest.fixture
async def browser(app, operators):
    """A browser that an admin signed in with: it sends its cookie, and no token."""
    signed_in = Api(app)
    answer = await signed_in("POST", "/v1/session", {"token": operators[Role.ADMIN].token}, expect=201)
    signed_in.csrf = answer.json()["csrf_token"]
    signed_in.cookie = answer.headers["set-cookie"].split(";")[0].split("=", 1)[1]
    signed_in.client.cookies.clear()  # httpx would not send a Secure cookie over http; a browser does, to localhost
    signed_in.client.headers["cookie"] = f"{COOKIE}={signed_in.cookie}"
    return signed_in


class TestRebinding:
    @pytest.mark.parametrize(
        "host", ["evil.example", "evil.example:8081", "127.0.0.1.evil.example", "", "localhost@evil"]
    )
    async def test_a_foreign_host_gets_421_and_nothing_is_looked_at(self, admin, host):
        answer = await admin("GET", "/v1/keys", host=host)
        assert (answer.status_code, answer.json()["code"]) == (421, "wrong_host")
        assert (await admin("GET", "/openapi.json", host=host)).status_code == 421

    @pytest.mark.parametrize(
        "host",
        ["127.0.0.1:8081", "localhost", "LOCALHOST:1", "[::1]:8081", "admin.example.com", "Admin.Example.com:443"],
    )
    async def test_its_own_names_are_answered(self, admin, host):
        await admin("GET", "/v1/scopes", host=host, expect=200)

    async def test_two_hosts_are_none(self, admin):
        answer = await admin.client.get("/v1/scopes", headers=[("host", "localhost"), ("host", "evil.example")])
        assert answer.status_code == 421


class TestSessions:
    async def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(self, app, operators):
        answer = await Api(app)("POST", "/v1/session", {"token": operators[Role.ADMIN].token}, expect=201)
        attributes = answer.headers["set-cookie"].split("; ")
        assert attributes[0].startswith("__Host-")
        assert set(attributes[1:]) == {"Path=/", "Secure", "HttpOnly", "SameSite=Strict"}
        assert operators[Role.ADMIN].token not in answer.text + answer.headers["set-cookie"]

    async def test_a_session_reads(self, browser):
        answer = await browser("GET", "/v1/session", expect=200)
        assert answer.json()["csrf_token"] == browser.csrf
        assert answer.json()["operator"]["role"] == "admin"

    async def test_a_session_changes_from_its_own_page_with_its_token(self, browser, own_key):
        await browser("POST", "/v1/keys", MINT, expect=201, x_csrf_token=browser.csrf, **SAME_SITE)
        await browser("POST", "/v1/keys", MINT, expect=201, x_csrf_token=browser.csrf, origin=BASE)

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            SAME_SITE,
            {"x_csrf_token": "RIGHT"},
            {"x_csrf_token": "0" * 64, **SAME_SITE},
            {"x_csrf_token": "RIGHT", "sec-fetch-site": "cross-site"},
            {"x_csrf_token": "RIGHT", "sec-fetch-site": "same-site"},
            {"x_csrf_token": "RIGHT", "sec-fetch-site": "none"},
            {"x_csrf_token": "RIGHT", "origin": "http://evil.example"},
            {"x_csrf_token": "RIGHT", "origin": "null"},
            {"x_csrf_token": "RIGHT", "origin": BASE, "sec-fetch-site": "cross-site"},
        ],
    )
    async def test_another_site_changes_nothing(self, browser, own_key, store, headers):
        before = await store.list_keys()
        right = {name: browser.csrf if value == "RIGHT" else value for name, value in headers.items()}
        answer = await browser("POST", "/v1/keys", MINT, **right)
        assert (answer.status_code, answer.json()["code"]) == (403, "cross_site")
        assert await store.list_keys() == before
        assert [one.actor.split(" ")[0][:9] for one in await events(store, "admin:refused")] == ["operator:"]

    async def test_a_form_of_another_site_cannot_say_json(self, browser, own_key):
        answer = await browser.client.post(
            "/v1/keys", content=b"{}", headers={"content-type": "text/plain", "x-csrf-token": browser.csrf, **SAME_SITE}
        )
        assert (answer.status_code, answer.json()["code"]) == (415, "not_json")

    async def test_another_site_signs_nobody_in(self, app, operators):
        body = {"token": operators[Role.ADMIN].token}
        answer = await Api(app)("POST", "/v1/session", body, origin="http://evil.example")
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)

    async def test_signing_in_makes_a_new_id_and_ends_the_one_that_was_sent(self, app, browser, operators):
        body = {"token": operators[Role.VIEWER].token}
        answer = await browser("POST", "/v1/session", body, expect=201)
        fixed = browser.cookie
        fresh = answer.headers["set-cookie"].split(";")[0].split("=", 1)[1]
        assert fresh != fixed
        await browser("GET", "/v1/session", expect=401)
        await browser("GET", "/v1/session", expect=200, cookie=f"{COOKIE}={fresh}")

    async def test_an_id_that_nobody_was_given_is_no_session(self, app, operators):
        await Api(app)("GET", "/v1/session", expect=401, cookie=f"{COOKIE}={'A' * 43}")
        await Api(app)("GET", "/v1/session", expect=401, cookie=f"{COOKIE}=x")

    async def test_signing_out_ends_it(self, browser, store):
        answer = await browser("DELETE", "/v1/session", expect=204, x_csrf_token=browser.csrf, **SAME_SITE)
        assert "Max-Age=0" in answer.headers["set-cookie"]
        await browser("GET", "/v1/session", expect=401)
        assert len(await events(store, "session:ended")) == len(await events(store, "session:started")) == 1

    async def test_it_ends_when_it_is_idle_and_when_it_is_old(self, browser, clock):
        for _ in range(30):
            clock.now += 1799
            if (await browser("GET", "/v1/session")).status_code != 200:
                break
        else:
            pytest.fail("it lives for ever")
        assert clock.now >= 1_800_000_000 + 12 * 3600

    async def test_an_idle_one_ends_to_the_second(self, browser, clock):
        clock.now += 1799
        await browser("GET", "/v1/session", expect=200)
        clock.now += 1800
        await browser("GET", "/v1/session", expect=401)

    async def test_it_ends_with_its_operator(self, app, browser, operators, desk):
        await desk.operators.revoke(operators[Role.ADMIN].operator.id, "test")
        await browser("GET", "/v1/session", expect=401)


class TestThrottle:
    async def guess(self, app, address="192.0.2.7"):
        return (await Api(app, mint_text("op").text, address=address)("GET", "/v1/keys")).status_code

    async def test_five_failures_a_minute_for_each_address(self, app, operators, monotonic):
        assert [await self.guess(app) for _ in range(7)] == [401] * 5 + [429] * 2
        assert await self.guess(app, "192.0.2.8") == 401
        monotonic.now += 12
        assert [await self.guess(app) for _ in range(2)] == [401, 429]

    async def test_signing_in_counts_too_and_says_how_long_to_wait(self, app, operators):
        one = Api(app)
        answers = [await one("POST", "/v1/session", {"token": mint_text("op").text}) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert (answers[-1].headers["retry-after"], answers[-1].json()["code"]) == ("12", "too_many_failures")

    async def test_a_site_of_ipv6_is_one_address(self, app, operators):
        addresses = [f"2001:db8::{number}" for number in range(6)]
        assert [await self.guess(app, address) for address in addresses] == [401] * 5 + [429]
        assert await self.guess(app, "2001:db8:0:1::1") == 401

    async def test_who_is_known_is_not_locked_out_by_others_at_the_address(self, app, operators):
        api = Api(app, operators[Role.VIEWER].token, address="192.0.2.7")
        await api("GET", "/v1/keys", expect=200)
        assert [await self.guess(app) for _ in range(6)][-1] == 429
        await api("GET", "/v1/keys", expect=200)

    async def test_who_is_right_is_not_counted(self, app, operators):
        for role in (Role.VIEWER, Role.OPERATOR, Role.ADMIN, Role.OWNER):
            await Api(app, operators[role].token)("GET", "/v1/scopes", expect=200)
        assert [await self.guess(app, "127.0.0.1") for _ in range(5)] == [401] * 5

    async def test_a_revoked_token_is_counted_and_written_down(self, app, apis, operators, desk, store):
        viewer, issued = apis[Role.VIEWER], operators[Role.VIEWER]
        await viewer("GET", "/v1/keys", expect=200)
        await desk.operators.revoke(issued.operator.id, "test")
        assert [(await viewer("GET", "/v1/keys")).status_code for _ in range(7)][-1] == 429
        refused = await events(store, "admin:refused")
        assert {(one.actor, one.subject_id) for one in refused} == {("anonymous from 127.0.0.1", issued.operator.id)}

    async def test_who_is_refused_all_the_time_is_not_written_down_for_ever(self, apis, store, monotonic):
        codes = [(await apis[Role.VIEWER]("GET", "/v1/operators")).status_code for _ in range(62)]
        assert codes == [403] * 60 + [429] * 2
        assert len(await events(store, "admin:refused")) == 60


class TestMassAssignment:
    @pytest.mark.parametrize(
        "member", ["id", "digest", "created_by", "created_at", "revoked_at", "rotated_from", "last_used_at", "secret"]
    )
    async def test_what_a_caller_may_not_set_is_unknown(self, admin, own_key, member):
        answer = await admin("POST", "/v1/keys", MINT | {member: "x"}, expect=422)
        assert [one["field"] for one in answer.json()["errors"]] == [member]
        answer = await admin("PATCH", f"/v1/keys/{own_key.key.id}", {member: "x"}, if_match="*", expect=422)
        assert [one["field"] for one in answer.json()["errors"]] == [member]

    @pytest.mark.parametrize("member", ["account", "tenant", "prefix", "disabled_at"])
    async def test_whose_a_key_is_is_not_changed(self, admin, own_key, member):
        await admin("PATCH", f"/v1/keys/{own_key.key.id}", {member: "other"}, if_match="*", expect=422)

    async def test_a_member_that_stands_there_twice_is_refused(self, admin):
        body = b'{"prefix":"px","name":"a","name":"b","account":"acme","tenant":"pixel-1"}'
        answer = await admin.client.post("/v1/keys", content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")

    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("POST", "/v1/operators", {"name": "x", "role": "viewer", "id": "x"}),
            ("POST", "/v1/accounts", {"id": "x", "name": "x", "plan": "small", "created_at": 1}),
            ("POST", "/v1/session", {"token": "x", "role": "admin"}),
        ],
    )
    async def test_elsewhere_too(self, admin, method, path, body):
        await admin(method, path, body, expect=422)


class TestOwnRights:
    @pytest.mark.parametrize(
        "more",
        [{"account": "other"}, {"plan": "fast"}, {"limit": {"count": 10**9, "period_s": 1}}, {"account": "no-such"}],
    )
    async def test_an_owner_grants_no_more_than_they_have(self, owner, own_key, foreign_key, store, more):
        before = await store.list_keys()
        answer = await owner("POST", "/v1/keys", MINT | more)
        assert (answer.status_code, answer.json()["code"]) == (403, "beyond_own_rights")
        assert await store.list_keys() == before

    @pytest.mark.parametrize("more", [{"plan": "fast"}, {"limit": {"count": 10**9, "period_s": 1}}, {"limit": None}])
    async def test_nor_by_changing_a_key(self, owner, own_key, store, more):
        answer = await owner("PATCH", f"/v1/keys/{own_key.key.id}", more, if_match="*")
        assert (answer.status_code, answer.json()["code"]) == (403, "beyond_own_rights")
        assert (await store.find_key(own_key.key.id)).key == own_key.key

    async def test_a_foreign_tenant_and_a_new_one_are_the_same_to_an_owner(self, owner, own_key, foreign_key):
        foreign = await owner("POST", "/v1/keys", MINT | {"tenant": "pixel-9"}, expect=422)
        new = await owner("POST", "/v1/keys", MINT | {"tenant": "pixel-8"}, expect=422)
        assert foreign.content == new.content

    async def test_an_owner_sees_one_account_whatever_they_ask_for(self, owner, own_key, foreign_key):
        for query in (
            "",
            "?account=acme",
            "?search=A",
            f"?search={foreign_key.text}",
            "?account=other",
            "?tenant=pixel-9",
        ):
            seen = (await owner("GET", f"/v1/keys{query}", expect=200)).json()["items"]
            assert {one["account"] for one in seen} <= {"acme"}, query
        assert [one["id"] for one in (await owner("GET", "/v1/accounts", expect=200)).json()["items"]] == ["acme"]

    async def test_an_owner_revokes_in_one_account(self, owner, own_key, foreign_key):
        for wanted in ({"tenant": "pixel-9"}, {"account": "other"}, {"prefix": "px", "account": "other"}):
            found = await owner("POST", "/v1/keys/revoke", {"filter": wanted}, expect=200)
            assert found.json()["count"] == 0
        assert (await owner("POST", "/v1/keys/revoke", {"filter": {"prefix": "px"}})).json()["count"] == 1

    async def test_an_owner_is_not_told_whether_a_foreign_key_is_good(self, owner, foreign_key):
        wrong = await owner("POST", "/v1/keys/verify", {"key": mint_text("px").text}, expect=200)
        foreign = await owner("POST", "/v1/keys/verify", {"key": foreign_key.text}, expect=200)
        assert foreign.content == wrong.content


class TestAnswers:
    async def test_every_answer_carries_the_security_fields(self, admin, app):
        for answer in (
            await admin("GET", "/v1/keys"),
            await admin("GET", "/nope"),
            await Api(app)("GET", "/v1/keys"),
            await admin("GET", "/v1/keys", host="evil.example"),
        ):
            assert SECURITY_FIELDS.items() <= dict(answer.headers).items()

    async def test_a_problem_is_rfc_9457s(self, admin):
        answer = await admin("GET", "/nope", expect=404)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json() == {
            "type": "urn:keys:problem:not_found",
            "title": "There is no such thing",
            "status": 404,
            "code": "not_found",
            "detail": "there is nothing here, or nothing for you",
            "errors": [],
        }

    async def test_another_method_is_told_which_there_are(self, admin):
        answer = await admin("PUT", "/v1/keys", expect=405)
        assert answer.headers["allow"] == "GET, POST"

    async def test_a_body_has_an_end(self, admin):
        answer = await admin("POST", "/v1/keys", MINT | {"name": "x" * 1_000_001})
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    @pytest.mark.parametrize(
        "query", ["limit=1_0", "limit=+5", "limit=0", "limit=501", "nope=1", "limit=1&limit=2", "state=x", "legacy=1"]
    )
    async def test_a_query_is_read_strictly(self, admin, query):
        answer = await admin("GET", f"/v1/keys?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")

    async def test_an_outage_is_503_and_says_nothing_of_the_database(self, admin, store, monkeypatch):
        async def fail(*_):
            raise StoreUnavailable("the key store cannot be reached (secret-host)")

        monkeypatch.setattr(store, "list_keys", fail)
        answer = await admin("GET", "/v1/keys", expect=503)
        assert (answer.json()["code"], answer.headers["retry-after"]) == ("store_unavailable", "1")
        assert "secret-host" not in answer.text

    async def test_a_fault_of_ours_is_500_without_its_words(self, admin, store, monkeypatch):
        async def fail(*_):
            raise RuntimeError("px_secret")

        monkeypatch.setattr(store, "list_keys", fail)
        answer = await admin("GET", "/v1/keys", expect=500)
        assert answer.json()["code"] == "internal"
        assert "px_secret" not in answer.text
