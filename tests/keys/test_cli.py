"""The `keys` command, through its real entry point: what it prints where, and every way of using it wrongly."""

from __future__ import annotations

import json
import re
import time

import pytest
import yaml

from keys.cli import main
from keys.secret import mint_text, parse_key
from tests.keys.builders import SETTINGS

MINT = ("mint", "--prefix", "px", "--name", "My key", "--account", "acme", "--tenant", "pixel-1")


class Answer:
    """What one run of the command did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)

    @property
    def error(self):
        return json.loads(self.err)["error"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a settings file, to run the command in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.delenv("GATEWAY_CONFIG", raising=False)
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump({"version": 1, "keys": SETTINGS}))
    return tmp_path


@pytest.fixture
def keys(folder, capsys):
    """Runs the command."""

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = main(arguments)
        written = capsys.readouterr()
        assert "Traceback" not in written.err
        return Answer(code, written.out, written.err)

    return run


@pytest.fixture
def ready(keys):
    """The command beside a database with one account."""
    assert keys("db", "upgrade").code == 0
    assert keys("accounts", "add", "acme", "--name", "Acme [b]& Co", "--plan", "small").code == 0
    return keys


@pytest.fixture
def key_id(ready):
    return ready(*MINT, "--scope", "boards:write", "--json").json["id"]


class TestHelp:
    def test_without_arguments_it_shows_what_there_is(self, keys):
        answer = keys()
        assert answer.code == 2
        assert answer.err == ""
        for command in ("mint", "list", "show", "revoke", "disable", "enable", "accounts", "plans", "db"):
            assert command in answer.out

    @pytest.mark.parametrize(
        "command",
        [
            *("", "mint", "list", "show", "revoke", "disable", "enable", "db", "db upgrade", "db status"),
            *("accounts", "accounts add", "accounts list", "accounts show", "accounts change"),
            *("plans", "plans add", "plans list", "plans show", "plans change", "plans remove"),
        ],
    )
    def test_every_command_explains_itself(self, keys, command):
        answer = keys(*command.split(), "--help")
        assert answer.code == 0
        assert f"Usage: keys {command}".rstrip() in answer.out

    def test_every_command_that_works_has_the_common_flags(self, keys):
        for command in ("mint", "list", "show", "accounts add", "plans remove", "db status"):
            shown = keys(*command.split(), "--help").out
            assert all(flag in shown for flag in ("--config", "--store", "--json")), command


class TestMint:
    def test_the_secret_alone_is_on_stdout(self, ready):
        answer = ready(*MINT)
        assert answer.code == 0
        text = answer.out.removesuffix("\n")
        assert parse_key(text, "px")
        assert text not in answer.err
        assert re.search(r"minted px_\w{10}… \(My key\), never ends", answer.err)

    def test_json_is_one_object_with_the_key(self, ready):
        answer = ready(
            *MINT, "--scope", "boards:write,reports:read", "--scope", "boards:read", "--label", "a=b", "--json"
        )
        made = answer.json
        assert answer.err == ""
        assert parse_key(made["key"], "px").id == made["id"]
        assert made["scopes"] == ["boards:read", "boards:write", "reports:read"]
        assert (made["state"], made["labels"], made["tenant"]) == ("active", {"a": "b"}, "pixel-1")
        assert "digest" not in made

    def test_everything_can_be_said_by_flags(self, ready):
        flags = ("--resource", "r-1", "--resource", "r-2", "--plan", "fast", "--limit", "5/minute", "--burst", "9")
        made = ready(*MINT, *flags, "--expires", "90d", "--json").json
        assert made["resources"] == ["r-1", "r-2"]
        assert made["plan"] == "fast"
        assert made["limit"] == {"count": 5, "period_s": 60, "burst": 9}
        ends = time.strptime(made["expires_at"], "%Y-%m-%dT%H:%M:%SZ")
        begins = time.strptime(made["created_at"], "%Y-%m-%dT%H:%M:%SZ")
        assert abs(time.mktime(ends) - time.mktime(begins) - 90 * 86400) <= 3601

    @pytest.mark.parametrize(
        ("flags", "words"),
        [
            (
                ("--scope", "boards:raed"),
                "--scope: 'boards:raed' is not a known scope; allowed: boards:admin, boards:read",
            ),
            (("--scope", "old_query"), "--scope: 'old_query' is a legacy scope"),
            (("--scope", "feed:read"), "--scope: 'feed:read' is a scope of ac keys, not of px keys"),
            (("--plan", "gone"), "--plan: there is no plan 'gone'; allowed: fast, own, small"),
            (("--plan", "own"), "--limit: plan 'own' is custom, and neither the key nor account 'acme' has a limit"),
            (("--expires", "2020-01-31"), "--expires: 2020-01-31T00:00:00Z is not in the future"),
            (("--account", "nobody"), "--account: there is no account 'nobody'"),
            (("--tenant", "a b"), "--tenant: 'a b' is not an id; allowed: 1 to 128"),
            (("--resource", "r-1", "--resource", "r-1"), "--resource: 2 resources, some perhaps twice"),
            (("--name", ""), "--name: '' is not a name"),
            (("--label", "No=x"), "--label: 'No' is not a label"),
        ],
    )
    def test_what_is_refused_names_the_flag_the_value_and_what_is_allowed(self, ready, flags, words):
        answer = ready(*MINT, *flags)
        assert (answer.code, answer.out) == (1, "")
        assert words in answer.err

    def test_an_undeclared_prefix_is_refused(self, ready):
        answer = ready("mint", "--prefix", "zz", "--name", "x", "--account", "acme")
        assert answer.code == 1
        assert "--prefix: 'zz' is not a declared prefix; allowed: ac, any, px" in answer.err

    def test_all_refusals_come_at_once_in_json_too(self, ready):
        answer = ready(*MINT, "--plan", "gone", "--scope", "old_query", "--expires", "1999-01-01", "--json")
        assert (answer.code, answer.out) == (1, "")
        assert answer.error["code"] == "rejected"
        assert [one["flag"] for one in answer.error["details"]] == ["--scope", "--plan", "--expires"]
        assert answer.error["details"][1]["value"] == "gone"

    @pytest.mark.parametrize(
        ("flags", "words"),
        [
            (("--expires", "soon"), "'--expires': 'soon' is no time; allowed: a duration (90d, 12h"),
            (("--limit", "5/year"), "'--limit': '5/year' is no limit; allowed: COUNT/PERIOD"),
            (("--limit", "5/hour", "--burst", "0"), "'--limit': 0 is no burst"),
            (("--burst", "5"), "'--burst': needs --limit beside it"),
            (("--label", "x"), "'--label': 'x' is no label; allowed: NAME=VALUE"),
            (("--scoop", "x"), "No such option: --scoop"),
            (("extra",), "unexpected extra argument"),
        ],
    )
    def test_wrong_use_is_exit_code_2(self, ready, flags, words):
        answer = ready(*MINT, *flags)
        assert (answer.code, answer.out) == (2, "")
        assert words.replace("'--", "--").replace("':", ":") in answer.err.replace("'--", "--").replace("':", ":")
        assert "keys mint --help" in answer.err
        in_json = ready(*MINT, *flags, "--json")
        assert (in_json.code, in_json.error["code"]) == (2, "usage")

    def test_a_flag_that_is_missing_is_named(self, ready):
        assert "--prefix" in ready("mint", "--name", "x", "--account", "acme").err


class TestList:
    def test_nothing_yet(self, ready):
        answer = ready("list")
        assert (answer.code, answer.out) == (0, "")
        assert "Make one with keys mint" in answer.err
        assert ready("list", "--json").json == {"keys": [], "next": None}

    def test_a_table_for_people(self, ready, key_id):
        answer = ready("list")
        assert re.search(rf"{key_id} +px +My key +acme +pixel-1 +boards:write +active", answer.out)

    def test_pages(self, ready):
        ids = [ready(*MINT, "--json").json["id"] for _ in range(3)]
        first = ready("list", "--limit", "2", "--json").json
        assert [key["id"] for key in first["keys"]] == [ids[2], ids[1]]
        rest = ready("list", "--limit", "2", "--after", first["next"], "--json").json
        assert ([key["id"] for key in rest["keys"]], rest["next"]) == ([ids[0]], None)
        assert f"more: --after {ids[1]}" in ready("list", "--limit", "2").err
        assert "no key with the id" in ready("list", "--after", "nothere000").err

    @pytest.mark.parametrize(
        ("flags", "found"),
        [
            (("--account", "acme"), 1),
            (("--account", "other"), 0),
            (("--tenant", "pixel-1", "--prefix", "px", "--scope", "boards:write"), 1),
            (("--scope", "boards:read"), 0),
            (("--state", "active"), 1),
            (("--state", "revoked"), 0),
            (("--search", "MY K"), 1),
            (("--plan", "small"), 0),
        ],
    )
    def test_filters(self, ready, key_id, flags, found):
        assert len(ready("list", *flags, "--json").json["keys"]) == found

    def test_a_state_that_is_none_is_refused_with_those_there_are(self, ready):
        answer = ready("list", "--state", "gone")
        assert answer.code == 2
        assert all(state in answer.err for state in ("active", "disabled", "expired", "revoked"))


class TestShow:
    def test_stored_and_granted_scopes_and_the_limit_in_force(self, ready, key_id):
        shown = ready("show", key_id, "--json").json
        assert shown["scopes"] == ["boards:write"]
        assert shown["granted_scopes"] == ["boards:read", "boards:write"]
        assert shown["legacy_scopes"] == []
        assert (shown["effective_plan"], shown["effective_limit"]["count"]) == ("small", 100)
        words = ready("show", key_id).out
        assert re.search("effective limit +100/hour", words)
        assert re.search(r"account name +Acme \[b\]& Co", words)

    @pytest.mark.parametrize("form", ["px_{}…", "px_{}...", "{}"])
    def test_a_key_is_found_by_what_is_shown_of_it(self, ready, key_id, form):
        assert ready("show", form.format(key_id), "--json").json["id"] == key_id

    def test_a_key_that_is_not_there(self, ready):
        answer = ready("show", "nothere000", "--json")
        assert (answer.code, answer.error["code"]) == (1, "rejected")
        assert "there is no key with the id 'nothere000'" in answer.error["message"]

    def test_a_whole_key_is_not_taken_and_not_repeated(self, ready):
        text = mint_text("px").text
        answer = ready("show", text)
        assert answer.code == 1
        assert "that is a whole key, and a secret: give its id" in answer.err
        assert text not in answer.err


class TestChanging:
    def test_a_pause_and_an_end(self, ready, key_id):
        assert "is disabled" in ready("disable", key_id).err
        assert ready("enable", key_id, "--json").json["state"] == "active"
        assert "is revoked" in ready("revoke", key_id, "--why", "leaked").err
        shown = ready("show", key_id, "--json").json
        assert (shown["state"], shown["revoked_why"]) == ("revoked", "leaked")
        answer = ready("enable", key_id)
        assert answer.code == 1
        assert "that is final" in answer.err

    def test_revoking_wants_a_reason(self, ready, key_id):
        assert ready("revoke", key_id).code == 2
        answer = ready("revoke", key_id, "--why", "")
        assert answer.code == 1
        assert "--why: a revocation needs a reason" in answer.err


class TestAccounts:
    def test_add_list_show_change(self, ready, key_id):
        assert ready(
            "accounts", "add", "beta", "--name", "Beta", "--plan", "own", "--limit", "5/day", "--json"
        ).json == {
            "id": "beta",
            "name": "Beta",
            "plan": "own",
            "limit": {"count": 5, "period_s": 86400, "burst": 5},
            "created_at": ready("accounts", "show", "beta", "--json").json["created_at"],
        }
        assert [one["id"] for one in ready("accounts", "list", "--json").json["accounts"]] == ["acme", "beta"]
        assert re.search("beta +Beta +own +5/day", ready("accounts", "list").out)
        assert "more: --after acme" in ready("accounts", "list", "--limit", "1").err
        assert ready("accounts", "show", "acme", "--json").json["tenants"] == ["pixel-1"]
        assert re.search(r"name +Acme \[b\]& Co", ready("accounts", "show", "acme").out)
        assert "plan fast" in ready("accounts", "change", "acme", "--plan", "fast").err
        assert ready("accounts", "change", "beta", "--no-limit", "--json").json["limit"] is None

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (("add", "acme", "--name", "x", "--plan", "small"), 1, "account 'acme' exists already"),
            (("add", "x", "--name", "x", "--plan", "gone"), 1, "--plan: there is no plan 'gone'; allowed: fast, own"),
            (("add", "a b", "--name", "x", "--plan", "small"), 1, "'a b' is not an id"),
            (("show", "nobody"), 1, "there is no account 'nobody'; keys accounts list shows them"),
            (("change", "nobody", "--plan", "fast"), 1, "there is no account 'nobody'"),
            (("change", "acme"), 2, "nothing to change"),
            (("change", "acme", "--limit", "5/day", "--no-limit"), 2, "cannot stand beside --limit"),
        ],
    )
    def test_what_is_refused(self, ready, arguments, code, words):
        answer = ready("accounts", *arguments)
        assert answer.code == code
        assert words in answer.err

    def test_nothing_yet(self, keys):
        keys("db", "upgrade")
        assert "No accounts. Add one" in keys("accounts", "list").err


class TestPlans:
    def test_add_list_show_change_remove(self, ready):
        assert (
            "plan big added: 9/second, burst 20, counted for each account"
            in ready("plans", "add", "big", "--limit", "9/second", "--burst", "20", "--by", "account").err
        )
        listed = ready("plans", "list", "--json").json["plans"]
        assert [(plan["name"], plan["from"]) for plan in listed] == [
            ("big", "store"),
            ("fast", "settings"),
            ("own", "settings"),
            ("small", "settings"),
        ]
        assert re.search("big +9/second, burst 20 +each account +store", ready("plans", "show", "big").out)
        assert ready("plans", "change", "big", "--limit", "custom", "--json").json["limit"] is None
        assert "plan big removed" in ready("plans", "remove", "big").err
        assert ready("plans", "show", "big").code == 1
        assert re.search("own +custom +each key +settings", ready("plans", "list").out)

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (("add", "small", "--limit", "1/hour"), 1, "plan 'small' is declared in the settings file"),
            (("change", "gone", "--limit", "1/hour"), 1, "there is no plan 'gone'; there are: fast, own, small"),
            (("remove", "gone", "--json"), 1, "there is no plan 'gone'"),
            (("remove", "small"), 1, "change it there, under keys.plans"),
            (("add", "x", "--limit", "much"), 2, "'much' is no limit; allowed: COUNT/PERIOD"),
            (("add", "x", "--limit", "custom", "--burst", "1"), 2, "a custom plan has no burst of its own"),
            (("add", "x", "--limit", "1/hour", "--by", "moon"), 2, "moon"),
        ],
    )
    def test_what_is_refused(self, ready, arguments, code, words):
        answer = ready("plans", *arguments)
        assert answer.code == code
        assert words in answer.err


class TestDatabase:
    def test_upgrade_creates_and_repeats(self, keys, folder):
        assert keys("db", "upgrade").code == 0
        assert (folder / "keys.db").exists()
        assert keys("db", "upgrade", "--json").json == {"store": f"sqlite:///{folder}/keys.db", "schema": "0001"}
        assert "as this version needs it" in keys("db", "status").err
        assert keys("db", "status", "--json").json["current"] is True

    @pytest.mark.parametrize("command", [("list",), (*MINT,), ("accounts", "list"), ("db", "status")])
    def test_a_missing_database_is_said_with_its_cure(self, keys, folder, command):
        answer = keys(*command)
        assert (answer.code, answer.out) == (1, "")
        assert f"there is no key database at sqlite:///{folder}/keys.db" in answer.err
        assert "keys db upgrade" in answer.err
        assert not (folder / "keys.db").exists()
        assert keys(*command, "--json").error["code"] == "store_missing"

    def test_a_database_without_a_schema(self, keys, folder):
        (folder / "keys.db").touch()
        answer = keys("db", "status")
        assert answer.code == 1
        assert "is at schema None; this version needs 0001" in answer.err

    def test_another_store_by_flag(self, keys, folder):
        assert keys("db", "upgrade", "--store", "sqlite:///other.db").code == 0
        assert (folder / "other.db").exists()
        assert keys("list", "--store", "sqlite:///other.db").code == 0
        answer = keys("list", "--store", "mysql://x/y")
        assert answer.code == 1
        assert "cannot be a 'mysql' database; allowed: sqlite:///FILE" in answer.err

    def test_a_broken_database(self, keys, folder):
        (folder / "keys.db").write_bytes(b"no database" * 1000)
        answer = keys("list", "--json")
        assert (answer.code, answer.error["code"]) == (1, "store_unavailable")


class TestSettings:
    def test_a_missing_file_is_said_with_its_cure(self, keys):
        answer = keys("list", "--config", "nope.yaml")
        assert answer.code == 2
        assert "nope.yaml:1: cannot be read: No such file or directory" in answer.err
        assert "--config FILE, or GATEWAY_CONFIG" in answer.err

    def test_wrong_settings_are_all_said_with_their_lines(self, keys, folder):
        (folder / "gateway.yaml").write_text(
            "version: 1\nkeys:\n  prefixes: {px: {tenant: maybe}}\n  plans:\n    p: {limit: 0}\n    q: {limt: 1}\n"
        )
        answer = keys("list")
        assert answer.code == 2
        assert [line.split(": ")[1] for line in answer.err.splitlines()] == [
            "gateway.yaml:3",
            "gateway.yaml:5",
            "gateway.yaml:6",
            "gateway.yaml:6",
        ]
        in_json = keys("list", "--json")
        assert in_json.error["code"] == "settings_invalid"
        assert in_json.error["details"][0]["key"] == "keys.prefixes.px.tenant"

    def test_the_file_by_environment(self, keys, folder, monkeypatch):
        (folder / "gateway.yaml").rename(folder / "mine.yaml")
        monkeypatch.setenv("GATEWAY_CONFIG", str(folder / "mine.yaml"))
        assert keys("db", "upgrade").code == 0


def test_what_nobody_expected_is_words_and_no_traceback(keys, monkeypatch):
    """A fault in the code itself: the operator gets a line, a code, and how to see more."""
    monkeypatch.setattr("keys.commands.key.in_session", lambda *_: 1 / 0)
    answer = keys("list")
    assert answer.code == 1
    assert "something that should not happen: ZeroDivisionError" in answer.err
    assert "KEYS_DEBUG=1" in answer.err


def test_interrupting_is_no_error(keys, monkeypatch):
    def interrupted(*_about):
        raise KeyboardInterrupt

    monkeypatch.setattr("keys.commands.key.in_session", interrupted)
    assert keys("list").code == 130
