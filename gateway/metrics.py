"""Every metric of the gateway: one row of one table each, and where their values are kept.

What happens to requests is counted from their records (gateway/record.py). What somebody owns (a pool, a cache, a
queue) is read from its owner when it is asked for: `metrics.read("gateway_requests_in_flight", lambda: ...)`.
docs/metrics.md lists every row; a test compares them. The text form is gateway/exposition.py's.
"""

from __future__ import annotations

from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from gateway.instruments import Counter, Histogram
from gateway.problems import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.instruments import Labels
    from gateway.record import Record

    Reading = Callable[[], float | Mapping[tuple[str, ...], float]]
    """Asked at each scrape: one value, or one for each of the label values."""


class Kind(StrEnum):
    """What a metric does: a counter only grows, a gauge goes up and down, a histogram counts values by size."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Metric(NamedTuple):
    """A row of the table. `bounds` are a histogram's, in its unit."""

    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()


REQUEST_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
OWN_S = (0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5)

METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        # requests, from their records
        "gateway_requests_total": Metric(Kind.COUNTER, "Requests answered; reason is none unless refused", ("api", "route", "method", "status", "reason")),
        "gateway_request_seconds": Metric(Kind.HISTOGRAM, "Time from a request's head to the end of its answer", ("api", "route"), REQUEST_S),
        "gateway_own_seconds": Metric(Kind.HISTOGRAM, "The gateway's own part of that time: all but waiting for the backend", ("api",), OWN_S),
        "gateway_upstream_seconds": Metric(Kind.HISTOGRAM, "The backend's part of that time", ("upstream",), REQUEST_S),
        "gateway_limit_decisions_total": Metric(Kind.COUNTER, "Charges of a plan's limit: allowed or refused", ("plan", "result")),
        "gateway_legacy_scope_uses_total": Metric(Kind.COUNTER, "Requests of keys that still hold a legacy scope", ("scope",)),
        # read from their owners
        "gateway_requests_in_flight": Metric(Kind.GAUGE, "Requests begun and not yet answered"),
        "gateway_key_cache_lookups_total": Metric(Kind.COUNTER, "Keys looked up in the cache of verified keys: hit or miss", ("result",)),
        "gateway_key_cache_size": Metric(Kind.GAUGE, "Verified keys kept in memory"),
        "gateway_verifications_total": Metric(Kind.COUNTER, "Keys verified against their digest, by outcome", ("result",)),
        "gateway_verifications_queued": Metric(Kind.GAUGE, "Verifications that wait for a thread"),
        "gateway_limit_buckets": Metric(Kind.GAUGE, "Rate limit buckets kept in this process"),
        "gateway_limits_degraded": Metric(Kind.GAUGE, "1 while the fleet's limits are out of reach and requests are let through by limits.redis.on_failure, else 0"),
        "gateway_limit_store_calls_total": Metric(Kind.COUNTER, "Calls to the limits' Redis, each for all charges of an event-loop turn"),
        "gateway_limit_store_charges_total": Metric(Kind.COUNTER, "Charges sent to the limits' Redis"),
        "gateway_limit_store_failures_total": Metric(Kind.COUNTER, "Charges and probes that the limits' Redis did not answer, by cause", ("cause",)),
        "gateway_upstream_connections": Metric(Kind.GAUGE, "Connections of an upstream's pool: active or idle; and requests waiting for one", ("upstream", "state")),
        "gateway_change_feed_age_seconds": Metric(Kind.GAUGE, "Time since key changes were last read"),
        "gateway_change_feed_sequence": Metric(Kind.GAUGE, "Number of the last key change applied"),
        "gateway_change_feed_listening": Metric(Kind.GAUGE, "1 while PostgreSQL's notices of key changes get through, else 0: they are asked for"),
        "gateway_lease_age_seconds": Metric(Kind.GAUGE, "Time since this process last told which key changes it has applied"),
        "gateway_store_up": Metric(Kind.GAUGE, "1 while the key store can be read, else 0"),
        "gateway_log_lines_total": Metric(Kind.COUNTER, "Log lines written, and dropped because the output was blocked or failed", ("result",)),
        "gateway_reading_errors_total": Metric(Kind.COUNTER, "Metrics left out because reading them failed", ("metric",)),
        "gateway_build_info": Metric(Kind.GAUGE, "1, with the version as a label", ("version",)),
    }
)  # fmt: skip

NONE = "none"
OTHER = "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
LIMITED = frozenset({Reason.RATE_LIMITED, Reason.ANONYMOUS_LIMITED, Reason.LIMITS_UNAVAILABLE})


class Metrics:
    """The values of one process. Used on one event loop, the scrape too, so nothing is locked.

    Labels come from settings and closed sets alone, never from what a client may choose: a path that no route has is
    route `none`, an unheard-of method `other`.
    """

    def __init__(self, version: str) -> None:
        self.counters = {name: Counter() for name, row in METRICS.items() if row.kind is Kind.COUNTER}
        self.histograms = {name: Histogram(row.bounds) for name, row in METRICS.items() if row.kind is Kind.HISTOGRAM}
        self.readings: dict[str, Reading] = {"gateway_build_info": lambda: {(version,): 1}}
        self._requests = self.counters["gateway_requests_total"]
        self._request_s = self.histograms["gateway_request_seconds"]
        self._own_s = self.histograms["gateway_own_seconds"]
        self._upstream_s = self.histograms["gateway_upstream_seconds"]
        self._decisions = self.counters["gateway_limit_decisions_total"]
        self._legacy_uses = self.counters["gateway_legacy_scope_uses_total"]

    def counter(self, name: str) -> Counter:
        """The counter of that name, for an owner that counts events itself. Raises KeyError if the table has none."""
        return self.counters[name]

    def read(self, name: str, reading: Reading) -> None:
        """Ask `reading` for the metric at each scrape, instead of whom was asked before.

        Raises KeyError when the table has no such counter or gauge.
        """
        if METRICS[name].kind is Kind.HISTOGRAM:
            raise KeyError(name)
        self.readings[name] = reading

    def observe(self, record: Record) -> None:
        """Count one finished request."""
        api, reason = record.api or NONE, record.reason
        route: Labels = (api, record.route or NONE)
        method = record.method if record.method in METHODS else OTHER
        self._requests.add((*route, method, record.status, reason.value if reason else NONE))
        self._request_s.observe(route, record.total_s)
        self._own_s.observe((api,), record.own_s)
        if record.upstream:
            self._upstream_s.observe((record.upstream,), record.upstream_s)
        if record.plan and record.remaining is not None:
            self._decisions.add((record.plan, "refused" if reason in LIMITED else "allowed"))
        for scope in record.legacy_scopes:
            self._legacy_uses.add((scope,))

    def render(self, accept: str = "") -> tuple[bytes, str]:
        """Every metric in the form that `Accept` asks for (Prometheus text or OpenMetrics), and its media type."""
        # the client library takes 50 ms to import, and nothing before the first scrape needs it
        from gateway.exposition import render  # noqa: PLC0415

        return render(self, accept)
