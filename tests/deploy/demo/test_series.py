import subprocess
import sys
from datetime import UTC, date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.catalogue import CATALOGUE, MEASURES, Quotient, Sum, Unit
from deploy.demo.chance import chance
from deploy.demo.db_mgmt.calendar import buckets
from deploy.demo.db_mgmt.series import day_profile, day_total, parts_of, totals, value
from deploy.demo.seed import OTHER_PIXEL, PIXEL, derived_id
from deploy.demo.terms import span_of

ZONE = ZoneInfo("Europe/Berlin")
SUMS = sorted(measure.id for measure in MEASURES if isinstance(measure.formula, Sum))


def test_the_catalogue_has_the_measures_of_the_spec_and_at_least_forty():
    assert len(CATALOGUE) == len(MEASURES) >= 40
    assert {"core.new_customer_roas", "core.new_customer_mer", "meta.cpm", "orders.cohort_cm2"} <= set(CATALOGUE)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.id)
def test_a_quotient_is_made_of_sums_of_the_catalogue(measure):
    assert set(measure.public()) >= {"id", "title", "unit", "description", "preferredTrendDirection"}
    assert all(isinstance(CATALOGUE[part].formula, Sum) for part in parts_of([measure.id]))


@pytest.mark.parametrize("id_", SUMS)
@pytest.mark.parametrize("finer", ["hour", "day", "week"])
def test_smaller_steps_add_up_to_the_whole(id_, finer):
    span = span_of(date(2026, 3, 27), date(2026, 4, 2), ZONE)  # clocks go forward in it
    steps = [totals(PIXEL, [id_], bucket.covered, ZONE)[id_] for bucket in buckets(finer, span, ZONE)]
    assert sum(steps) == pytest.approx(totals(PIXEL, [id_], span, ZONE)[id_])
    assert all(step >= 0 for step in steps)
    if CATALOGUE[id_].unit is Unit.COUNT:
        assert all(step == int(step) for step in steps)


def test_a_quotient_is_that_of_its_totals():
    span = span_of(date(2026, 3, 27), date(2026, 4, 2), UTC)
    sums = totals(PIXEL, parts_of(["meta.cpm"]), span, ZONE)
    formula = CATALOGUE["meta.cpm"].formula
    assert isinstance(formula, Quotient)
    assert value("meta.cpm", sums) == 1000 * sums["meta.spend"] / sums["meta.impressions"]
    assert value("meta.cpm", {"meta.spend": 1.0, "meta.impressions": 0.0}) == 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_day_only_ever_goes_on(one, other):
    earlier, later = sorted((one, other))
    assert 0 <= day_profile(earlier) <= day_profile(later) + 1e-12 <= 1 + 1e-9


def test_another_tenant_or_day_has_other_numbers():
    day = date(2026, 5, 1).toordinal()
    numbers = {day_total(tenant, "core.revenue", day + n) for tenant in (PIXEL, OTHER_PIXEL) for n in range(50)}
    assert len(numbers) == 100


def test_numbers_are_the_same_in_every_process():
    code = "from deploy.demo.chance import chance; from deploy.demo.seed import *; print(chance('a', 'b'), VIEW)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert told.split() == [str(chance("a", "b")), derived_id("view", PIXEL, "view", "0")]


@given(st.lists(st.text(max_size=3), max_size=4), st.lists(st.text(max_size=3), max_size=4))
def test_chance_tells_words_apart(one, other):
    assert 0 <= chance(*one) < 1
    assert (chance(*one) == chance(*other)) == (one == other)
