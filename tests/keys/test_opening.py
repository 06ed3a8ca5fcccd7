"""Opening a store: what is refused, with which words; what SQLite is told; what happens when a database goes away."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import stat

import pytest
from sqlalchemy import event

from keys.errors import StoreError, StoreMissing, StoreUnavailable
from keys.store import open_store
from keys.store.engine import StoreLimits, make_engine, parse_url, shown_url
from keys.store.migrate import schema_status
from tests.keys.builders import an_order


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///keys.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///keys.db", "sqlite+aiosqlite"),
        ("postgres://h/d", "postgresql+asyncpg"),
        ("postgresql://h/d", "postgresql+asyncpg"),
        ("postgresql+asyncpg://h/d", "postgresql+asyncpg"),
    ],
)
def test_a_url_gets_our_driver(url, driver):
    assert parse_url(url).drivername == driver


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "not a URL"),
        ("keys.db", "not a URL"),
        ("mysql://h/d", "cannot be a 'mysql' database; allowed: sqlite:///FILE"),
        ("sqlite://", "in memory"),
        ("sqlite:///:memory:", "in memory"),
    ],
)
async def test_any_other_url_is_refused(url, words):
    with pytest.raises(StoreError, match=words):
        await open_store(url, create=True)


def test_the_password_is_never_shown():
    url = "postgresql://anna:hunter2@db/keys"
    assert shown_url(url) == "postgresql://anna:***@db/keys"
    assert "hunter2" not in repr(make_engine(url, StoreLimits()))


async def test_a_missing_file_is_not_made_by_accident(tmp_path, sqlite_url):
    for attempt in (open_store, schema_status):
        with pytest.raises(StoreMissing, match="there is no key database at sqlite:"):
            await attempt(sqlite_url)
    assert list(tmp_path.iterdir()) == []


async def test_an_empty_file_is_no_store_until_it_is_created(tmp_path, sqlite_url):
    (tmp_path / "keys.db").touch()
    with pytest.raises(StoreMissing, match="holds no keys yet"):
        await open_store(sqlite_url)
    await (await open_store(sqlite_url, create=True)).close()
    await (await open_store(sqlite_url)).close()


async def test_a_created_file_is_for_its_owner_alone(tmp_path, store):
    for file in tmp_path.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file


async def test_a_folder_that_is_not_there_is_said(tmp_path):
    with pytest.raises(StoreUnavailable, match="cannot be created: No such file or directory"):
        await open_store(f"sqlite:///{tmp_path}/no/keys.db", create=True)


async def test_a_file_that_is_no_database_is_said(tmp_path, sqlite_url):
    (tmp_path / "keys.db").write_bytes(b"not a database, and longer than its header" * 100)
    with pytest.raises(StoreUnavailable, match="cannot be read or written"):
        await open_store(sqlite_url)


async def test_a_server_that_is_not_there_is_said_without_the_password():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"postgresql://anna:hunter2@127.0.0.1:{unused.getsockname()[1]}/keys"
        with pytest.raises(StoreUnavailable, match="cannot be reached") as caught:
            await open_store(url)
    assert "hunter2" not in str(caught.value)


async def test_what_sqlite_is_told(sqlite_url):
    store = await open_store(sqlite_url, create=True)
    names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
    async with store._engine.connect() as connection:
        told = [(await connection.exec_driver_sql(f"PRAGMA {name}")).scalar() for name in names]
    await store.close()
    assert told == ["wal", 2, 5000, 1]


async def test_a_read_of_many_tasks_waits_for_a_connection_and_none_is_lost(store, lifecycle, acme):
    minted = await lifecycle.mint(an_order(), "anna")
    found = await asyncio.gather(*(store.find_key(minted.key.id) for _ in range(50)))
    assert {record.key.id for record in found} == {minted.key.id}
    assert store._engine.pool.checkedout() == 0


async def test_a_full_disk_writes_nothing_by_halves_and_reading_goes_on(sqlite_url, store, lifecycle, accounts):
    """F8: the database is not allowed to grow, as on a full disk."""
    await accounts.add("acme", "Acme", "small", None, "anna")
    await store.close()

    def stop_growing(connection, _record):
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")

    event.listen(store._engine.sync_engine, "connect", stop_growing)
    minted = []

    async def mint_until_full():
        while True:
            minted.append(await lifecycle.mint(an_order(name="x" * 200), "anna"))

    with pytest.raises(StoreUnavailable, match="cannot be read or written"):
        await mint_until_full()
    assert len(await store.list_keys(limit=1000)) == len(minted)
    assert await store.latest_change() == 1 + len(minted)
    assert len(await store.list_audit_events(limit=1000)) == 1 + len(minted)
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as direct:
        assert direct.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    direct.close()


async def test_a_database_that_vanished_is_unavailable_and_not_empty(store, lifecycle, acme):
    minted = await lifecycle.mint(an_order(), "anna")
    async with store._writing() as connection:
        await connection.exec_driver_sql("ALTER TABLE keys RENAME TO moved")
    with pytest.raises(StoreUnavailable):
        await store.find_key(minted.key.id)


def test_the_repr_of_a_store_says_where_and_no_secret(store):
    assert repr(store) == "KeyStore(sqlite)"
