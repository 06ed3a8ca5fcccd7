"""What can be proven wrong of a history by its timestamps alone. Pure; knows nothing of how buckets are kept.

A charge was decided at some moment between its sending and its answer; nothing else is known. So a charge is over the
limit if there is a window that certainly holds more admitted ones than the limit allows for it, and a refusal is wrong if
the bucket had room even when every admitted charge that may have come before it did, each as late as it can have.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.limits.bucket import BucketRule


NOTHING = -(1 << 62)


class Answered(NamedTuple):
    """One charge of cost 1: microseconds of one clock, and what was answered."""

    sent_us: int
    received_us: int
    allowed: bool


class Verdict(NamedTuple):
    """Of one bucket. `over`: how many too many its worst window admitted. `unused`: the share of what fell due between
    the first charge and the last refusal that nobody got, though it was asked for all the time.
    """

    admitted: int
    refused: int
    over: int
    wrongly_refused: int
    unused: float


def judge(rule: BucketRule, history: Sequence[Answered]) -> Verdict:
    """The verdict on all charges of one bucket, in any order."""
    admitted = [one for one in history if one.allowed]
    refused = [one for one in history if not one.allowed]
    return Verdict(
        len(admitted),
        len(refused),
        most_over(rule, admitted),
        wrongly_refused(rule, admitted, refused),
        _unused(rule, admitted, refused),
    )


def most_over(rule: BucketRule, admitted: Sequence[Answered]) -> int:
    """By how many the worst window is over `burst + t / interval`.

    A window [a, b] certainly holds the charges sent from a on and answered until b. With each answer b goes on, and the
    charge counts for every window that begins at its sending or before.
    """
    starts = sorted({one.sent_us for one in admitted})
    windows = Windows(starts)
    worst_us = 0
    for one in sorted(admitted, key=lambda one: one.received_us):
        windows.count(bisect_left(starts, one.sent_us), rule.interval_us)
        worst_us = max(worst_us, windows.most() - one.received_us - rule.tolerance_us)
    return -(-worst_us // rule.interval_us)


class Windows:
    """For each beginning of a window, in a tree of maxima: it, plus what was admitted since, in microseconds.

    A beginning counts from the moment on that its own charge does: before, the next one has as much in less time.
    """

    def __init__(self, starts: Sequence[int]) -> None:
        self._starts = starts
        self._open: set[int] = set()
        self._size = 1
        while self._size < len(starts):
            self._size *= 2
        self._most = [NOTHING] * (2 * self._size)
        self._added = [0] * (2 * self._size)

    def count(self, position: int, amount_us: int) -> None:
        """A charge sent at the beginning at `position`: it counts for that one and all before."""
        node = position + self._size
        if position not in self._open:
            self._open.add(position)
            self._most[node] += self._starts[position] - NOTHING
        self._most[node] += amount_us
        while node > 1:
            if node % 2:  # a right child: all that its sibling holds begins earlier
                self._most[node - 1] += amount_us
                self._added[node - 1] += amount_us
            node //= 2
            self._most[node] = max(self._most[2 * node], self._most[2 * node + 1]) + self._added[node]

    def most(self) -> int:
        return self._most[1]


def wrongly_refused(rule: BucketRule, admitted: Sequence[Answered], refused: Sequence[Answered]) -> int:
    """How many refusals had room for certain: whoever was answered before one was sent spent at that answer, and whoever
    was sent before it was answered may have come first.
    """
    sent = sorted(one.sent_us for one in admitted)
    received = sorted(one.received_us for one in admitted)
    wrong, tat_us, before = 0, 0, 0
    for one in sorted(refused, key=lambda one: one.sent_us):
        while before < len(received) and received[before] <= one.sent_us:
            tat_us = max(tat_us, received[before]) + rule.interval_us
            before += 1
        meanwhile = bisect_right(sent, one.received_us) - before
        used_us = max(0, tat_us - one.sent_us) + meanwhile * rule.interval_us
        wrong += used_us + rule.interval_us <= rule.tolerance_us
    return wrong


def _unused(rule: BucketRule, admitted: Sequence[Answered], refused: Sequence[Answered]) -> float:
    if not refused:
        return 0.0
    first_us = min(one.sent_us for one in (*admitted, *refused))
    last_us = max(one.sent_us for one in refused)
    due = rule.burst + (last_us - first_us) / rule.interval_us
    used = sum(one.sent_us <= last_us for one in admitted)
    return max(0.0, 1 - used / due)
