"""Time cut into buckets: by the local calendar from days up, by the clock below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from deploy.demo.terms import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from zoneinfo import ZoneInfo

CLOCK_STEPS_S: Mapping[str, int] = MappingProxyType({"second": 1, "minute": 60, "hour": 3600})


def _month(day: date) -> date:
    return day.replace(day=1)


def _quarter(day: date) -> date:
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)


FIRST_DAYS: Mapping[str, Callable[[date], date]] = MappingProxyType(
    {
        "day": lambda day: day,
        "week": lambda day: day - timedelta(days=day.weekday()),  # ISO 8601: a week begins on Monday
        "month": _month,
        "quarter": _quarter,
        "year": lambda day: day.replace(month=1, day=1),
    }
)
LONGEST_DAYS: Mapping[str, int] = MappingProxyType({"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366})


@dataclass(frozen=True, slots=True)
class Bucket:
    """One step of a series: the part of the calendar's step `whole` that the question covers."""

    label: str
    covered: Span
    whole: Span

    @property
    def is_cut_short(self) -> bool:
        return self.covered.end_s < self.whole.end_s


@lru_cache(maxsize=65_536)
def midnight_s(zone: ZoneInfo, ordinal: int) -> float:
    """The Unix time at which a day (by `date.toordinal`) begins in `zone`."""
    day = date.fromordinal(ordinal)
    return datetime(day.year, day.month, day.day, tzinfo=zone).timestamp()


def day_at(zone: ZoneInfo, moment_s: float) -> int:
    """The day (by `date.toordinal`) that it is in `zone` at a Unix time."""
    ordinal = datetime.fromtimestamp(moment_s, zone).toordinal()
    # where a midnight does not exist, the zone's day begins later than fromtimestamp says
    return ordinal - 1 if moment_s < midnight_s(zone, ordinal) else ordinal


def days_in(zone: ZoneInfo, span: Span) -> Iterator[tuple[int, float, float]]:
    """Each day that `span` touches, with the part of it that is inside, as fractions of that day."""
    ordinal = day_at(zone, span.start_s)
    begins_s = midnight_s(zone, ordinal)
    while begins_s < span.end_s:
        ends_s = midnight_s(zone, ordinal + 1)
        length_s = ends_s - begins_s
        yield ordinal, max(span.start_s - begins_s, 0) / length_s, min(span.end_s - begins_s, length_s) / length_s
        ordinal, begins_s = ordinal + 1, ends_s


def buckets(granularity: str, span: Span, zone: ZoneInfo) -> Iterator[Bucket]:
    """`span` in steps of `granularity`, in order; `none` is one step. The ends are cut where the span ends."""
    for whole in _steps(granularity, span, zone):
        covered = Span(max(whole.start_s, span.start_s), min(whole.end_s, span.end_s))
        yield Bucket(_label(granularity, whole, zone), covered, whole)


def _steps(granularity: str, span: Span, zone: ZoneInfo) -> Iterator[Span]:
    if granularity == "none":
        return iter([span])
    if step_s := CLOCK_STEPS_S.get(granularity):
        return _clock_steps(step_s, span, zone)
    return (Span(start, end) for start, end in pairwise(_calendar_edges(granularity, span, zone)))


def _clock_steps(step_s: int, span: Span, zone: ZoneInfo) -> Iterator[Span]:
    # local hours: some zones are half an hour off
    offset_s = int(datetime.fromtimestamp(span.start_s, zone).utcoffset().total_seconds())  # type: ignore[union-attr]
    start = (int(span.start_s) + offset_s) // step_s * step_s - offset_s
    while start < span.end_s:
        yield Span(start, start + step_s)
        start += step_s


def _calendar_edges(granularity: str, span: Span, zone: ZoneInfo) -> Iterator[float]:
    """The first instants of the calendar's steps, from the one that holds the span's start to one at or past its end."""
    first_day, longest = FIRST_DAYS[granularity], LONGEST_DAYS[granularity]
    day = first_day(date.fromordinal(day_at(zone, span.start_s)))
    while (edge_s := midnight_s(zone, day.toordinal())) < span.end_s:
        yield edge_s
        day = first_day(day + timedelta(days=longest))
    yield edge_s


def _label(granularity: str, whole: Span, zone: ZoneInfo) -> str:
    local = datetime.fromtimestamp(whole.start_s, zone)
    return local.isoformat() if granularity in CLOCK_STEPS_S else local.date().isoformat()


def text_of(moment_s: float, zone: ZoneInfo) -> str:
    """A Unix time as ISO 8601 in `zone`, with its offset."""
    return datetime.fromtimestamp(moment_s, zone).isoformat()
