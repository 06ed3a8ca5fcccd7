"""Answers to `POST /db-mgmt/api/query`."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from deploy.demo.answers import FieldError, invalid
from deploy.demo.catalogue import CATALOGUE, Sum
from deploy.demo.db_mgmt.calendar import Bucket, buckets
from deploy.demo.db_mgmt.reply import Series, measure_detail, point
from deploy.demo.db_mgmt.rows import Row, rows
from deploy.demo.db_mgmt.series import parts_of, totals, value, weighted
from deploy.demo.terms import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from deploy.demo.db_mgmt.question import OrderSettings, Query

MAX_POINTS: Final = 25_000
"""Values in one answer: a minute's points of a week for two measures, or a day's of a year for thirty with comparison."""

PENDING_SHARE: Final = 0.03
VOIDED_SHARE: Final = 0.015
LATE_REFUNDS: Final = 0.97


@dataclass(frozen=True, slots=True)
class Step:
    """One bucket with the totals of all sums in it, before they are shared out to rows."""

    bucket: Bucket
    sums: Mapping[str, float]


def answer(tenant: str, query: Query) -> list[dict[str, Any]]:
    """The `results`: one for each row. Raises `Refusal` (400) when they would hold more than `MAX_POINTS` values."""
    ids = [asked.measure for asked in query.measures]
    parts = parts_of(ids)
    span, compared = spans(query)
    found = rows(tenant, parts, query.dimensions, query.filters)
    cut = _buckets(query, span, len(ids) * max(len(found), 1) * (1 if compared is None else 2))
    primary = _steps(tenant, parts, cut, query)
    compare = (
        None
        if compared is None
        else _steps(tenant, parts, list(buckets(query.granularity, compared, query.zone)), query)
    )
    return [_result(query, row, primary, compare) for row in found]


def spans(query: Query) -> tuple[Span, Span | None]:
    """The range, and the one compared with: what is named, else the time of equal length before it, if there are steps."""
    span = query.date_range.span(query.zone)
    if query.compare_date_range is not None:
        return span, query.compare_date_range.span(query.zone)
    if query.granularity == "none":
        return span, None
    return span, Span(2 * span.start_s - span.end_s, span.start_s)


def order_weights(settings: OrderSettings, parts: Iterable[str]) -> dict[str, float]:
    """How the order settings change each sum."""
    counted = 1 + PENDING_SHARE * settings.count_pending_orders + VOIDED_SHARE * settings.count_voided_orders
    weights = {part: counted for part in parts if _is_from_orders(part)}
    if settings.refund_date_attribution == "original_order_date" and "core.refunds" in weights:
        weights["core.refunds"] *= LATE_REFUNDS
    return weights


def _is_from_orders(part: str) -> bool:
    formula = CATALOGUE[part].formula
    return isinstance(formula, Sum) and formula.from_orders


def _buckets(query: Query, span: Span, values_each: int) -> list[Bucket]:
    most = MAX_POINTS // values_each
    cut = list(islice(buckets(query.granularity, span, query.zone), most + 1))
    if len(cut) > most:
        message = f"is too fine for this dateRange: the answer would hold more than {MAX_POINTS} values"
        raise invalid([FieldError("granularity", message)])
    return cut


def _steps(tenant: str, parts: frozenset[str], cut: list[Bucket], query: Query) -> list[Step]:
    weights = order_weights(query.order_settings, parts)
    return [Step(bucket, weighted(totals(tenant, parts, bucket.covered, query.zone), weights)) for bucket in cut]


def _result(query: Query, row: Row, primary: list[Step], compare: list[Step] | None) -> dict[str, Any]:
    shown = _series(query, row, primary)
    compared = None if compare is None else _series(query, row, compare)
    is_cut = bool(primary) and primary[-1].bucket.is_cut_short
    return {
        "dateRange": query.date_range.texts(),
        "dimensions": query.dimensions,
        "dimensionFilters": row.slice(),
        "granularity": query.granularity,
        "timezone": query.timezone,
        "data": {"primary": shown.points, "compare": [] if compared is None else compared.points},
        "measureDetails": [
            measure_detail(asked.measure, shown, compared, has_pacing=asked.is_paced and is_cut)
            for asked in query.measures
        ],
    }


def _series(query: Query, row: Row, steps: list[Step]) -> Series:
    points = []
    whole: dict[str, float] = {}
    for step in steps:
        sums = weighted(step.sums, row.weights)
        whole = {part: whole.get(part, 0.0) + total for part, total in sums.items()}
        points.append(point(step.bucket, query.zone, _values(query, sums, step.bucket)))
    return Series(points, {asked.measure: value(asked.measure, whole) for asked in query.measures})


def _values(query: Query, sums: Mapping[str, float], bucket: Bucket) -> dict[str, float]:
    return {
        asked.measure: value(asked.measure, sums) * (_projection(asked.measure, bucket) if asked.is_paced else 1.0)
        for asked in query.measures
    }


def _projection(id_: str, bucket: Bucket) -> float:
    """Pacing: what a sum would come to at the same pace, had the bucket its whole length. A quotient stays as it is."""
    if CATALOGUE[id_].is_average or not bucket.is_cut_short:
        return 1.0
    covered_s = bucket.covered.end_s - bucket.covered.start_s
    return covered_s and (bucket.whole.end_s - bucket.covered.start_s) / covered_s
