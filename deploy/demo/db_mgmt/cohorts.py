"""Answers to `POST /db-mgmt/api/query-cohort-analysis`: customers by when they first ordered, followed over time."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from deploy.demo.answers import FieldError, invalid
from deploy.demo.chance import chance
from deploy.demo.db_mgmt.calendar import Bucket, buckets
from deploy.demo.db_mgmt.query import MAX_POINTS, order_weights
from deploy.demo.db_mgmt.reply import Series, measure_detail, point
from deploy.demo.db_mgmt.series import totals, weighted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from deploy.demo.db_mgmt.question import CohortQuery

NEW_CUSTOMERS = "core.new_customers"
PERIODS_TO_FORGET: Mapping[str, float] = MappingProxyType({"week": 9.0, "month": 4.0, "year": 1.5})
LOYAL = 0.06
"""The part of a cohort that stays, however long ago it came."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A cohort in one period: what it had when it began, who ordered now, and its gross revenue up to now."""

    size: int
    active: int
    order_value: float
    gross_so_far: float


VALUES: Mapping[str, Callable[[Moment], float]] = MappingProxyType(
    {
        "orders.ltv_cohort_gross_revenue": lambda now: now.gross_so_far,
        "orders.ltv_cohort_net_revenue": lambda now: now.gross_so_far * 0.91,
        "orders.customers_cohort": lambda now: now.active,
        "orders.avg_order_value_cohort": lambda now: now.order_value,
        "orders.cohort_retention_percent": lambda now: 100 * now.active / now.size if now.size else 0.0,
        "orders.cohort_cm1": lambda now: now.gross_so_far * 0.58,
        "orders.cohort_cm2": lambda now: now.gross_so_far * 0.43,
    }
)


def answer(tenant: str, query: CohortQuery) -> list[dict[str, Any]]:
    """The `results`: one for each cohort of the range, with a point for each period from its first to the last."""
    periods = list(buckets(query.granularity, query.date_range.span(query.zone), query.zone))
    if len(periods) * (len(periods) + 1) // 2 * len(query.measures) > MAX_POINTS:
        message = f"is too fine for this dateRange: the answer would hold more than {MAX_POINTS} values"
        raise invalid([FieldError("granularity", message)])
    return [_result(tenant, query, periods[first:]) for first in range(len(periods))]


def _result(tenant: str, query: CohortQuery, periods: list[Bucket]) -> dict[str, Any]:
    moments = follow(tenant, query, periods)
    points = [
        {"period": age, **point(period, query.zone, {id_: VALUES[id_](moment) for id_ in query.measures})}
        for age, (period, moment) in enumerate(zip(periods, moments, strict=True))
    ]
    means = {id_: sum(VALUES[id_](moment) for moment in moments) / len(moments) for id_ in query.measures}
    series = Series(points, means)
    return {
        "cohort": periods[0].label,
        "cohortSize": moments[0].size,
        "granularity": query.granularity,
        "dimensions": [],
        "dateRange": {"start": points[0]["start"], "end": points[0]["end"]},
        "data": {"primary": points, "compare": []},
        "measureDetails": [measure_detail(id_, series, None) for id_ in query.measures],
    }


def follow(tenant: str, query: CohortQuery, periods: list[Bucket]) -> list[Moment]:
    """The cohort of the first of `periods`, in each of them: all order in the first, ever fewer after it."""
    sums = totals(tenant, [NEW_CUSTOMERS], periods[0].covered, query.zone)
    size = round(weighted(sums, order_weights(query.order_settings, sums))[NEW_CUSTOMERS])
    moments: list[Moment] = []
    gross = 0.0
    for age in range(len(periods)):
        about = (tenant, "cohort", periods[0].label, str(age))
        kept = LOYAL + (1 - LOYAL) * exp(-age / PERIODS_TO_FORGET[query.granularity])
        active = min(size, round(size * kept * (0.9 + 0.2 * chance(*about)))) if age else size
        order_value = 60 + 30 * chance(*about, "order value")
        gross += active * order_value
        moments.append(Moment(size, active, order_value, gross))
    return moments
