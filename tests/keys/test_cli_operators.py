"""`keys operators`, `keys rotate`, `keys audit`, `keys serve`: through the real entry point."""

from __future__ import annotations

import json

import pytest
import yaml
from sqlalchemy import create_engine, text

from keys.secret import parse_key
from tests.keys.builders import SETTINGS
from tests.keys.test_cli import MINT, folder, keys, ready  # noqa: F401 - fixtures


@pytest.fixture
def minted(ready):  # noqa: F811
    """The command beside a database with one key; its id."""
    return ready, parse_key(ready(*MINT).out.strip(), "px").id


class TestOperators:
    def test_the_token_alone_is_on_stdout_once(self, ready):  # noqa: F811
        answer = ready("operators", "add", "--name", "Anna", "--role", "admin")
        token = answer.out.strip()
        assert parse_key(token, "op")
        assert token not in answer.err
        assert token not in ready("operators", "list", "--json").out + ready("audit", "export").out

    def test_an_owner_needs_an_account(self, ready):  # noqa: F811
        refused = ready("operators", "add", "--name", "O", "--role", "owner")
        assert (refused.code, refused.err) == (1, "error: --account: an owner sees one account, and none is named\n")
        refused = ready("operators", "add", "--name", "V", "--role", "viewer", "--account", "acme")
        assert "--account: role viewer is for every account" in refused.err
        assert ready("operators", "add", "--name", "O", "--role", "owner", "--account", "acme").code == 0

    def test_revoking(self, ready):  # noqa: F811
        operator = ready("operators", "add", "--name", "A", "--role", "viewer", "--json").json
        revoked = ready("operators", "revoke", operator["id"], "--json").json
        assert revoked["revoked_by"].startswith("cli:")
        assert ready("operators", "revoke", operator["id"], "--json").json == revoked
        missing = ready("operators", "revoke", operator["token"])
        assert (missing.code, operator["token"] in missing.err) == (1, False)
        assert "A" in ready("operators", "list").out

    def test_pages(self, ready):  # noqa: F811
        assert "No operators" in ready("operators", "list").err
        ids = sorted(
            ready("operators", "add", "--name", "A", "--role", "viewer", "--json").json["id"] for _ in range(3)
        )
        first = ready("operators", "list", "--limit", "2", "--json").json
        behind = ready("operators", "list", "--after", first["next"], "--json").json
        assert [one["id"] for page in (first, behind) for one in page["operators"]] == ids
        assert f"--after {ids[1]}" in ready("operators", "list", "--limit", "2").err


class TestRotate:
    def test_the_new_key_alone_is_on_stdout_and_the_old_one_ends(self, minted):
        run, old = minted
        answer = run("rotate", old, "--overlap", "2h")
        new = parse_key(answer.out.strip(), "px").id
        assert f"px_{old}… (My key) to px_{new}…; the old key works until" in answer.err
        assert "never used" in answer.err
        shown = run("show", old, "--json").json
        assert (shown["rotated_to"], shown["state"]) == (new, "active")
        assert run("show", new, "--json").json["rotated_from"] == old
        assert "rotated already" in run("rotate", old).err

    def test_without_an_overlap_the_old_key_is_revoked(self, minted):
        run, old = minted
        done = run("rotate", old, "--overlap", "0", "--json").json
        assert (done["replaces"]["state"], done["replaces"]["revoked_why"]) == (
            "revoked",
            f"rotated to {done['id']} without an overlap",
        )
        assert "the old key is revoked" in run("rotate", done["id"], "--overlap", "0").err

    @pytest.mark.parametrize("overlap", ["soon", "-1h", "91d", "1"])
    def test_an_overlap_of_another_form(self, minted, overlap):
        run, old = minted
        refused = run("rotate", old, f"--overlap={overlap}")
        assert refused.code in {1, 2}
        assert run("show", old, "--json").json["rotated_to"] is None

    def test_what_cannot_be_rotated(self, minted):
        run, old = minted
        assert run("rotate", "nothere000").code == 1
        run("revoke", old, "--why", "a test")
        assert "that is final" in run("rotate", old).err


class TestAudit:
    def test_listing(self, minted):
        run, key_id = minted
        everything = run("audit", "list", "--json").json["events"]
        assert [one["tag"] for one in everything] == ["account:added", "key:minted"]
        assert [one["seq"] for one in run("audit", "list", "--subject", key_id, "--json").json["events"]] == [2]
        assert run("audit", "list", "--limit", "1", "--json").json["next"] == 1
        assert "--after 1" in run("audit", "list", "--limit", "1").err
        assert "key:minted" in run("audit", "list").out
        assert "No events" in run("audit", "list", "--after", "2").err

    def test_export_and_verify(self, minted):
        run, _ = minted
        lines = [json.loads(line) for line in run("audit", "export").out.splitlines()]
        told = run("audit", "verify", "--json").json
        assert (told["whole"], told["events"], told["last_hash"]) == (True, 2, lines[-1]["hash"])
        assert run("audit", "verify").code == 0

    def test_a_broken_log_is_exit_code_1(self, minted, tmp_path):
        run, _ = minted
        with create_engine(f"sqlite:///{tmp_path}/keys.db").begin() as connection:
            connection.execute(text("UPDATE audit_events SET actor = 'somebody' WHERE seq = 2"))
        answer = run("audit", "verify")
        assert (answer.code, "event 2 is not what was written" in answer.err) == (1, True)
        assert run("audit", "verify", "--json").json["first_bad"] == 2


class TestServe:
    def test_an_address_of_others_needs_a_name_and_an_operator(self, ready, tmp_path):  # noqa: F811
        assert "name it in keys.admin.hosts" in ready("serve", "--host", "0.0.0.0").err
        settings = SETTINGS | {"admin": {"hosts": ["keys.example.com"]}}
        (tmp_path / "gateway.yaml").write_text(yaml.safe_dump({"version": 1, "keys": settings}))
        refused = ready("serve", "--host", "0.0.0.0")
        assert (refused.code, "there is no operator yet" in refused.err) == (2, True)

    def test_an_address_that_is_not_ours(self, ready):  # noqa: F811
        refused = ready("serve", "--host", "127.0.0.1", "--port", "1", "--store", "sqlite:///nowhere.db")
        assert refused.code == 1
