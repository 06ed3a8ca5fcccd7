"""Times as people write them."""

from __future__ import annotations

import pytest

from keys.times import iso_time, parse_duration, parse_when
from tests.keys.builders import NOW


@pytest.mark.parametrize(
    ("text", "after_s"),
    [("90d", 90 * 86400), ("12h", 43200), ("30m", 1800), ("45s", 45), ("2w", 1209600), ("1y", 31536000)],
)
def test_a_duration_counts_from_now(text, after_s):
    assert parse_when(text, NOW) == NOW + after_s


@pytest.mark.parametrize(
    "text", ["2027-01-31T12:00:00Z", "2027-01-31T12:00:00+00:00", "2027-01-31T12:00:00", "2027-01-31T14:00:00+02:00"]
)
def test_an_iso_time_without_a_zone_is_utc(text):
    assert iso_time(parse_when(text, NOW)) == "2027-01-31T12:00:00Z"


def test_a_date_is_its_first_moment_in_utc():
    assert iso_time(parse_when("2027-01-31", NOW)) == "2027-01-31T00:00:00Z"


@pytest.mark.parametrize("text", ["", "soon", "90", "d", "-5d", "1.5h", "90 d", "31/01/2027", "٣d", "2027-02-30"])
def test_anything_else_is_refused_with_what_is_allowed(text):
    with pytest.raises(ValueError, match=r"90d, 12h"):
        parse_when(text, NOW)


def test_a_moment_beyond_the_calendar_can_still_be_shown():
    assert iso_time(1e18) == "1e+18s"


@pytest.mark.parametrize(("text", "seconds"), [("0", 0.0), ("90s", 90.0), ("1h", 3600.0), ("2d", 172800.0)])
def test_a_duration_by_itself(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "-1h", "1.5h", "1h30m", "soon", "2027-01-31"])
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match="no duration"):
        parse_duration(text)
