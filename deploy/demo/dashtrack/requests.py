"""The one body of Dashtrack: a new project."""

from datetime import date
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, StringConstraints, ValidationInfo, field_validator

from deploy.demo.terms import NotBlank, parse_moment
from deploy.demo.wording import wrong

MAX_BUDGET: Final = 1_000_000_000


def _date(value: Any) -> date:
    try:
        return date.fromisoformat(parse_moment(value).isoformat())
    except ValueError:  # a date-time
        raise wrong("must be an ISO date (2026-05-01)") from None


def _money(value: Any) -> float:
    # before the type's own check, which would say the same of a number and of its text
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong("must be a number")
    if not 0 <= value <= MAX_BUDGET:
        raise wrong(f"must be between 0 and {MAX_BUDGET}")
    return value


IsoDate = Annotated[date, PlainValidator(_date)]
Money = Annotated[float, PlainValidator(_money)]


class NewProject(BaseModel):
    """`POST /v1/clients/{id}/projects`: a name, and whatever else is known already."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[NotBlank, StringConstraints(max_length=200)]
    description: Annotated[str, StringConstraints(max_length=5000)] = ""
    budget: Money | None = Field(default=None)
    start_date: IsoDate | None = None
    end_date: IsoDate | None = None

    @field_validator("end_date")
    @classmethod
    def _after_start(cls, end: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("start_date")
        if end is not None and start is not None and end < start:
            raise wrong("must not be before start_date")
        return end
