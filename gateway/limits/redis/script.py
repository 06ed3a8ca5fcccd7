"""The script that charges in Redis: its text and hash, what a call of it sends, and what its reply says. No I/O."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.limits.bucket import decide
from gateway.limits.redis.errors import Garbled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.limits.bucket import Decision
    from gateway.limits.limiter import Charge


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script, known to Redis by the SHA-1 of its text once it has run there."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest())


CHARGE = Script(Path(__file__).with_name("charge.lua").read_text(encoding="ascii"))

Argument = str | bytes | int
Command = tuple[Argument, ...]


class Call:
    """One call of the script: charges of buckets that one server holds, decided together.

    `tag` comes back in the reply; a reply without it belongs to something else. `key` is one of its keys, to find the
    server by. `outcome` is set by whoever makes the call.
    """

    __slots__ = ("_arguments", "charges", "key", "outcome", "tag")

    def __init__(self, tag: bytes, prefix: str, charges: Sequence[Charge]) -> None:
        self.tag = tag
        self.charges = charges
        self.outcome: list[Decision] | Exception | None = None
        keys = [prefix + charge.bucket for charge in charges]
        self.key = keys[0]
        self._arguments: list[Argument] = [len(keys), *keys, tag]
        for _, rule, cost in charges:
            self._arguments += (cost * rule.interval_us, rule.tolerance_us)

    def evalsha(self, script: Script) -> Command:
        """The command for a server that knows the script."""
        return ("EVALSHA", script.sha, *self._arguments)

    def eval(self, script: Script) -> Command:
        """The command for a server that may not: it learns it by this."""
        return ("EVAL", script.text, *self._arguments)

    def read(self, reply: object) -> list[Decision]:
        """The decisions of a reply, in the order of the charges. Raises `Garbled` for any other call's reply, or none's."""
        charges = self.charges
        if not isinstance(reply, list) or len(reply) != len(charges) + 2 or reply[0] != self.tag:
            raise Garbled("the reply is not the call's")
        now_us, found = reply[1], reply[2:]
        try:
            return [
                decide(charge.rule, now_us + used_us, now_us, charge.cost)
                for charge, used_us in zip(charges, found, strict=True)
            ]
        except TypeError:
            raise Garbled("the reply holds what is no number") from None
