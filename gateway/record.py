"""One finished request: what is logged of it, and counted.

A record holds what was decided, never what was sent: no credential, no path (the route's template stands for it) and no
query string, which may carry what a client mistook for a safe place. docs/logs.md explains each field of the line; a
test compares them.
"""

from __future__ import annotations

import time
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, Protocol

import orjson

from gateway.redaction import clean, redact

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from gateway.metrics import Metrics
    from gateway.problems import Reason

    Render = Callable[["Record", float], bytes]
    """A record and the Unix time at which it ended -> its line, with the newline."""


class Record(NamedTuple):
    """One finished request, refused or served. A named tuple: one is made for each request, at a third of the price
    of a frozen dataclass.

    `own_s` is the gateway's part of `total_s`, `upstream_s` the backend's. `plan` is the plan that was charged:
    `anonymous` for a request that proved no key. `legacy_scopes` are those of the key's stored scopes that are legacy.
    """

    method: str
    status: int
    client: str
    request_id: str
    total_s: float
    own_s: float
    api: str | None = None
    route: str | None = None
    template: str | None = None
    reason: Reason | None = None
    detail: str = ""
    key_id: str | None = None
    account: str | None = None
    tenant: str | None = None
    plan: str | None = None
    limit: int | None = None
    remaining: int | None = None
    upstream: str | None = None
    upstream_s: float = 0.0
    request_bytes: int = 0
    response_bytes: int = 0
    legacy_scopes: Collection[str] = ()


class LineSink(Protocol):
    """Takes lines, at once and without fail; what becomes of them is its own affair."""

    def append(self, line: bytes) -> None: ...


class Recorder:
    """Makes of each record one log line and its share of the metrics."""

    __slots__ = ("_clock", "_log", "_metrics", "_render")

    def __init__(
        self, metrics: Metrics, log: LineSink, *, render: Render | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        self._metrics = metrics
        self._log = log
        self._render = render or render_json
        self._clock = clock

    def record(self, record: Record) -> None:
        self._metrics.observe(record)
        self._log.append(self._render(record, self._clock()))


def render_json(record: Record, at_s: float) -> bytes:
    """The line as JSON: always the same fields, null where there is nothing to say."""
    return orjson.dumps(
        {
            "time": _utc(at_s),
            "level": "error" if record.status >= 500 else "info",
            "event": "request",
            "request_id": clean(record.request_id),
            "client": clean(record.client),
            "method": clean(redact(record.method)),
            "api": record.api,
            "route": record.route,
            "template": record.template,
            "status": record.status,
            "reason": record.reason,
            "detail": clean(redact(record.detail)) if record.detail else None,
            "key_id": record.key_id,
            "account": record.account and clean(record.account),
            "tenant": record.tenant and clean(record.tenant),
            "plan": record.plan,
            "limit": record.limit,
            "remaining": record.remaining,
            "legacy_scopes": sorted(record.legacy_scopes) if record.legacy_scopes else None,
            "upstream": record.upstream,
            "upstream_s": round(record.upstream_s, 6),
            "own_s": round(record.own_s, 6),
            "total_s": round(record.total_s, 6),
            "request_bytes": record.request_bytes,
            "response_bytes": record.response_bytes,
        },
        option=orjson.OPT_APPEND_NEWLINE,
    )


def render_console(record: Record, at_s: float) -> bytes:
    """The line for a person at a terminal: when, what, how it ended, how long it took, whose key."""
    colour = next(code for floor, code in _COLOURS if record.status >= floor)
    words = [
        _utc(at_s)[11:-1],
        f"\x1b[{colour}m{record.status}\x1b[0m",
        f"{clean(redact(record.method)):<6}",
        record.template or "-",
        f"{record.total_s * 1000:.1f}ms (own {record.own_s * 1000:.2f}ms)",
        record.reason or "",
        f"key={record.key_id}" if record.key_id else f"from={clean(record.client)}",
        f"{record.plan}:{record.remaining}" if record.plan else "",
    ]
    return (" ".join(word for word in words if word) + "\n").encode()


_COLOURS = ((500, 31), (400, 33), (0, 32))
"""From this status on, this colour (of ECMA-48's SGR): red, yellow, green."""


def _utc(at_s: float) -> str:
    """RFC 3339, in milliseconds."""
    second = int(at_s)
    return f"{_utc_second(second)}.{int((at_s - second) * 1000):03d}Z"


@lru_cache(maxsize=4)  # thousands of lines fall into one second
def _utc_second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
