"""The fields that the Upstack services share: pixel, dates, time zone, attribution; each with its rule and its words."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Annotated, Any, Final, Literal, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, PlainSerializer, PlainValidator, ValidationInfo, field_validator

from deploy.demo.bodies import CamelModel
from deploy.demo.catalogue import CATALOGUE
from deploy.demo.wording import wrong

Granularity = Literal["none", "second", "minute", "hour", "day", "week", "month", "quarter", "year"]
AttributionModel = Literal["first_click", "last_click", "any_click"]
WINDOWS_DAYS: Final = (1, 7, 14, 28, 30, 60, 90)
"""The attribution windows that there are."""

GRANULARITIES: Final[tuple[str, ...]] = get_args(Granularity)

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2099

UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
DATE_TEXT = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DATE_TIME_TEXT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
ZONE_TEXT = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}", re.ASCII)


def _uuid(text: str) -> str:
    if not UUID_TEXT.fullmatch(text):
        raise wrong("must be a UUID")
    return text


def parse_moment(value: Any) -> date:
    """A date as `date`, a date-time as `datetime`; fromisoformat alone would take forms that are no RFC 3339."""
    if not isinstance(value, str):
        raise wrong("must be a string with an ISO date")
    try:
        if DATE_TEXT.fullmatch(value):
            moment: date = date.fromisoformat(value)
        elif DATE_TIME_TEXT.fullmatch(value):
            moment = datetime.fromisoformat(value)
        else:
            raise wrong("must be an ISO date (2026-05-01) or date-time (2026-05-01T13:00:00Z)")
    except ValueError:
        raise wrong("must be a date that exists") from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise wrong(f"must be in the years {FIRST_YEAR} to {LAST_YEAR}")
    return moment


def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone `name`; raises a worded error if there is none."""
    try:
        # the pattern first: ZoneInfo looks the name up in file systems
        if ZONE_TEXT.fullmatch(name):
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        pass
    raise wrong("must be an IANA time zone such as America/New_York")


def _window(days: int) -> int:
    # no Literal: it would take true for 1
    if days not in WINDOWS_DAYS:
        raise wrong(f"must be one of: {', '.join(map(str, WINDOWS_DAYS))} (days)")
    return days


def _zone(name: str) -> str:
    zone_named(name)
    return name


def _known_measure(id_: str) -> str:
    if id_ not in CATALOGUE:
        raise wrong(f"is no known measure: {id_[:80]!r}; GET /db-mgmt/api/measures lists them")
    return id_


def _not_blank(text: str) -> str:
    if not text.strip():
        raise wrong("must not be empty")
    return text


PixelId = Annotated[str, AfterValidator(_uuid)]
Moment = Annotated[date, PlainValidator(parse_moment), PlainSerializer(lambda moment: moment.isoformat())]
AttributionWindow = Annotated[int, AfterValidator(_window)]
TimeZone = Annotated[str, AfterValidator(_zone)]
MeasureId = Annotated[str, AfterValidator(_known_measure)]
NotBlank = Annotated[str, AfterValidator(_not_blank)]


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time: Unix seconds, the end outside."""

    start_s: float
    end_s: float

    def overlaps(self, other: "Span") -> bool:
        return self.start_s < other.end_s and other.start_s < self.end_s


def instant_s(moment: date, zone: tzinfo) -> float:
    """The Unix time of a date-time, or of the first instant of a date; `zone` is for what names none itself."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=zone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).timestamp()


class DateRange(CamelModel):
    """From `start` to `end`. A date stands for its whole day, so an end date is inside; an end date-time is outside."""

    start: Moment
    end: Moment

    @field_validator("end")
    @classmethod
    def _after_start(cls, end: date, info: ValidationInfo) -> date:
        start = info.data.get("start")
        if start is not None and span_of(start, end, UTC).end_s <= instant_s(start, UTC):
            raise wrong("must not be before start")
        return end

    def span(self, zone: tzinfo) -> Span:
        """The range in time, days being those of `zone`."""
        return span_of(self.start, self.end, zone)

    def texts(self) -> dict[str, str]:
        """As the client wrote it, in canonical form."""
        return {"start": self.start.isoformat(), "end": self.end.isoformat()}


def span_of(start: date, end: date, zone: tzinfo) -> Span:
    """The time from `start` to `end`, an end date included."""
    last = end if isinstance(end, datetime) else end + timedelta(days=1)
    return Span(instant_s(start, zone), instant_s(last, zone))
