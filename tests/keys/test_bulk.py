"""Importing by the command: what comes in, what is bad and why, twice, half, and from another file form; and exporting."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from hashlib import sha256

import pytest
import yaml

from keys.audit import find_break
from keys.bulk.lines import read_line
from keys.bulk.reading import Record
from keys.cli import main
from keys.errors import Rejected
from keys.model import Change, ChangeSubject, Limit
from keys.store import open_store
from tests.keys.builders import NOW, SETTINGS


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def a_record(**changes) -> dict:
    """A good line; None takes a member out."""
    good = {"sha256": digest("old-1"), "prefix": "px", "account": "acme", "tenant": "pixel-1", "scopes": "boards:read"}
    return {name: value for name, value in (good | changes).items() if value is not None}


class Answer:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def keys(tmp_path, monkeypatch, capsys):
    """Runs the command beside a database with one account."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump({"version": 1, "keys": SETTINGS}))

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = main(arguments)
        written = capsys.readouterr()
        assert "Traceback" not in written.err
        return Answer(code, written.out, written.err)

    assert run("db", "upgrade").code == 0
    assert run("accounts", "add", "acme", "--name", "Acme", "--plan", "small").code == 0
    return run


@pytest.fixture
def file(tmp_path):
    """Writes records as JSON lines; a text is a line as it is."""

    def write(*records, name: str = "old.jsonl") -> str:
        path = tmp_path / name
        path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in records))
        return str(path)

    return write


def stored(tmp_path):
    """Every key of the database, newest first, with the changes and the audit log."""
    return asyncio.run(_stored(tmp_path))


async def _stored(tmp_path):
    store = await open_store(f"sqlite:///{tmp_path}/keys.db")
    found = await store.list_keys(), await store.changes_since(0), await store.list_audit_events()
    await store.close()
    return found


class TestImport:
    def test_a_key_comes_in_with_all_that_it_had(self, keys, file, tmp_path):
        record = a_record(
            name="Old key",
            resources=["r-1", "r-2"],
            scopes=["boards:read", "boards:write"],
            plan="fast",
            limit="7/minute",
            burst=9,
            expires_at="2099-01-01",
            created_at="2020-05-04T03:02:01Z",
            labels={"team": "blue"},
        )
        assert keys("import", file(record)).code == 0
        [key], changes, events = stored(tmp_path)
        assert (key.prefix, key.name, key.account, key.tenant) == ("px", "Old key", "acme", "pixel-1")
        assert (key.resources, key.scopes, key.plan) == (("r-1", "r-2"), {"boards:read", "boards:write"}, "fast")
        assert (key.limit, dict(key.labels)) == (Limit(7, 60, 9), {"team": "blue"})
        assert (key.created_at, key.expires_at) == (1588561321.0, 4070908800.0)
        assert key.digest == "sha256:" + digest("old-1")
        event = events[-1].event
        assert json.loads(event.details)["keys"] == [key.id]
        assert (event.tag, find_break(events)) == ("keys:imported", None)
        assert changes[-1] == Change(changes[-1].seq, ChangeSubject.IMPORT, event.subject_id)

    def test_csv_says_the_same(self, keys, file, tmp_path):
        head = "sha256,scopes,labels,name,limit,expires_at"
        line = f'{digest("old-1").upper()},boards:read boards:write,team=blue;floor=2,"Old, key",5/second,'
        path = file(head, line, name="old.csv")
        flags = ("--prefix", "any", "--account", "acme")
        assert "'boards:read' is a scope of px keys" in keys("import", path, *flags).err
        assert (
            keys("import", file(head, line.replace("boards:read boards:write", ""), name="old.csv"), *flags).code == 0
        )
        [key], *_ = stored(tmp_path)
        assert (key.name, key.prefix, dict(key.labels)) == ("Old, key", "any", {"team": "blue", "floor": "2"})
        assert (key.limit, key.expires_at) == (Limit(5, 1, 5), None)

    def test_every_bad_line_is_named_and_nothing_comes_in(self, keys, file, tmp_path):
        path = file(
            a_record(),
            a_record(sha256="px_wholekeywholekey"),
            "{broken",
            a_record(sha256=digest("2"), account="nobody"),
            a_record(sha256=digest("3"), scopes="nope"),
            "",
            a_record(),
            a_record(sha256=digest("4"), colour="red"),
            a_record(sha256=digest("5"), scopes="old_query"),
        )
        answer = keys("import", path)
        assert answer.code == 1
        for line, words in (
            (2, "sha256: is not the SHA-256"),
            (3, "is no JSON"),
            (4, "there is no account 'nobody'"),
            (5, "'nope' is not a known scope"),
            (7, "is that of line 1 too"),
            (8, "'colour' is unknown"),
            (9, "is a legacy scope"),
        ):
            assert any(f"line {line}: " in said and words in said for said in answer.err.splitlines()), line
        assert "wholekey" not in answer.err
        assert "nothing imported" in answer.err
        assert stored(tmp_path)[0] == []

    def test_keep_going_brings_in_the_good_lines_alone(self, keys, file, tmp_path):
        answer = keys("import", file(a_record(), "{", a_record(sha256=digest("2"))), "--keep-going", "--json")
        assert answer.code == 1
        told = json.loads(answer.out)
        assert (told["imported"], told["skipped"], [bad["line"] for bad in told["bad"]]) == (2, 0, [2])
        assert len(stored(tmp_path)[0]) == 2

    def test_legacy_scopes_come_in_when_asked_for(self, keys, file, tmp_path):
        assert keys("import", file(a_record(scopes="old_query boards:read")), "--legacy-scopes").code == 0
        [key], *_ = stored(tmp_path)
        assert key.scopes == {"old_query", "boards:read"}

    def test_twice_is_as_once(self, keys, file, tmp_path):
        path = file(a_record())
        assert keys("import", path).code == 0
        again = keys("import", file(a_record(), a_record(sha256=digest("2"))), "--json")
        assert json.loads(again.out) == {"imported": 1, "skipped": 1, "bad": []}
        assert len(stored(tmp_path)[0]) == 2

    def test_more_than_one_batch_comes_in_whole(self, keys, file, tmp_path, monkeypatch):
        monkeypatch.setattr("keys.bulk.importing.BATCH", 3)
        records = [a_record(sha256=digest(str(number)), tenant=f"pixel-{number % 4}") for number in range(10)]
        assert keys("import", file(*records)).code == 0
        found, _, events = stored(tmp_path)
        assert {key.digest for key in found} == {f"sha256:{digest(str(number))}" for number in range(10)}
        batches = [json.loads(one.event.details) for one in events if one.event.tag == "keys:imported"]
        assert [(batch["lines"], len(batch["keys"])) for batch in batches] == [([1, 3], 3), ([4, 6], 3), ([7, 9], 3), ([10, 10], 1)]  # fmt: skip

    def test_a_tenant_cannot_be_two_accounts(self, keys, file):
        keys("accounts", "add", "other", "--name", "Other", "--plan", "small")
        answer = keys("import", file(a_record(), a_record(sha256=digest("2"), account="other")))
        assert "line 2: tenant: tenant 'pixel-1' belongs to another account" in answer.err

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("old.txt", b"", "does not say what it is"),
            ("gone.csv", None, "cannot be read"),
            ("old.csv", b"\xff\xfe", "is not UTF-8"),
            ("old.jsonl", b'{"sha256": "' + b"a" * 70_000 + b'"}', "a line is longer"),
        ],
    )
    def test_a_file_that_is_none(self, keys, tmp_path, name, content, words):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        answer = keys("import", str(tmp_path / name))
        assert answer.code == 1
        assert words in answer.err


