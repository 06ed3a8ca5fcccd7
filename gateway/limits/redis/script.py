"""The script that charges in Redis: its text and hash, what a call of it sends, and what its reply says. No I/O."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

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


Q = TypeVar("Q")
A = TypeVar("A")


class Call(ABC, Generic[Q, A]):
    """One call of a script: questions about buckets that one server holds, answered together.

    `tag` comes back in the reply; a reply without it belongs to something else. `key` is one of its keys, to find the
    server by. `outcome` is set by whoever makes the call: the answers, or what went wrong.

    `repeatable`: when it is not known whether it was done, it may be done again; at worst something is charged twice.
    """

    __slots__ = ("_arguments", "_script", "key", "outcome", "questions", "tag")
    repeatable = True

    def __init__(self, script: Script, tag: bytes, keys: list[str], questions: Sequence[Q]) -> None:
        self.tag = tag
        self.questions = questions
        self.key = keys[0]
        self.outcome: list[A] | Exception | None = None
        self._script = script
        self._arguments: list[Argument] = [len(keys), *keys, tag]

    def command(self, *, with_text: bool) -> Command:
        """By the script's hash; or with its text, for a server that may not know it, and learns it by this."""
        if with_text:
            return ("EVAL", self._script.text, *self._arguments)
        return ("EVALSHA", self._script.sha, *self._arguments)

    def read(self, reply: object) -> list[A]:
        """The answers of a reply, in the order of the questions. Raises `Garbled` for any other call's reply, or none's."""
        if not isinstance(reply, list) or len(reply) < 2 or reply[0] != self.tag:
            raise Garbled("the reply is not the call's")
        try:
            return self._answers(reply[1], reply[2:])
        except (TypeError, ValueError):
            raise Garbled("the reply holds too much, too little, or what is no number") from None

    @abstractmethod
    def _answers(self, now_us: int, found: list[int]) -> list[A]: ...


class ChargeCall(Call["Charge", "Decision"]):
    """A call of charge.lua."""

    __slots__ = ()

    def __init__(self, script: Script, prefix: str, tag: bytes, charges: Sequence[Charge]) -> None:
        super().__init__(script, tag, [prefix + charge.bucket for charge in charges], charges)
        for _, rule, cost in charges:
            self._arguments += (cost * rule.interval_us, rule.tolerance_us)

    def _answers(self, now_us: int, found: list[int]) -> list[Decision]:
        return [
            decide(charge.rule, now_us + used_us, now_us, charge.cost)
            for charge, used_us in zip(self.questions, found, strict=True)
        ]
