"""Times as people write them: ISO dates and durations. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400, "y": 365 * 86400}
WHEN_ALLOWED = "a duration (90d, 12h, 30m, 2w, 1y), or an ISO date or time (2027-01-31, 2027-01-31T12:00:00Z)"

_DURATION = re.compile(r"([0-9]{1,9})([smhdwy])")


def iso_time(unix_s: float) -> str:
    """A moment in UTC, to the second: `2026-05-01T12:00:00Z`; beyond the calendar, the number of seconds."""
    try:
        return datetime.fromtimestamp(unix_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        return f"{unix_s:g}s"


def parse_duration(text: str) -> float:
    """Seconds from `90s`, `30m`, `12h`, `2d`, `1w`, `1y`, or `0`. Raises ValueError."""
    found = _DURATION.fullmatch(text)
    if text == "0":
        return 0.0
    if not found:
        raise ValueError(f"{text!r} is no duration")
    return float(int(found[1]) * UNITS_S[found[2]])


def parse_when(text: str, now: float) -> float:
    """The moment that `text` means, in Unix seconds: a duration counts from `now`, a time without a zone is UTC.

    Raises ValueError, whose text says what is allowed.
    """
    duration = _DURATION.fullmatch(text)
    if duration:
        return now + int(duration[1]) * UNITS_S[duration[2]]
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time; allowed: {WHEN_ALLOWED}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()
