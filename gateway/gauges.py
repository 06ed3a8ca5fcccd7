"""Which owner each gauge and owned counter of the metrics is read from, at each scrape."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.asgi import GatewayApp
    from gateway.authenticate import Authenticator
    from gateway.key_changes import KeyChanges
    from gateway.key_limits import FleetLimits, PrivateLimits
    from gateway.log_writer import LineWriter
    from gateway.metrics import Metrics, Reading
    from gateway.upstream import UpstreamPool
    from gateway.verifier import VerifierPool


def register_gauges(
    metrics: Metrics,
    app: GatewayApp,
    authenticator: Authenticator,
    verifiers: VerifierPool,
    changes: KeyChanges,
    pools: Mapping[str, UpstreamPool],
    limits: PrivateLimits | FleetLimits,
    writer: LineWriter,
) -> None:
    """Tell `metrics` whom to ask; the rows and their labels are those of gateway/metrics.py."""
    auth = authenticator
    readings: dict[str, Reading] = {
        "gateway_requests_in_flight": lambda: app.in_flight,
        "gateway_key_cache_lookups_total": lambda: {("hit",): auth.hits, ("miss",): auth.misses},
        "gateway_key_cache_size": lambda: auth.known_keys,
        "gateway_verifications_total": lambda: {("verified",): auth.verified, ("refuted",): auth.refuted},
        "gateway_verifications_queued": lambda: verifiers.waiting,
        "gateway_upstream_connections": lambda: _connections(pools),
        "gateway_change_feed_age_seconds": changes.feed.age_s,
        "gateway_change_feed_listening": lambda: int(changes.is_listening),
        "gateway_change_feed_sequence": lambda: changes.feed.applied or 0,
        "gateway_lease_age_seconds": changes.lease.age_s,
        "gateway_store_up": lambda: int(changes.is_fresh),
        "gateway_log_lines_total": lambda: {("written",): writer.written, ("dropped",): writer.dropped},
        **limits.readings(),
    }
    for name, reading in readings.items():
        metrics.read(name, reading)


def _connections(pools: Mapping[str, UpstreamPool]) -> dict[tuple[str, ...], float]:
    return {(name, state): count for name, pool in pools.items() for state, count in pool.counts().items()}