class TestLines:
    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"sha256": None}, "sha256"),
            ({"sha256": "ab"}, "sha256"),
            ({"prefix": None}, "prefix"),
            ({"account": 7}, "account"),
            ({"scopes": [1]}, "scopes"),
            ({"resources": {"a": 1}}, "resources"),
            ({"limit": "many"}, "limit"),
            ({"burst": 4}, "burst"),
            ({"limit": "5/hour", "burst": "x"}, "limit"),
            ({"limit": "5/hour", "burst": True}, "limit"),
            ({"expires_at": "soon"}, "expires_at"),
            ({"expires_at": 1e12}, "expires_at"),
            ({"created_at": "2999-01-01"}, "created_at"),
            ({"labels": "blue"}, "labels"),
            ({"labels": {"a": 1}}, "labels"),
            ({"px_h2DBB3RVdadNwlrQ1rjHJXDPu5WKSzvxSQ39bAsZ": "x"}, "line"),
        ],
    )
    def test_what_is_wrong_is_named_by_its_field(self, changes, field):
        with pytest.raises(Rejected) as raised:
            read_line(Record(1, a_record(**changes)), {}, NOW)
        assert [rejection.field for rejection in raised.value.rejections] == [field]
        assert "h2DBB3RVda" not in str(raised.value)

    def test_defaults_stand_in_for_what_is_left_out(self):
        record = Record(1, a_record(prefix=None, account="its-own"))
        order = read_line(record, {"prefix": "any", "account": "other"}, NOW).order
        assert (order.prefix, order.account) == ("any", "its-own")


class TestExport:
    @pytest.fixture
    def filled(self, keys, file):
        keys("import", file(*(a_record(sha256=digest(str(n)), name=f"=key {n}", tenant=f"p-{n}") for n in range(3))))
        return keys

    def test_as_json_lines(self, filled):
        exported = [json.loads(line) for line in filled("export").out.splitlines()]
        assert {one["name"] for one in exported} == {"=key 0", "=key 1", "=key 2"}
        assert all(one["awaits_first_use"] and one["scopes"] == ["boards:read"] for one in exported)

    def test_as_csv_with_no_formula_in_it(self, filled):
        rows = list(csv.DictReader(io.StringIO(filled("export", "--format", "csv", "--tenant", "p-1").out)))
        assert [(row["name"], row["tenant"], row["state"]) for row in rows] == [("'=key 1", "p-1", "active")]

    @pytest.mark.parametrize("form", ["csv", "jsonl"])
    def test_no_digest_is_in_it(self, filled, form):
        out = filled("export", "--format", form).out
        assert not any(digest(str(number)) in out for number in range(3))
        assert "argon2" not in out
