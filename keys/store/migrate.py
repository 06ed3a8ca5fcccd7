"""Upgrading a database with Alembic. Loads Alembic, so it is imported only by `keys db` and the tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError

from keys import migrations
from keys.errors import SchemaOutdated
from keys.store.engine import StoreLimits, make_engine, shown_url, write_options
from keys.store.faults import translating_faults
from keys.store.open import require_file
from keys.store.schema import read_version
from keys.store.tables import SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection


# A migration takes as long as it takes.
_PATIENT = StoreLimits(connections=1, statement_timeout_s=None)


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """Where a database stands: its revision (None: no schema yet) and the one that this version needs."""

    found: str | None
    needed: str

    @property
    def is_current(self) -> bool:
        return self.found == self.needed


async def schema_status(url: str) -> SchemaStatus:
    """The revision of the database at `url`. Raises StoreMissing for an SQLite file that is not there."""
    require_file(url, create=False)
    engine = make_engine(url, _PATIENT)
    try:
        with translating_faults():
            return SchemaStatus(await read_version(engine), SCHEMA_VERSION)
    finally:
        await engine.dispose()


async def upgrade(url: str, revision: str = "head") -> None:
    """Brings the database to `revision`, making an SQLite file if there is none. All of it or nothing."""
    require_file(url, create=True)
    await _run(url, lambda config: command.upgrade(config, revision))


async def downgrade(url: str, revision: str) -> None:
    """Brings the database back to `revision` (`base`: to nothing)."""
    require_file(url, create=False)
    await _run(url, lambda config: command.downgrade(config, revision))


def newest_revision() -> str:
    """The head of the migrations."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # noqa: S101 - there is a first revision
    return head


async def _run(url: str, step: Callable[[Config], None]) -> None:
    def in_connection(connection: Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        step(config)

    engine = make_engine(url, _PATIENT)
    try:
        with translating_faults():
            async with engine.connect() as connection:
                await connection.execution_options(**write_options(engine))
                async with connection.begin():
                    await connection.run_sync(in_connection)
    except CommandError as error:
        # A database of a later version: its revision is not among ours.
        raise SchemaOutdated(f"the schema of {shown_url(url)} is not one of this version's: {error}") from error
    finally:
        await engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent).replace("%", "%%"))
    return config
