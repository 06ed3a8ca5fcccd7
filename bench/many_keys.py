"""A million keys: how long their import takes, and a page of a list, by what it is filtered for.

    python -m bench.many_keys --keys 1000000

On PostgreSQL, by `keys import` itself. One key in a thousand is revoked, one in a hundred has a rare scope, every key has
one of 2000 tenants; pages are read by keyset from random places.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import random
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from statistics import quantiles
from typing import TYPE_CHECKING

import yaml
from sqlalchemy import text

from keys import KeyCursor, KeyFilter, KeyState, open_store
from keys.store import StoreLimits
from tests.contract.postgres import PostgresServer
from tests.keys.builders import SETTINGS

if TYPE_CHECKING:
    from keys import KeyStore

COMMAND = [str(Path(sys.executable).with_name("keys"))]
TENANTS = 2000
PAGES = 40
PAGE = 50
PATIENT = StoreLimits(statement_timeout_s=300)

FILTERS = {
    "all": KeyFilter(),
    "one tenant": KeyFilter(tenant="pixel-7"),
    "one account": KeyFilter(account="acme"),
    "common scope": KeyFilter(scope="boards:read"),
    "rare scope (1 %)": KeyFilter(scope="boards:admin"),
    "no key has the scope": KeyFilter(scope="reports:read"),
    "rare plan (0.1 %)": KeyFilter(plan="fast"),
    "no key has the plan": KeyFilter(plan="own"),
    "revoked (0.1 %)": KeyFilter(state=KeyState.REVOKED),
    "none is disabled": KeyFilter(state=KeyState.DISABLED),
    "text in one name of 1000": KeyFilter(text="777"),
}


def write_file(path: Path, count: int) -> None:
    """A CSV file of that many keys, made over the last three years."""
    now = time.time()
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("sha256", "prefix", "account", "tenant", "name", "scopes", "plan", "created_at"))
        for number in range(count):
            scopes = "boards:read boards:admin" if number % 100 == 0 else "boards:read boards:write"
            plan = "fast" if number % 1000 == 0 else ""
            made = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - (count - number) * 94_000_000 / count))
            digest = sha256(f"old-{number}".encode()).hexdigest()
            table.writerow((digest, "px", "acme", f"pixel-{number % TENANTS}", f"Key {number}", scopes, plan, made))


def run(folder: Path, *arguments: str) -> float:
    """Runs the command; gives how long it took."""
    begun_s = time.monotonic()
    subprocess.run([*COMMAND, *arguments, "--config", str(folder / "gateway.yaml")], check=True)
    return time.monotonic() - begun_s


async def measure_pages(url: str) -> None:
    store = await open_store(url, limits=PATIENT)
    async with store._engine.begin() as connection:  # noqa: SLF001 - behind the store: what no use case does
        revoked = "UPDATE keys SET revoked_at = created_at, revoked_by = 'bench' WHERE abs(hashtext(id)) % 1000 = 0"
        await connection.execute(text(revoked))
    async with store._engine.connect() as connection:  # noqa: SLF001 - the same
        await connection.execute(text("VACUUM ANALYZE keys"))
    for name, wanted in FILTERS.items():
        took_ms = [await _page_ms(store, wanted) for _ in range(PAGES)]
        cuts = quantiles(took_ms, n=20)
        print(f"a page of {PAGE}, {name}: p50 {cuts[9]:.1f} ms, p95 {cuts[18]:.1f} ms", flush=True)
    await store.close()


async def _page_ms(store: KeyStore, wanted: KeyFilter) -> float:
    after = KeyCursor(time.time() - random.random() * 94_000_000, "0" * 10)
    begun_s = time.monotonic()
    await store.list_keys(wanted, after, PAGE)
    return (time.monotonic() - begun_s) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description="Import many keys and list them.")
    parser.add_argument("--keys", type=int, default=1_000_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as name, PostgresServer.started() as server:
        folder, url = Path(name), server.new_database()
        (folder / "gateway.yaml").write_text(yaml.safe_dump({"version": 1, "keys": SETTINGS | {"store": url}}))
        write_file(folder / "old.csv", wanted.keys)
        run(folder, "db", "upgrade")
        run(folder, "accounts", "add", "acme", "--name", "Acme", "--plan", "small")
        took_s = run(folder, "import", str(folder / "old.csv"))
        print(f"imported {wanted.keys} keys in {took_s:.1f} s: {wanted.keys / took_s:.0f} a second", flush=True)
        asyncio.run(measure_pages(url))


if __name__ == "__main__":
    main()
