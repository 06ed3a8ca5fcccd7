"""The gateway as a user runs it: a settings file, a key database by `keys db upgrade`, keys minted, its log in a file.

Everything is on that is on by default: the log, metrics, scopes, the tenant of each key, Argon2id at its default cost. The
plan alone is larger than any load, so that nothing is refused.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bench.compare.contender import Contender
from bench.compare.peers import KEYS
from bench.compare.processes import CONTENDER_CORE, wait_until
from gateway.settings import load_file
from keys import Accounts, Hasher, Lifecycle, MintOrder, open_store

if TYPE_CHECKING:
    from bench.compare.peers import Grounds
    from bench.compare.processes import Started

COMMANDS = Path(sys.executable).parent
NAME = "this gateway, limits in {}"
PLACES = {"memory": "its process", "redis": "Redis"}
ROUTES = ("GET", "POST")


def settings(grounds: Grounds, limits: str) -> dict[str, object]:
    """The settings file: one API behind keys that are for one tenant each."""
    routes = [
        {
            "name": f"items-{method.lower()}",
            "method": method,
            "path": "/v1/items/{size}",
            "scopes": ["items:use"],
            "upstream": "backend",
        }
        for method in ROUTES
    ]
    api = {
        "paths": ["/v1/"],
        "credential": {"header": "x-api-key", "prefix": "bench"},
        "tenant": {"header": "x-tenant"},
        "routes": routes,
    }
    redis = {"url": f"redis://127.0.0.1:{grounds.redis}", "timeout_ms": 1000, "on_failure": "deny"}
    return {
        "version": 1,
        "listen": {name: {"host": "127.0.0.1", "port": 0} for name in ("proxy", "admin")},
        "keys": {
            "prefixes": {"bench": {"tenant": "required"}},
            "scopes": {"items:use": {"prefix": "bench"}},
            "plans": {"endless": {"limit": 10**9, "per": "second"}},
        },
        "limits": {"redis": redis} if limits == "redis" else {},
        "upstreams": {"backend": {"url": f"http://127.0.0.1:{grounds.backend}"}},
        "apis": {"items": api},
    }


def start_product(started: Started, grounds: Grounds, folder: Path, limits: str) -> Contender:
    """A gateway with one worker, in a folder of its own. Raises NotReady, or CalledProcessError for the database."""
    home = folder / limits
    home.mkdir()
    path, log = home / "gateway.yaml", home / "gateway.log"
    path.write_text(yaml.safe_dump(settings(grounds, limits)))
    subprocess.run([COMMANDS / "keys", "db", "upgrade", "--config", path], check=True, capture_output=True)
    headers = asyncio.run(_mint(path))
    process = started.run(CONTENDER_CORE, [str(COMMANDS / "gateway"), "run", "--config", str(path)], log)
    wait_until(lambda: _ports(log) is not None, process, log)
    port = (_ports(log) or {})["proxy"]
    return Contender(NAME.format(PLACES[limits]), port, process.pid, headers, log)


def _ports(log: Path) -> dict[str, int] | None:
    """The ports in the line of the log that says that a worker is ready; None while there is none."""
    for line in log.read_text().splitlines():
        if '"ready"' in line:
            ports: dict[str, int] = json.loads(line)["ports"]
            return ports
    return None


async def _mint(config: Path) -> tuple[dict[str, str], ...]:
    """The headers of each key: every one is for a tenant of its own."""
    loaded = load_file(config, {})
    declared = loaded.settings.keys
    store = await open_store(declared.store_url(loaded.folder))
    try:
        await Accounts(store, declared.declared_plans()).add("bench", "Bench", "endless", None, "bench")
        lifecycle = Lifecycle(store, declared.mint_rules(), Hasher(declared.hashing_params()))
        return tuple([await _headers(lifecycle, f"tenant-{number}") for number in range(KEYS)])
    finally:
        await store.close()


async def _headers(lifecycle: Lifecycle, tenant: str) -> dict[str, str]:
    order = MintOrder("bench", tenant, "bench", tenant, scopes=frozenset({"items:use"}))
    minted = await lifecycle.mint(order, "bench")
    return {"X-Api-Key": minted.text, "X-Tenant": tenant}
