"""The shape of an answer: points of a series, and what each measure comes to in both ranges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deploy.demo.catalogue import CATALOGUE, Unit
from deploy.demo.db_mgmt.calendar import Bucket, text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from zoneinfo import ZoneInfo

DIGITS = 4

Point = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Series:
    """One range's points, and each measure's value over the range as a whole."""

    points: Sequence[Point]
    whole: Mapping[str, float]

    def total(self, id_: str) -> float:
        """The points of a measure added up."""
        return float(sum(point[id_] for point in self.points))

    def average(self, id_: str) -> float:
        """A sum's mean point; a quotient over the whole range, since a mean of quotients would weigh days wrongly."""
        if CATALOGUE[id_].is_average:
            return self.whole[id_]
        return self.total(id_) / len(self.points) if self.points else 0.0


def point(bucket: Bucket, zone: ZoneInfo, values: Mapping[str, float]) -> Point:
    """One point: what step it is of, what time it covers (the end outside), and a member for each measure."""
    return {
        "dt": bucket.label,
        "start": text_of(bucket.covered.start_s, zone),
        "end": text_of(bucket.covered.end_s, zone),
        **{id_: _rounded(id_, value) for id_, value in values.items()},
    }


def _rounded(id_: str, value: float) -> float:
    """As shown: nobody places half an order."""
    return round(value) if CATALOGUE[id_].unit is Unit.COUNT else round(value, DIGITS)


def measure_detail(id_: str, primary: Series, compare: Series | None, *, has_pacing: bool = False) -> dict[str, Any]:
    """What a measure comes to. Without a compared range its numbers are null, and so is the difference."""
    measure = CATALOGUE[id_]
    told = Series.average if measure.is_average else Series.total
    return {
        "measure": id_,
        "title": measure.title,
        "unit": measure.unit.value,
        "isAverage": measure.is_average,
        "isPercentage": measure.is_percentage,
        "calculatedAverage": measure.is_average,
        "success": True,
        "primarySum": round(primary.total(id_), DIGITS),
        "compareSum": None if compare is None else round(compare.total(id_), DIGITS),
        "primaryAvg": round(primary.average(id_), DIGITS),
        "compareAvg": None if compare is None else round(compare.average(id_), DIGITS),
        "percentDiff": None if compare is None else percent_diff(told(primary, id_), told(compare, id_)),
        "hasPacing": has_pacing,
        "preferredTrendDirection": measure.trend.value,
    }


def percent_diff(primary: float, compare: float) -> float | None:
    """By how many percent `primary` is more than `compare`; None when there is nothing to compare with."""
    return round((primary - compare) / compare * 100, DIGITS) if compare else None
