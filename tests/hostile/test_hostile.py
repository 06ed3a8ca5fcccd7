"""Every row of the corpus through a whole gateway: what the client sees, whether its connection ends, what the backend saw."""

from __future__ import annotations

import itertools
import json

import pytest

from tests.hostile.rows import HOSTILE, LEGITIMATE, NOTHING, ONE, UNFINISHED, Row
from tests.hostile.rows.row import SMUGGLED, get
from tests.hostile.strict import require_strict

_numbers = itertools.count()


def follows(gateway) -> tuple[bytes, bytes]:
    """A request that must be answered with its own target, and that target."""
    target = b"/api/ping?number=%d" % next(_numbers)
    return gateway.keys.fill(get(target=target)), target


def require_refusal(answer) -> None:
    """A refusal says why, in JSON, and that limits are kept; it names nothing that is behind."""
    document = json.loads(answer.body)
    assert isinstance(document["message"], str)
    assert "x-request-id" in answer.names
    assert "x-ratelimit-limit" in answer.names
    assert b"evil" not in answer.raw
    assert not any(
        word in answer.raw.lower() for word in (b"traceback", b"uvicorn", b"python", b"sqlite", b"127.0.0.1")
    )


def play(gateway, row: Row, pieces: list[bytes]) -> None:
    """Send the pieces, and behind them what must not be taken for a request, or what must be the next one."""
    gateway.backend.forget()
    following, target = follows(gateway)
    with gateway.connect() as wire:
        wire.send(*pieces)
        if not row.kept and not row.alone and row.raw.endswith(b"\n"):  # else it would become a part of the last line
            wire.send(gateway.keys.fill(SMUGGLED) * 2)
        answer = wire.answer(head_only=row.raw.startswith(b"HEAD "))
        assert answer.status in row.statuses, answer
        if row.kept:
            assert wire.ask(following).body == target
        else:
            assert answer.value("connection") == "close"
            assert wire.rest() == b""
    if not row.kept:
        with gateway.connect() as wire:
            assert wire.ask(following).body == target
    if answer.status >= 400 and not row.raw.startswith(b"HEAD "):
        require_refusal(answer)
    require_seen(gateway, row, target)


def require_seen(gateway, row: Row, target: bytes) -> None:
    seen = gateway.backend.seen
    for each in seen:
        require_strict(each, b"127.0.0.1:%d" % gateway.backend.port)
    assert sum(each.target == target for each in seen) == 1
    others = [each for each in seen if each.target != target]
    if row.backend is NOTHING:
        assert others == []
    elif row.backend is ONE:
        assert [each.is_complete for each in others] == [True]
    else:
        assert row.backend is UNFINISHED
        assert [each.is_complete for each in others] in ([], [False])


def filled(gateway, row: Row) -> bytes:
    return gateway.keys.fill(row.raw)


@pytest.mark.parametrize("row", HOSTILE, ids=lambda row: row.name)
def test_hostile(gateway, row):
    play(gateway, row, [filled(gateway, row)])


@pytest.mark.parametrize("row", LEGITIMATE, ids=lambda row: row.name)
def test_legitimate(gateway, row):
    play(gateway, row, [filled(gateway, row)])


@pytest.mark.parametrize(
    "row", [row for row in (*HOSTILE, *LEGITIMATE) if len(row.raw) < 2000][::23], ids=lambda row: row.name
)
def test_alike_however_it_is_cut(gateway, row):
    raw = filled(gateway, row)
    for size in (1, len(raw) // 2 + 1):
        play(gateway, row, [raw[at : at + size] for at in range(0, len(raw), size)])


def test_the_corpus_is_large_and_every_row_has_its_name():
    assert len(HOSTILE) >= 400
    assert len(LEGITIMATE) >= 25
    rows = (*HOSTILE, *LEGITIMATE)
    assert len({row.name for row in rows}) == len(rows)
    assert len({row.raw for row in HOSTILE}) > 0.98 * len(HOSTILE)
