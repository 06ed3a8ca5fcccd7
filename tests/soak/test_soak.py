"""A short soak: what must be flat after ten million requests is flat after some thousands."""

from __future__ import annotations

from tests.hostile.deployed import deployed
from tests.soak.traffic import soak


def test_f5_nothing_grows(tmp_path):
    with deployed(tmp_path) as gateway:
        first, *_, last = soak(gateway, 4000, clients=8, every=1000)
        gateway.require_unharmed()
    assert last.wrong == 0
    assert last.aborted > 10
    assert last.descriptors <= first.descriptors + 8
    assert last.pool <= first.pool + 8
    assert last.rss_bytes < first.rss_bytes + 64 * 2**20
