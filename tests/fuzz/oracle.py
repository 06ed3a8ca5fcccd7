"""What must be true of any bytes whatever: the gateway answers strictly, and the backend sees strict requests or none."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from tests.hostile.rows.row import get
from tests.hostile.strict import require_strict
from tests.hostile.wire import Broken

if TYPE_CHECKING:
    from tests.hostile.deployed import Deployed

MOST_ANSWERS = 64
_numbers = itertools.count()


def require_sane(gateway: Deployed, raw: bytes) -> None:
    """Send the bytes and close our side. Every answer is a whole one and none is a 5xx of a bug; what the backend saw is
    strict, at most one request for each answer; and the gateway serves on.
    """
    gateway.backend.forget()
    statuses = _statuses(gateway, gateway.keys.fill(raw))
    assert 500 not in statuses, raw
    target = b"/api/ping?number=%d" % next(_numbers)
    with gateway.connect() as wire:
        assert wire.ask(gateway.keys.fill(get(target=target))).body == target, raw
    seen = [each for each in gateway.backend.seen if each.target != target]
    for each in seen:
        require_strict(each, b"127.0.0.1:%d" % gateway.backend.port, allow_evil=True)
    whole = [each for each in seen if each.is_complete]
    assert len(whole) <= len(statuses) + 1, raw  # of the last the client may have been gone too early to be answered


def _statuses(gateway: Deployed, raw: bytes) -> list[int]:
    statuses: list[int] = []
    with gateway.connect() as wire:
        wire.send(raw)
        wire.half_close()
        while len(statuses) < MOST_ANSWERS:
            try:
                statuses.append(wire.answer().status)
            except Broken:
                return statuses
    raise AssertionError(f"more answers than requests can be in {raw!r}")
