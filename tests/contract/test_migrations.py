"""The migrations lead to exactly the schema that the code has, and back, on SQLite and PostgreSQL."""

from __future__ import annotations

import json

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from keys.errors import SchemaOutdated, StoreMissing
from keys.store import StoreLimits, open_store
from keys.store.engine import make_engine
from keys.store.migrate import SchemaStatus, downgrade, newest_revision, schema_status, upgrade
from keys.store.tables import SCHEMA_VERSION, metadata


async def in_database(url, read):
    engine = make_engine(url, StoreLimits())
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(read)
    finally:
        await engine.dispose()


def differences(connection):
    def is_for_this_database(item, name, kind, is_reflected, _found):
        return is_reflected or kind != "index" or name != "ix_keys_scopes" or connection.dialect.name == "postgresql"

    options = {"compare_type": True, "compare_server_default": True, "include_object": is_for_this_database}
    return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


def fingerprint(connection):
    """All that an inspector sees: more than compare_metadata compares, check constraints for one."""
    inspector = inspect(connection)
    reads = (
        *("get_columns", "get_pk_constraint", "get_foreign_keys", "get_unique_constraints"),
        *("get_check_constraints", "get_indexes"),
    )
    return {
        (table, read): sorted(map(shown, found))
        if isinstance(found := getattr(inspector, read)(table), list)
        else shown(found)
        for table in inspector.get_table_names()
        for read in reads
    }


def shown(found) -> str:
    return json.dumps(found, default=str, sort_keys=True)


def ledger_rows(connection):
    return [tuple(row) for row in connection.execute(text("SELECT * FROM ledger"))]


def test_the_version_in_the_code_is_the_newest_revision():
    assert newest_revision() == SCHEMA_VERSION


async def test_migrations_make_exactly_the_tables_of_the_code(store_url):
    await upgrade(store_url)
    assert await in_database(store_url, differences) == []


async def test_a_fresh_store_is_what_the_migrations_make(store_url, request, tmp_path):
    await upgrade(store_url)
    if store_url.startswith("sqlite"):
        fresh_url = f"sqlite:///{tmp_path}/fresh.db"
    else:
        fresh_url = request.getfixturevalue("postgres").new_database()
    await (await open_store(fresh_url, create=True)).close()
    for read in (fingerprint, ledger_rows):
        assert await in_database(store_url, read) == await in_database(fresh_url, read)


async def test_a_migrated_database_opens_and_upgrading_again_does_nothing(store_url):
    await upgrade(store_url)
    await upgrade(store_url)
    store = await open_store(store_url)
    assert await store.latest_change() == 0
    await store.close()
    assert await schema_status(store_url) == SchemaStatus(SCHEMA_VERSION, SCHEMA_VERSION)


async def test_down_to_nothing_and_up_again(store_url):
    await upgrade(store_url)
    await downgrade(store_url, "base")
    assert await in_database(store_url, lambda connection: inspect(connection).get_table_names()) == ["alembic_version"]
    assert not (await schema_status(store_url)).is_current
    with pytest.raises(StoreMissing):
        await open_store(store_url)
    await upgrade(store_url)
    assert await in_database(store_url, differences) == []


async def test_the_schema_of_another_version_is_refused(store_url):
    await upgrade(store_url)

    def pretend(connection):
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.commit()

    await in_database(store_url, pretend)
    with pytest.raises(SchemaOutdated, match="is at 9999, this version needs"):
        await open_store(store_url, create=True)
    with pytest.raises(SchemaOutdated, match="not one of this version's"):
        await upgrade(store_url)
