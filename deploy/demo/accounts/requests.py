"""The bodies that write views.

A view may be sent bare or as it is answered, in `dashboardView`. Members that are not the client's to write (id,
pixelId, times, authors) may be there and change nothing: what was read can be sent back.
"""

from typing import Annotated, Any, Final, Literal, TypeVar, get_args

from pydantic import BaseModel, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from deploy.demo.accounts.configuration import ChartType, Configuration
from deploy.demo.answers import FieldError, Refusal, invalid
from deploy.demo.bodies import CamelModel, check
from deploy.demo.terms import (
    AttributionModel,
    AttributionWindow,
    DateRange,
    Granularity,
    MeasureId,
    NotBlank,
    PixelId,
)
from deploy.demo.wording import wrong

ViewType = Literal["view", "attribution_view", "pnl_view"]
VIEW_TYPES: Final[tuple[str, ...]] = get_args(ViewType)

MAX_NAME_CHARACTERS: Final = 200
MAX_ORDER: Final = 1_000_000
WRAPPER: Final = "dashboardView"
READ_ONLY: Final = ("id", "createdAt", "updatedAt", "createdBy", "updatedBy")

Name = Annotated[NotBlank, StringConstraints(max_length=MAX_NAME_CHARACTERS)]
Order = Annotated[int, Field(ge=0, le=MAX_ORDER)]

Checked = TypeVar("Checked", bound=BaseModel)


class NewView(CamelModel):
    """`POST …/views`."""

    pixel_id: PixelId | None = None
    type: ViewType = "view"
    name: Name
    configuration: Configuration = Configuration()
    order: Order | None = None


class ViewChange(CamelModel):
    """`PATCH …/views/{id}`: what is named changes, whole; at least one of name, configuration, order."""

    pixel_id: PixelId | None = None
    type: ViewType | None = None
    name: Name | None = None
    configuration: Configuration | None = None
    order: Order | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> "ViewChange":
        if self.name is None and self.configuration is None and self.order is None:
            raise wrong("must have at least one of: name, configuration, order")
        return self


class CopyOrder(CamelModel):
    """`POST …/views/{id}/copy`: a body is optional; it may name the copy."""

    pixel_id: PixelId | None = None
    name: Name | None = None


class Preset(CamelModel):
    """`POST …/views/from-preset`."""

    pixel_id: PixelId | None = None
    name: Name
    measures: list[MeasureId] = Field(min_length=1, max_length=30)
    chart_types: list[ChartType] | None = None
    type: ViewType = "view"
    layout: Literal["kpi-grid"] = "kpi-grid"
    attribution_model: AttributionModel = "first_click"
    attribution_window: AttributionWindow = 30
    granularity: Granularity = "day"
    date_range: DateRange | None = None

    @field_validator("chart_types")
    @classmethod
    def _one_per_measure(cls, chart_types: list[str] | None, info: ValidationInfo) -> list[str] | None:
        measures = info.data.get("measures")
        if chart_types is not None and measures is not None and len(chart_types) != len(measures):
            raise wrong(f"must have one chart type per measure: {len(measures)}, not {len(chart_types)}")
        return chart_types


def check_view(model: type[Checked], body: dict[str, Any]) -> Checked:
    """A view's body, bare or wrapped, as a `model`; raises `Refusal` (400), its fields named as they were sent."""
    wrapped = body.get(WRAPPER)
    if not isinstance(wrapped, dict):
        return check(model, _writable(body))
    beside = [FieldError(name, f"must be inside {WRAPPER}") for name in body if name not in (WRAPPER, "pixelId")]
    try:
        checked = check(model, _writable(wrapped))
    except Refusal as refusal:
        inside = [
            FieldError(f"{WRAPPER}.{error.field}".removesuffix(".body"), error.message) for error in refusal.errors
        ]
        raise invalid([*inside, *beside]) from None
    if beside:
        raise invalid(beside)
    return checked


def _writable(view: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in view.items() if name not in READ_ONLY}
