"""What can be asked of db-mgmt: the three bodies, each with all its rules."""

from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from deploy.demo.bodies import CamelModel
from deploy.demo.catalogue import COHORT_MEASURES
from deploy.demo.db_mgmt.filters import NO_FILTER, DimensionId, Filters
from deploy.demo.terms import (
    AttributionModel,
    AttributionWindow,
    DateRange,
    Granularity,
    MeasureId,
    PixelId,
    TimeZone,
    zone_named,
)
from deploy.demo.wording import wrong

MAX_MEASURES: Final = 30
MAX_DIMENSIONS: Final = 5
MAX_RANGE_DAYS: Final = 1830
"""About five years: how far back, and on, one question may look."""
DAY_S: Final = 86_400


class OrderSettings(CamelModel):
    """Which orders count. Only measures made of orders change by it."""

    count_pending_orders: bool = False
    count_voided_orders: bool = False
    refund_date_attribution: Literal["refund_date", "original_order_date"] = "refund_date"
    exclusion_filters: list[dict[str, Any]] = Field(default_factory=list, max_length=50)


def _bounded(range_: DateRange) -> DateRange:
    span = range_.span(ZoneInfo("UTC"))
    if span.end_s - span.start_s > MAX_RANGE_DAYS * DAY_S:
        raise wrong(f"must not be longer than {MAX_RANGE_DAYS} days")
    return range_


BoundedRange = Annotated[DateRange, AfterValidator(_bounded)]


class Question(CamelModel):
    """What every question has. The zone stands first, because the rules of the ranges need it."""

    pixel_id: PixelId
    timezone: TimeZone = "UTC"
    date_range: BoundedRange
    order_settings: OrderSettings = OrderSettings()

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @field_validator("date_range")
    @classmethod
    def _not_empty(cls, range_: DateRange, info: ValidationInfo) -> DateRange:
        span = range_.span(zone_named(info.data.get("timezone", "UTC")))
        if span.end_s <= span.start_s:
            raise wrong("is empty in this time zone")
        return range_


class Comparable(Question):
    """A question that may name the range to compare with."""

    compare_date_range: BoundedRange | None = None

    @field_validator("compare_date_range")
    @classmethod
    def _apart(cls, compared: DateRange | None, info: ValidationInfo) -> DateRange | None:
        range_ = info.data.get("date_range")
        if compared is None or range_ is None:
            return compared
        zone = zone_named(info.data.get("timezone", "UTC"))
        if compared.span(zone).overlaps(range_.span(zone)):
            raise wrong("must not overlap dateRange")
        return compared


class AskedMeasure(CamelModel):
    """One measure of a query. `pacing`: project a last bucket that the range cuts short to its whole length."""

    measure: MeasureId
    pacing: bool | Literal["none", "linear"] | None = False

    @property
    def is_paced(self) -> bool:
        return self.pacing in {True, "linear"}

    @field_validator("pacing", mode="before")
    @classmethod
    def _pacing(cls, pacing: Any) -> Any:
        # one sentence for the whole union, instead of one finding for each of its members
        if pacing is None or isinstance(pacing, bool) or pacing in ("none", "linear"):
            return pacing
        raise wrong("must be true, false, 'none' or 'linear'")


class Query(Comparable):
    """`POST /db-mgmt/api/query`."""

    granularity: Granularity
    measures: list[AskedMeasure] = Field(min_length=1, max_length=MAX_MEASURES)
    dimensions: list[DimensionId] = Field(default_factory=list, max_length=MAX_DIMENSIONS)
    filters: Filters = NO_FILTER

    @field_validator("measures")
    @classmethod
    def _each_once(cls, measures: list[AskedMeasure]) -> list[AskedMeasure]:
        _refuse_doubles([asked.measure for asked in measures])
        return measures

    @field_validator("dimensions")
    @classmethod
    def _each_dimension_once(cls, dimensions: list[str]) -> list[str]:
        _refuse_doubles(dimensions)
        return dimensions


class AttributionQuery(Comparable):
    """`POST /db-mgmt/api/query-attribution`."""

    dimension: DimensionId
    attribution_model: AttributionModel
    attribution_window: AttributionWindow
    filters: Filters = NO_FILTER


def _cohort_measure(id_: str) -> str:
    if id_ not in COHORT_MEASURES:
        raise wrong(f"must be one of: {', '.join(COHORT_MEASURES)}")
    return id_


CohortMeasureId = Annotated[str, AfterValidator(_cohort_measure)]


class CohortQuery(Question):
    """`POST /db-mgmt/api/query-cohort-analysis`. Its measures are ids, not objects."""

    granularity: Literal["week", "month", "year"]
    measures: list[CohortMeasureId] = Field(min_length=1, max_length=MAX_MEASURES)

    @field_validator("measures")
    @classmethod
    def _each_once(cls, measures: list[str]) -> list[str]:
        _refuse_doubles(measures)
        return measures


def _refuse_doubles(ids: list[str]) -> None:
    doubled = sorted({id_ for id_ in ids if ids.count(id_) > 1})
    if doubled:
        raise wrong(f"must not name one twice: {', '.join(doubled)}")
