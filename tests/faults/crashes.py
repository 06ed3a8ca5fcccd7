"""Kill a process that mints and revokes, at any moment, as often as is asked; nothing acknowledged may be lost.

    python -m tests.faults.crashes --times 500

Each round forks a child that works on one SQLite store and tells of every change once it was acknowledged to it; the child
is killed (SIGKILL) at a random moment; then the database must be sound and hold everything that was told. Exit code 1 if
not. `--full` gives each child a file size limit in place of the kill: what a full disk is to SQLite.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import resource
import select
import signal
import sqlite3
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from keys import (
    Accounts,
    Hasher,
    HashingParams,
    Lifecycle,
    Limit,
    MintOrder,
    MintRules,
    Plan,
    ScopeTable,
    StoreUnavailable,
    TenantRule,
    open_store,
)
from keys.audit import find_break

CHEAP = HashingParams(memory_kib=8, iterations=1, lanes=1)
ACTOR = "crash"
PLANS = {"ample": Plan("ample", Limit(1, 1, 1))}
CHANGES_A_ROUND = 40
WAIT_S = 30.0


@dataclass
class Told:
    """What was acknowledged, over all rounds."""

    minted: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    refused: int = 0

    def take(self, line: str) -> None:
        word, _, key_id = line.partition(" ")
        if word == "minted":
            self.minted.add(key_id)
        elif word == "revoked":
            self.revoked.add(key_id)
        else:
            self.refused += word == "refused"


def run(folder: Path, times: int, seed: int, *, full: bool = False) -> tuple[Told, list[str]]:
    """All rounds; what was told, and every fault found."""
    file, rng, told, faults = folder / "keys.db", random.Random(seed), Told(), []
    _in_child(lambda _tell: _create(file)).wait()
    for _ in range(times):
        growth = rng.randrange(0, 600_000) if full else None
        child = _in_child(lambda tell, growth=growth: _work(file, tell, growth))
        child.listen(told, None if full else rng.expovariate(1 / 0.03))
        faults += check(file, told)
    return told, faults


class _Child:
    """A forked process and the pipe on which it tells."""

    def __init__(self, pid: int, pipe: int) -> None:
        self._pid = pid
        self._pipe = pipe

    def wait(self) -> None:
        _, status = os.waitpid(self._pid, 0)
        os.close(self._pipe)
        assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL), f"the child ended with {status}"

    def listen(self, told: Told, life_s: float | None) -> None:
        """Take what it tells until it ends; from its first word on it has `life_s` to live."""
        heard, deadline = b"", None
        while True:
            left_s = WAIT_S if deadline is None else max(0.0, deadline - time.monotonic())
            if not select.select([self._pipe], [], [], left_s)[0]:
                os.kill(self._pid, signal.SIGKILL)
                deadline = None
            piece = os.read(self._pipe, 65536)
            if not piece:
                break
            heard += piece
            if life_s is not None and deadline is None:
                deadline, life_s = time.monotonic() + life_s, None
        for line in heard.decode().splitlines():
            told.take(line)
        self.wait()


def _in_child(work) -> _Child:
    """Fork; the child works, and leaves without unwinding into our frames."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writing)
        return _Child(pid, reading)
    code = 70
    try:
        os.close(reading)
        asyncio.run(work(lambda line: os.write(writing, line.encode() + b"\n")))
        code = 0
    except BaseException as error:  # noqa: BLE001 - the last frame of this process
        os.write(2, f"the child failed: {error!r}\n".encode())
    finally:
        os._exit(code)


async def _create(file: Path) -> None:
    store = await open_store(f"sqlite:///{file}", create=True)
    await Accounts(store, PLANS).add("account", "account", "ample", None, ACTOR)
    await store.close()


async def _work(file: Path, tell, growth: int | None) -> None:
    """Mint and revoke, telling of each; with `growth` bytes left to write, go on after a refusal, as a service does."""
    if growth is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = max(each.stat().st_size for each in file.parent.glob("keys.db*"))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + growth, size + growth))
    store = await open_store(f"sqlite:///{file}")
    rules = MintRules({"acme": TenantRule.NONE}, ScopeTable(known={}, implies={}, legacy={}), PLANS)
    lifecycle = Lifecycle(store, rules, Hasher(CHEAP))
    tell("begun")
    for number in range(CHANGES_A_ROUND):
        try:
            key = (await lifecycle.mint(MintOrder("acme", "crash", "account"), ACTOR)).key
            tell(f"minted {key.id}")
            if number % 2:
                await lifecycle.revoke(key.id, ACTOR, "crash")
                tell(f"revoked {key.id}")
        except StoreUnavailable:
            tell("refused")
    await store.close()


def check(file: Path, told: Told) -> list[str]:
    """Everything that is wrong with the database, by what was told."""
    with closing(sqlite3.connect(file)) as database:
        sound = database.execute("PRAGMA integrity_check").fetchall()
        rows = database.execute("SELECT id, revoked_at FROM keys").fetchall()
        events = database.execute("SELECT tag, subject_id FROM audit_events").fetchall()
    faults = [] if sound == [("ok",)] else [f"integrity_check: {sound}"]
    there, revoked = {key for key, _ in rows}, {key for key, at in rows if at is not None}
    faults += [f"lost mint {key}" for key in told.minted - there]
    faults += [f"lost revocation {key}" for key in told.revoked - revoked]
    told_events = {("key:minted", key) for key in there} | {("key:revoked", key) for key in revoked}
    faults += [
        f"change and audit disagree: {event}" for event in told_events ^ {e for e in events if e[0][:3] == "key"}
    ]
    return faults


async def find_audit_break(file: Path) -> int | None:
    """The number of the first audit event that does not fit the chain."""
    store = await open_store(f"sqlite:///{file}")
    try:
        seq, prev, broken = 0, None, None
        while events := await store.list_audit_events(after=seq):
            broken = find_break(events) if prev is None else find_break(events, seq, prev)
            if broken is not None:
                break
            seq, prev = events[-1].seq, events[-1].hash
        return broken
    finally:
        await store.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults.crashes")
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--full", action="store_true", help="a full disk in place of a kill")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        told, faults = run(Path(name), asked.times, asked.seed, full=asked.full)
        broken = asyncio.run(find_audit_break(Path(name) / "keys.db"))
    figures = f"{len(told.minted)} mints, {len(told.revoked)} revocations acknowledged, {told.refused} changes refused"
    sys.stdout.write(f"{asked.times} rounds: {figures}; lost or unsound: {len(faults)}; audit chain broken: {broken}\n")
    for fault in faults:
        sys.stdout.write(f"{fault}\n")
    return int(bool(faults) or broken is not None)


if __name__ == "__main__":
    sys.exit(main())
