"""The `keys` command as real processes: the story of a key, and two processes on one database."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import pytest
import yaml

from keys.changes import ChangeFeed
from keys.model import ChangeSubject, KeyState
from keys.secret import SECRET_LENGTH, parse_key
from keys.store import open_store
from keys.verify import Hasher, judge
from tests.keys.builders import CHEAP, NOW, SETTINGS

TIMEOUT_S = 60
PATIENCE_S = 30


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "gateway.yaml").write_text(yaml.safe_dump({"version": 1, "keys": SETTINGS}))
    return tmp_path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "keys.cli", *arguments]


@pytest.fixture
def keys(folder):
    """Runs the command in a process of its own; fails unless it ends with `code`."""

    def run(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        config = ("--config", str(folder / "gateway.yaml"))
        done = subprocess.run(
            command(*arguments, *config), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return run


def mint(keys) -> str:
    flags = ("--prefix", "px", "--name", "My key", "--account", "acme", "--tenant", "pixel-1", "--scope", "boards:read")
    return keys("mint", *flags).stdout.removesuffix("\n")


@pytest.fixture
def minted(keys) -> str:
    """The text of a key in a new database."""
    keys("db", "upgrade")
    keys("accounts", "add", "acme", "--name", "Acme", "--plan", "small")
    return mint(keys)


async def test_the_story_of_a_key(keys, folder, minted):
    key_id = parse_key(minted, "px").id
    [listed] = json.loads(keys("list", "--json").stdout)["keys"]
    assert listed["id"] == key_id
    keys("disable", key_id)
    keys("enable", key_id)
    keys("revoke", key_id, "--why", "the story ends")
    assert "that is final" in keys("enable", key_id, code=1).stderr
    store = await open_store(f"sqlite:///{folder}/keys.db")
    try:
        key = (await store.find_key(key_id)).key
        assert Hasher(CHEAP).verify(key.digest, minted)
        assert judge(key, NOW) is KeyState.REVOKED
        tags = [one.event.tag.value for one in await store.list_audit_events()]
        assert tags == ["account:added", "key:minted", "key:disabled", "key:enabled", "key:revoked"]
    finally:
        await store.close()


def test_the_plaintext_is_in_no_file(keys, folder, minted):
    """K1: neither the whole text nor its secret, in any file that the minting left behind."""
    secret = minted[-SECRET_LENGTH - 6 : -6].encode()
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} >= {"gateway.yaml", "keys.db"}
    contents = {path.name: path.read_bytes() for path in files}
    assert any(parse_key(minted, "px").id.encode() in content for content in contents.values())
    assert [name for name, content in contents.items() if secret in content] == []


async def test_this_process_hears_of_what_another_revokes(keys, folder, minted):
    heard: asyncio.Queue[tuple[ChangeSubject, str]] = asyncio.Queue()
    store = await open_store(f"sqlite:///{folder}/keys.db")
    feed = ChangeFeed(store, lambda change: heard.put_nowait((change.subject, change.id)), interval_s=0.05)
    await feed.read_once()
    running = asyncio.create_task(feed.run())
    try:
        key_id = parse_key(minted, "px").id
        await asyncio.to_thread(keys, "revoke", key_id, "--why", "seen elsewhere")
        async with asyncio.timeout(PATIENCE_S):
            assert await heard.get() == (ChangeSubject.KEY, key_id)
        assert judge((await store.find_key(key_id)).key, NOW) is KeyState.REVOKED
    finally:
        running.cancel()
        await store.close()


LISTENER = """
import asyncio, sys
from keys import ChangeFeed, judge, open_store

async def listen(url):
    store = await open_store(url)
    heard = asyncio.Queue()
    feed = ChangeFeed(store, heard.put_nowait, interval_s=0.05)
    await feed.read_once()
    running = asyncio.create_task(feed.run())
    print("listening", flush=True)
    change = await heard.get()
    print(change.id, judge((await store.find_key(change.id)).key, 0).value, flush=True)
    running.cancel()
    await store.close()

asyncio.run(listen(sys.argv[1]))
"""


def test_another_process_hears_of_what_a_third_revokes(keys, folder, minted):
    key_id = parse_key(minted, "px").id
    arguments = [sys.executable, "-c", LISTENER, f"sqlite:///{folder}/keys.db"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as listener:
        try:
            assert listener.stdout.readline() == "listening\n"
            keys("revoke", key_id, "--why", "seen elsewhere")
            assert listener.communicate(timeout=PATIENCE_S)[0] == f"{key_id} revoked\n"
        finally:
            listener.kill()
    assert listener.returncode == 0


def test_a_reader_that_has_seen_enough_is_no_error(folder, minted):
    """`keys list | head -0`"""
    arguments = command("list", "--json", "--config", str(folder / "gateway.yaml"))
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as lister:
        lister.stdout.close()
        assert lister.stderr.read() == ""
    assert lister.returncode in {0, 1}
