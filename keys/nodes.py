"""Which processes serve keys, and how far each has come: a lease that each renews, with the number it has applied.

A process that cannot renew its lease stops trusting the keys it knows when the lease is older than `trust_s`, by its own
clock and counted from before it asked. The database counts from when it answered, which is later. So once a lease has
run out by the database's clock, its process serves no cached key any more, whatever has become of it.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from keys.errors import StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from keys.store.node_rows import Roll

RENEW_S = 2.0
TIMEOUT_S = 2.0
RETRY_S = 0.2
RENEWALS_WITHIN_TRUST = 4
SWEEP_EVERY = 30
CLOCK_MARGIN_S = 1.0
"""What the clocks of a process and of the database may differ by in the length of one lease."""


class NodeIdentity(NamedTuple):
    """What stays the same as long as a process lives."""

    id: str
    host: str
    pid: int
    pid_space: str
    version: str
    trust_s: float


@dataclass(frozen=True, slots=True)
class Node:
    """A process as the database knows it. Times are the database's."""

    id: str
    host: str
    pid: int
    pid_space: str
    version: str
    applied: int
    trust_s: float
    started_at: float
    renewed_at: float

    def is_trusting(self, now: float) -> bool:
        """May it still serve keys from memory? `now` is the database's time."""
        return now <= self.renewed_at + self.trust_s + CLOCK_MARGIN_S


class Register(Protocol):
    """Where nodes are written down: `KeyStore.nodes`. Every method raises StoreUnavailable."""

    async def renew(self, identity: NodeIdentity, applied: int) -> None: ...
    async def roll(self) -> Roll: ...
    async def remove(self, ids: Collection[str]) -> None: ...
    async def remove_distrusted(self) -> None: ...


class Lease:
    """The entry of this process among the nodes. Enter before the first key is served, leave after the last.

    Mutable state, touched on the event loop only: the number applied, the wake-up, and when the lease was last renewed.
    """

    def __init__(
        self,
        register: Register,
        *,
        trust_s: float,
        version: str,
        renew_s: float = RENEW_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._register = register
        self._identity = identify(trust_s, version)
        self._renew_s = min(renew_s, trust_s / RENEWALS_WITHIN_TRUST)
        self._monotonic = monotonic
        self._applied = 0
        self._woken = asyncio.Event()
        self._renewed_at_s: float | None = None

    @property
    def node_id(self) -> str:
        return self._identity.id

    def age_s(self) -> float:
        """Seconds since the last renewal that worked was begun; infinite before the first."""
        return float("inf") if self._renewed_at_s is None else self._monotonic() - self._renewed_at_s

    def apply(self, seq: int) -> None:
        """Every change up to `seq` is applied in this process: tell whoever waits for it."""
        self._applied = seq
        self._woken.set()

    async def enter(self) -> None:
        """Takes the lease; clears away what died in this process' place. Raises StoreUnavailable."""
        roll = await self._register.roll()
        dead = [node.id for node in roll.nodes if is_gone(node, self._identity.pid_space)]
        if dead:
            await self._register.remove(dead)
        await self._renew()

    async def run(self) -> None:
        """Renews for ever: when something was applied, and otherwise every `renew_s`."""
        renewals = 0
        while True:
            try:
                async with asyncio.timeout(TIMEOUT_S):
                    await self._renew()
                    renewals += 1
                    if renewals % SWEEP_EVERY == 0:
                        await self._register.remove_distrusted()
            except (StoreUnavailable, TimeoutError):
                await asyncio.sleep(RETRY_S)
            else:
                await self._pause()

    async def leave(self) -> None:
        """Gives the lease back: nobody waits for this process any more. What cannot be given back runs out."""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                await self._register.remove([self.node_id])
        except (StoreUnavailable, TimeoutError):
            return

    async def _renew(self) -> None:
        self._woken.clear()
        begun_s = self._monotonic()
        await self._register.renew(self._identity, self._applied)
        self._renewed_at_s = begun_s

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self._renew_s):
                await self._woken.wait()
        except TimeoutError:
            return


def identify(trust_s: float, version: str) -> NodeIdentity:
    """Who this process is; the id is new with each call."""
    return NodeIdentity(secrets.token_hex(6), socket.gethostname()[:255], os.getpid(), pid_space(), version, trust_s)


def pid_space() -> str:
    """Where a pid means the same process: this boot of this host, in this container."""
    parts = [socket.gethostname()]
    try:
        parts += [Path("/proc/sys/kernel/random/boot_id").read_text("ascii"), str(Path("/proc/self/ns/pid").readlink())]
    except OSError:
        parts.append(secrets.token_hex(8))  # it cannot be told: then nobody is found dead here
    return sha256("\0".join(parts).encode()).hexdigest()


def is_gone(node: Node, here: str) -> bool:
    """Did its process live where this one lives, and is there no process of that number, or is it this very one?"""
    if node.pid_space != here:
        return False
    return node.pid == os.getpid() or not _is_alive(node.pid)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
