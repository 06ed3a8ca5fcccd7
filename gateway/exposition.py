"""The metrics as Prometheus reads them."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from gateway.metrics import METRICS, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from prometheus_client.core import Metric as Family

    from gateway.instruments import Histogram, Labels, Series
    from gateway.metrics import Metrics


def render(metrics: Metrics, accept: str) -> tuple[bytes, str]:
    """The page of one scrape, with the process's own figures (CPU, memory, open files), and its media type."""
    registry = CollectorRegistry()
    registry.register(TableCollector(metrics))
    ProcessCollector(registry=registry)
    encode, media_type = choose_encoder(accept)
    return encode(registry), media_type


class TableCollector(Collector):
    """Gives each row of the table with its values of this moment, in the table's order."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Family]:
        # first of all, for a reading that fails is itself counted
        read = {name: self._read(name) for name in self._metrics.readings}
        for name, row in METRICS.items():
            match row.kind:
                case Kind.HISTOGRAM:
                    yield _histogram(name, self._metrics.histograms[name])
                case Kind.COUNTER:
                    counter = CounterMetricFamily(name, row.help, labels=row.labels)
                    yield _filled(counter, {**self._metrics.counters[name].values, **read.get(name, {})})
                case Kind.GAUGE:
                    yield _filled(GaugeMetricFamily(name, row.help, labels=row.labels), read.get(name, {}))

    def _read(self, name: str) -> Mapping[Labels, float]:
        """What the owner says now. One that fails must not take the others with it: it is left out and counted."""
        try:
            value = self._metrics.readings[name]()
        except Exception:  # noqa: BLE001 - whatever it is
            self._metrics.counter("gateway_reading_errors_total").add((name,))
            return {}
        return {(): value} if isinstance(value, int | float) else {tuple(labels): one for labels, one in value.items()}


def _filled(
    family: CounterMetricFamily | GaugeMetricFamily, values: Mapping[Labels, float]
) -> CounterMetricFamily | GaugeMetricFamily:
    for labels, value in values.items():
        family.add_metric([str(label) for label in labels], value)
    return family


def _histogram(name: str, histogram: Histogram) -> HistogramMetricFamily:
    row = METRICS[name]
    family = HistogramMetricFamily(name, row.help, labels=row.labels)
    for labels, series in histogram.series.items():
        family.add_metric([str(label) for label in labels], _cumulative(histogram, series), series.total)
    return family


def _cumulative(histogram: Histogram, series: Series) -> list[tuple[str, float]]:
    bounds = [*map(str, histogram.bounds), "+Inf"]
    return list(zip(bounds, accumulate(series.counts), strict=True))
