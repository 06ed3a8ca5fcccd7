"""One flood: an attack from a process of its own, valid traffic measured meanwhile, the gateway's memory before and after."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.floods.attackers import ATTACKS, Target
from tests.floods.valid import Quality, measure
from tests.hostile.rows.row import get
from tests.hostile.vitals import rss_bytes

if TYPE_CHECKING:
    from tests.hostile.deployed import Deployed


@dataclass
class Flooded:
    valid: Quality
    growth_bytes: int
    seen: Counter[str] = field(default_factory=Counter)


def quiet(gateway: Deployed, lasting_s: float, _rate: int, _connections: int, valid_rate: int) -> Flooded:
    """Valid traffic alone."""
    before = rss_bytes(gateway.process.pid)
    valid = asyncio.run(_valid(gateway, valid_rate, lasting_s))
    return Flooded(valid, rss_bytes(gateway.process.pid) - before)


def flood(gateway: Deployed, name: str, lasting_s: float, rate: int, connections: int, valid_rate: int) -> Flooded:
    """The attack `name` for so long, from a process of its own; `seen` is what its attempts came to."""
    before = rss_bytes(gateway.process.pid)
    order = {"name": name, "port": gateway.port, "lasting_s": lasting_s, "rate": rate, "connections": connections}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.floods.flood"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as attacker:
        attacker.stdin.write(json.dumps(order | {"key": gateway.keys.texts["KEY"]}) + "\n")
        attacker.stdin.flush()
        assert attacker.stdout.readline() == "begun\n"
        valid = asyncio.run(_valid(gateway, valid_rate, lasting_s))
        growth = rss_bytes(gateway.process.pid) - before
        attacker.stdin.close()
        seen = Counter(json.loads(attacker.stdout.readline()))
    return Flooded(valid, growth, seen)


async def _valid(gateway: Deployed, rate: int, lasting_s: float) -> Quality:
    return await measure(gateway.port, gateway.keys.fill(get(target=b"/api/ping")), rate=rate, lasting_s=lasting_s)


async def _attack(order: dict) -> Counter[str]:
    """The attacker's process: until its standard input ends."""
    seen: Counter[str] = Counter()
    target = Target(order["port"], order["key"], rate=order["rate"], connections=order["connections"])
    attack = asyncio.ensure_future(ATTACKS[order["name"]](target, seen))
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    ended = asyncio.ensure_future(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait((attack, ended), return_when=asyncio.FIRST_COMPLETED)
    if attack.done():
        attack.result()
    attack.cancel()
    await asyncio.gather(attack, return_exceptions=True)
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_attack(json.loads(sys.stdin.readline())))) + "\n")
