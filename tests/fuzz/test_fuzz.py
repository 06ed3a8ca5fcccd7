"""A bounded run over the corpus' mutations; `python -m tests.fuzz` runs for hours. What it finds becomes a row."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.mutations import inputs
from tests.fuzz.oracle import require_sane
from tests.hostile.deployed import deployed

# A gateway is shared by all examples, which is the point: what one of them breaks, the next one meets.
BOUNDED = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck), database=None)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with deployed(tmp_path_factory.mktemp("fuzz")) as running:
        yield running
    running.require_unharmed()


@given(raw=inputs())
@BOUNDED
def test_any_bytes_whatever(gateway, raw):
    require_sane(gateway, raw)
