"""The measurement of revocations, small: what it must always show, whatever the machine."""

from __future__ import annotations

from bench.revocation import HOSTS, WORKERS, measure


async def test_nothing_is_admitted_after_the_acknowledgement(tmp_path):
    figures = await measure(10, tmp_path)
    assert figures.processes == HOSTS * WORKERS
    assert figures.incomplete == 0
    assert figures.asked_after >= 60
    assert figures.admitted_after == 0
