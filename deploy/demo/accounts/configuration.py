"""What a view shows: its widgets, and what they all share.

Members that the API page leaves open ("…") are the dashboard application's own: they are kept as they were sent.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints

from deploy.demo.accounts.layout import GRID_COLUMNS, SIZES
from deploy.demo.bodies import CamelModel
from deploy.demo.terms import AttributionModel, AttributionWindow, DateRange, Granularity, MeasureId
from deploy.demo.wording import wrong

MAX_WIDGETS: Final = 100
MAX_ROWS: Final = 10_000
DEFAULT_DAYS: Final = 30
GRID: Final = {"columns": GRID_COLUMNS, "maxWidth": 1200}


def _chart_type(name: str) -> str:
    if name not in SIZES:
        raise wrong(f"must be one of: {', '.join(SIZES)}")
    return name


ChartType = Annotated[str, AfterValidator(_chart_type)]
Title = Annotated[str, StringConstraints(max_length=200)]
WidgetId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Filters = dict[str, Any] | list[dict[str, Any]]


class _Open(CamelModel):
    model_config = ConfigDict(extra="allow")


class WidgetLayout(_Open):
    """Where a widget stands on the grid."""

    x: int = Field(ge=0, le=GRID_COLUMNS - 1)
    y: int = Field(ge=0, le=MAX_ROWS)
    rows: int = Field(ge=1, le=MAX_ROWS)
    columns: int = Field(ge=1, le=GRID_COLUMNS)


class DataConfig(_Open):
    """What a widget shows."""

    measures: list[MeasureId] = Field(default_factory=list, max_length=30)
    dimensions: list[str] = Field(default_factory=list, max_length=5)
    filters: list[dict[str, Any]] = Field(default_factory=list, max_length=50)


class Widget(_Open):
    """One tile of a view."""

    id: WidgetId
    title: Title = ""
    chart_type: ChartType = "sparkline"
    layout: WidgetLayout
    data_config: DataConfig = DataConfig()


def _ids_once(widgets: list[Widget]) -> list[Widget]:
    if len({widget.id for widget in widgets}) < len(widgets):
        raise wrong("must not have two widgets of the same id")
    return widgets


class Configuration(_Open):
    """The whole of what a view shows. What is left out has the defaults of a new view."""

    attribution_model: AttributionModel = "first_click"
    attribution_window: AttributionWindow = 30
    granularity: Granularity = "day"
    date_range: DateRange | None = None
    grid: dict[str, Any] = Field(default_factory=lambda: dict(GRID))
    widgets: Annotated[list[Widget], AfterValidator(_ids_once)] = Field(default_factory=list, max_length=MAX_WIDGETS)
    filters: dict[str, Any] = Field(default_factory=dict)
    view_filters: list[dict[str, Any]] = Field(default_factory=list, max_length=50)

    def stored(self, today: date) -> dict[str, Any]:
        """As JSON, every member present: without a range, the last 30 days, `today` the last of them."""
        document = self.model_dump(mode="json", by_alias=True)
        document["dateRange"] = last_days(today) if self.date_range is None else self.date_range.texts()
        return document


def last_days(today: date) -> dict[str, str]:
    """The last 30 days as a range of dates."""
    return {"start": (today - timedelta(days=DEFAULT_DAYS - 1)).isoformat(), "end": today.isoformat()}
