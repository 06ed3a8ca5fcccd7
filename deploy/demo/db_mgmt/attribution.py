"""Answers to `POST /db-mgmt/api/query-attribution`: what each value of a dimension is credited with."""

from __future__ import annotations

from math import exp
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from deploy.demo.db_mgmt.calendar import Bucket
from deploy.demo.db_mgmt.dimensions import shares
from deploy.demo.db_mgmt.query import order_weights
from deploy.demo.db_mgmt.reply import Series, measure_detail, point
from deploy.demo.db_mgmt.rows import Row, rows
from deploy.demo.db_mgmt.series import parts_of, totals, value, weighted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploy.demo.db_mgmt.question import AttributionQuery
    from deploy.demo.terms import Span

MEASURES: Final = ("core.orders", "core.attributed_revenue", "core.new_customers", "core.ad_spend", "core.roas")

CREDITED: Mapping[str, float] = MappingProxyType({"first_click": 1.0, "last_click": 1.0, "any_click": 1.35})
"""How often a conversion is credited: once, or with any_click once to each of its clicks."""

DECAY_DAYS: Final = 12.0
"""Most purchases follow a click within days: the longer the window, the less each further day adds."""


def answer(tenant: str, query: AttributionQuery) -> list[dict[str, Any]]:
    """The `results`: one for each value of the dimension."""
    found = rows(tenant, parts_of(MEASURES), [query.dimension], query.filters)
    primary = query.date_range.span(query.zone)
    compared = None if query.compare_date_range is None else query.compare_date_range.span(query.zone)
    return [_result(tenant, query, row, primary, compared) for row in found]


def _result(tenant: str, query: AttributionQuery, row: Row, primary: Span, compared: Span | None) -> dict[str, Any]:
    credited = Row(row.values, _credits(tenant, query, row))
    shown = _series(tenant, query, credited, primary)
    compare = None if compared is None else _series(tenant, query, credited, compared)
    return {
        "dateRange": query.date_range.texts(),
        "dimension": query.dimension,
        "dimensions": [query.dimension],
        "dimensionFilters": row.slice(),
        "attributionModel": query.attribution_model,
        "attributionWindow": query.attribution_window,
        "data": {"primary": shown.points, "compare": [] if compare is None else compare.points},
        "measureDetails": [measure_detail(id_, shown, compare) for id_ in MEASURES],
    }


def _credits(tenant: str, query: AttributionQuery, row: Row) -> dict[str, float]:
    """The row's weights, moved to where the model puts the credit. Spend is spent, however sales are credited."""
    by_model = shares(tenant, query.attribution_model, query.dimension)[row.values[query.dimension]]
    reached = CREDITED[query.attribution_model] * (1 - exp(-(query.attribution_window + 3) / DECAY_DAYS))
    even = 1 / len(shares(tenant, query.attribution_model, query.dimension))
    return {
        part: weight if part == "core.ad_spend" else weight * reached * (0.5 + 0.5 * by_model / even)
        for part, weight in row.weights.items()
    }


def _series(tenant: str, query: AttributionQuery, row: Row, span: Span) -> Series:
    parts = parts_of(MEASURES)
    sums = weighted(totals(tenant, parts, span, query.zone), order_weights(query.order_settings, parts))
    values = {id_: value(id_, weighted(sums, row.weights)) for id_ in MEASURES}
    bucket = Bucket(query.date_range.start.isoformat()[:10], span, span)
    return Series([point(bucket, query.zone, values)], values)
