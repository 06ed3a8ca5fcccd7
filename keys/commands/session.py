"""What a command works with: the settings, the open store, the use cases, and who is asking."""

from __future__ import annotations

import asyncio
import getpass
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeVar

from pydantic import ConfigDict

from keys.accounts import Accounts, Plans
from keys.lifecycle import Lifecycle
from keys.settings import KeysSettings  # noqa: TC001 - pydantic reads it
from keys.settings_file import Section, SettingsFile
from keys.store import KeyStore, open_store
from keys.verify import Hasher

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

T = TypeVar("T")


class KeysFile(Section):
    """The part of a settings file that this command reads: the rest is the gateway's."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", frozen=True)

    version: Literal[1]
    keys: KeysSettings


@dataclass(frozen=True, slots=True)
class Session:
    """One open store, and everything a command may do with it. `now` is when the command began."""

    settings: KeysSettings
    store: KeyStore
    actor: str
    now: float

    @property
    def lifecycle(self) -> Lifecycle:
        return Lifecycle(self.store, self.settings.mint_rules(), Hasher(self.settings.hashing_params()))

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.store, self.settings.declared_plans())

    @property
    def plans(self) -> Plans:
        return Plans(self.store, self.settings.declared_plans())


def read_settings(config: Path) -> KeysSettings:
    """The `keys:` section of the file. Raises SettingsError with every mistake in it."""
    return SettingsFile.load(config, os.environ).read(KeysFile).keys


def store_url(config: Path, store: str | None) -> str:
    """The URL of the database: --store, else what the settings say."""
    return store or read_settings(config).store_url(config.parent)


def in_session(config: Path, store: str | None, work: Callable[[Session], Awaitable[T]]) -> T:
    """Opens the store, does `work`, closes the store."""
    settings = read_settings(config)
    url = store or settings.store_url(config.parent)

    async def run() -> T:
        opened = await open_store(url, limits=settings.database.limits())
        try:
            return await work(Session(settings, opened, _actor(), time.time()))
        finally:
            await opened.close()

    return asyncio.run(run())


def _actor() -> str:
    """Who runs the command, as the audit log names them."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = f"uid-{os.getuid()}"
    return f"cli:{name}"
