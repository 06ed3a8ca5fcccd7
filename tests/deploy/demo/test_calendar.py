from datetime import UTC, date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.db_mgmt.calendar import buckets, day_at, days_in, midnight_s
from deploy.demo.terms import Span, span_of

NEW_YORK = ZoneInfo("America/New_York")
ZONES = [
    ZoneInfo(name) for name in ("UTC", "America/New_York", "Asia/Kolkata", "America/Sao_Paulo", "Australia/Lord_Howe")
]
COARSE = ("day", "week", "month", "quarter", "year")
FIRST_S, LAST_S = 946_684_800, 4_070_908_800  # the years 2000 to 2098

spans = st.builds(
    lambda start, length: Span(start, start + length), st.integers(FIRST_S, LAST_S), st.integers(1, 400 * 86_400)
)


@given(spans, st.sampled_from(ZONES), st.sampled_from(("none", *COARSE)))
def test_buckets_cover_the_span_without_gap_or_overlap(span, zone, granularity):
    cut = list(buckets(granularity, span, zone))
    edges = [bucket.covered.start_s for bucket in cut] + [cut[-1].covered.end_s]
    assert edges[0] == span.start_s
    assert edges[-1] == span.end_s
    assert all(one.covered.end_s == two.covered.start_s for one, two in pairwise(cut))
    assert edges == sorted(set(edges))


@given(spans.map(lambda span: Span(span.start_s, min(span.end_s, span.start_s + 7200))), st.sampled_from(ZONES))
def test_clock_buckets_cover_the_span_too(span, zone):
    cut = list(buckets("minute", span, zone))
    assert sum(bucket.covered.end_s - bucket.covered.start_s for bucket in cut) == span.end_s - span.start_s


@given(spans, st.sampled_from(ZONES))
def test_days_make_up_the_span(span, zone):
    total = sum(
        (end - start) * (midnight_s(zone, ordinal + 1) - midnight_s(zone, ordinal))
        for ordinal, start, end in days_in(zone, span)
    )
    assert total == pytest.approx(span.end_s - span.start_s)


@given(st.integers(FIRST_S, LAST_S), st.sampled_from(ZONES))
def test_a_moment_is_inside_its_day(moment_s, zone):
    ordinal = day_at(zone, moment_s)
    assert midnight_s(zone, ordinal) <= moment_s < midnight_s(zone, ordinal + 1)


@pytest.mark.parametrize(
    ("granularity", "labels"),
    [
        ("day", ["2026-03-30", "2026-03-31", "2026-04-01"]),
        ("week", ["2026-03-30"]),
        ("month", ["2026-03-01", "2026-04-01"]),
        ("quarter", ["2026-01-01", "2026-04-01"]),
        ("year", ["2026-01-01"]),
        ("none", ["2026-03-30"]),
    ],
)
def test_labels_are_the_first_day_of_the_calendars_step(granularity, labels):
    span = span_of(date(2026, 3, 30), date(2026, 4, 1), UTC)
    assert [bucket.label for bucket in buckets(granularity, span, ZoneInfo("UTC"))] == labels


def test_the_day_on_which_clocks_go_forward_has_23_hours():
    span = span_of(date(2026, 3, 8), date(2026, 3, 8), NEW_YORK)
    hours = list(buckets("hour", span, NEW_YORK))
    assert len(hours) == 23
    assert hours[2].label == "2026-03-08T03:00:00-04:00"


def test_hours_begin_at_full_local_hours_where_the_zone_is_half_an_hour_off():
    start = datetime(2026, 3, 8, tzinfo=ZoneInfo("Asia/Kolkata"))
    span = Span(start.timestamp(), start.timestamp() + 3600)
    assert [bucket.label for bucket in buckets("hour", span, ZoneInfo("Asia/Kolkata"))] == ["2026-03-08T00:00:00+05:30"]


def test_only_a_bucket_that_ends_after_the_span_is_cut_short():
    first, last = buckets("month", span_of(date(2026, 3, 30), date(2026, 4, 15), UTC), ZoneInfo("UTC"))
    assert (first.is_cut_short, last.is_cut_short) == (False, True)
