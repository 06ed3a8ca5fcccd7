"""Whole gateways, as `gateway run` starts them, on one key database: started in a folder, asked over HTTP, stopped by pid."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import yaml

from keys import Hasher, KeysSettings, Lifecycle, open_store
from tests.keys.builders import SETTINGS, an_order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from keys import KeyStore

COMMANDS = Path(sys.executable).parent
PATIENCE_S = 60
TARGET = "/things/all"


def settings(store_url: str, backend_port: int, **authenticate) -> dict:
    """A settings file: one API of `px` keys, in front of one backend, on free ports."""
    database = {"connection_wait_s": 1, "connect_timeout_s": 1, "statement_timeout_s": 1}
    api = {
        "paths": ["/things/"],
        "credential": {"header": "x-api-key", "prefix": "px"},
        "tenant": {"header": "x-tenant"},
        "routes": [{"name": "all", "method": "GET", "path": TARGET, "scopes": ["boards:read"], "upstream": "backend"}],
    }
    return {
        "version": 1,
        "listen": {name: {"host": "127.0.0.1", "port": 0} for name in ("proxy", "admin")},
        "keys": SETTINGS | {"store": store_url, "database": database, "plans": {"small": {"limit": 10**9}}},
        "authenticate": {"rejected_ttl_s": 0.1, **authenticate},
        "limits": {"anonymous": {"limit": 10**6, "burst": 10**6}},
        "upstreams": {"backend": {"url": f"http://127.0.0.1:{backend_port}"}},
        "apis": {"things": api},
    }


@dataclass
class Gateways:
    """One supervisor and its workers, ready when made. `lines` is what it has logged so far."""

    process: subprocess.Popen[str]
    lines: list[dict] = field(default_factory=list)
    ports: dict[str, int] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def running(cls, config: Path, workers: int = 1) -> AsyncIterator[Gateways]:
        arguments = [COMMANDS / "gateway", "run", "--config", config, "--workers", str(workers)]
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            gateways = cls(process)
            await asyncio.to_thread(gateways._hear_ready, workers)
            reading = asyncio.create_task(asyncio.to_thread(gateways._read_rest))
            try:
                yield gateways
            finally:
                process.send_signal(signal.SIGTERM)
                await asyncio.to_thread(process.wait, PATIENCE_S)
                await reading

    def _hear_ready(self, workers: int) -> None:
        for line in self.process.stdout:
            self._note(line)
            ready = [entry for entry in self.lines if entry.get("event") == "ready"]
            if len(ready) == workers:
                self.ports = ready[0]["ports"]
                return
        raise AssertionError(f"the gateway did not start: {self.lines}")

    def _read_rest(self) -> None:
        for line in self.process.stdout:
            self._note(line)

    def _note(self, line: str) -> None:
        try:
            self.lines.append(json.loads(line))
        except ValueError:
            self.lines.append({"event": "not json", "text": line})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports['proxy']}"

    async def status_of(self, key: str, tenant: str = "pixel-1") -> int:
        """What a request with this key is answered, on a connection of its own, so by any worker."""
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE_S) as client:
            return await ask(client, self, key, tenant)


async def ask(client: httpx.AsyncClient, gateways: Gateways, key: str, tenant: str = "pixel-1") -> int:
    answer = await client.get(gateways.url + TARGET, headers={"x-api-key": key, "x-tenant": tenant})
    return answer.status_code


async def until(gateways: Gateways, key: str, status: int) -> None:
    """Asks until the answer is this one."""
    async with (
        asyncio.timeout(PATIENCE_S),
        httpx.AsyncClient(trust_env=False, verify=False, timeout=PATIENCE_S) as client,
    ):
        while await ask(client, gateways, key) != status:
            await asyncio.sleep(0.02)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[KeyStore, Lifecycle]]:
    """The store behind the gateways, with an account in it, and the use cases on it."""
    from keys import Accounts  # noqa: PLC0415

    declared = KeysSettings.model_validate(SETTINGS)
    store = await open_store(url, create=True)
    try:
        if await store.find_account("acme") is None:
            await Accounts(store, declared.declared_plans()).add("acme", "Acme", "small", None, "test")
        yield store, Lifecycle(store, declared.mint_rules(), Hasher(declared.hashing_params()))
    finally:
        await store.close()


async def mint(lifecycle: Lifecycle) -> tuple[str, str]:
    """A new key: its text and its id."""
    minted = await lifecycle.mint(an_order(), "test")
    return minted.text, minted.key.id


def write(folder: Path, document: dict) -> Path:
    config = folder / "gateway.yaml"
    config.write_text(yaml.safe_dump(document))
    return config
