"""The composition root: from settings to wired services. The only place that knows them all; it decides nothing."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_network
from typing import TYPE_CHECKING

import structlog

from gateway.asgi import GatewayApp
from gateway.authenticate import Authenticator
from gateway.charging import Charging
from gateway.clock import ForwardClock
from gateway.declared import declared_routes
from gateway.forward import Forwarder
from gateway.gate import Gate
from gateway.gauges import register_gauges
from gateway.http import Deadlines, Edge, HeadRules
from gateway.key_changes import KeyChanges
from gateway.key_limits import FleetLimits, PrivateLimits, open_key_limits
from gateway.known_keys import KnownKeys
from gateway.last_used import LastUsed
from gateway.limits.memory import MemoryLimiter
from gateway.limits.policy import LimitPolicy
from gateway.log_writer import LineWriter
from gateway.logs import configure_logs
from gateway.metrics import Metrics
from gateway.owner_lookup import PooledOwnerLookup
from gateway.ownership import Ownership
from gateway.principals import Principals
from gateway.record import Recorder, render_console, render_json
from gateway.server import Listener, Serving, Site
from gateway.sockets import Address
from gateway.status import Status
from gateway.transport_refusals import refuse_charged, refuse_plainly
from gateway.upstream import Origin, UpstreamLimits, UpstreamPool
from gateway.verifier import VerifierPool
from gateway.version import VERSION
from keys import Desk, Hasher, StoreError, admin_app, open_store

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from starlette.types import ASGIApp

    from gateway.server import Sockets
    from gateway.settings import Loaded, Settings, UpstreamSettings
    from keys import KeyStore

    OnReady = Callable[[Mapping[str, int]], None]
    """Told the port of each listener, by its name, once all of them answer."""

LOG_CLOSE_S = 5.0
log = structlog.get_logger("gateway")


def site_of(loaded: Loaded, workers: int, on_ready: OnReady | None = None) -> Site:
    """What `gateway.server.run_site` runs for these settings."""
    listen = loaded.settings.listen
    declared = {"proxy": listen.proxy, "admin": listen.admin, "status": listen.status}
    addresses = tuple(Address(name, its.host, its.port) for name, its in declared.items() if its is not None)

    @asynccontextmanager
    async def open_worker(sockets: Sockets) -> AsyncIterator[Serving]:
        async with _worker(loaded, sockets, workers, on_ready) as serving:
            yield serving

    return Site(addresses, open_worker, loaded.settings.http.drain_s)


async def require_store(loaded: Loaded) -> None:
    """Raises `StoreError` when the key store cannot be opened as it is, or nobody in it could sign in to an admin
    listener that others can reach: said before anything is bound.
    """
    async with _key_store(loaded) as store:
        if loaded.settings.listen.admin.is_public and not await store.has_operators():
            raise StoreError("listen.admin is open to others, and there is no operator yet: keys operators add")


@asynccontextmanager
async def _worker(loaded: Loaded, sockets: Sockets, workers: int, on_ready: OnReady | None) -> AsyncIterator[Serving]:
    """One process' services, from the log to the listeners; torn down in the opposite order."""
    settings = loaded.settings
    async with _logging(settings) as writer, _key_store(loaded) as store:
        services = _wire(settings, store, writer, workers)
        async with _running(services):
            ports = {name: bound[0].getsockname()[1] for name, bound in sockets.items()}

            def ready() -> None:
                log.info("ready", version=VERSION, workers=workers, ports=ports, warnings=loaded.warnings)
                if on_ready is not None:
                    on_ready(ports)

            yield Serving(_listeners(services, settings, sockets), on_ready=ready, on_drain=services.begin_drain)
        log.info("stopped")


@asynccontextmanager
async def _logging(settings: Settings) -> AsyncIterator[LineWriter]:
    writer = LineWriter(sys.stdout.fileno())
    configure_logs(writer, level=settings.log.level, console=_is_console(settings))
    try:
        yield writer
    finally:
        await asyncio.to_thread(writer.close, LOG_CLOSE_S)


def _is_console(settings: Settings) -> bool:
    return settings.log.format == "console" or (settings.log.format == "auto" and os.isatty(sys.stdout.fileno()))


@asynccontextmanager
async def _key_store(loaded: Loaded) -> AsyncIterator[KeyStore]:
    keys = loaded.settings.keys
    store = await open_store(keys.store_url(loaded.folder), limits=keys.database.limits())
    try:
        yield store
    finally:
        await store.close()


@dataclass(slots=True)
class Services:
    """What one worker runs on. `draining` turns true once, with the signal to stop."""

    gate: Gate
    app: GatewayApp
    changes: KeyChanges
    admin: ASGIApp
    limits: PrivateLimits | FleetLimits
    pools: Mapping[str, UpstreamPool]
    metrics: Metrics
    draining: bool = False

    def begin_drain(self) -> None:
        self.draining = True
        log.info("draining")


def _wire(settings: Settings, store: KeyStore, writer: LineWriter, workers: int) -> Services:
    clock = ForwardClock()
    metrics = Metrics(VERSION)
    policy = LimitPolicy(settings.limits.anonymous.rate)
    limits = open_key_limits(settings.limits.redis, workers)
    charging = Charging(limits.limiter, MemoryLimiter(), policy, clock)
    principals = Principals(settings.keys.scope_table(), settings.keys.declared_plans(), policy)
    changes = KeyChanges(
        store,
        principals,
        poll_s=settings.authenticate.change_poll_s,
        max_stale_s=settings.authenticate.stale_s,
    )
    verifiers = VerifierPool(settings.authenticate.threads, settings.authenticate.verifier_queue)
    known = KnownKeys(
        settings.authenticate.cache_keys,
        settings.authenticate.cache_rejected,
        settings.authenticate.rejected_ttl_s,
    )
    authenticator = Authenticator(
        store,
        Hasher(settings.keys.hashing_params()),
        known,
        verifiers,
        principal_of=principals.principal_of,
        brake=charging,
        feed_age_s=changes.age_s,
        max_stale_s=settings.authenticate.stale_s,
        clock=clock,
    )
    routes = declared_routes(settings)
    pools = upstream_pools(settings)
    ownership = Ownership(PooledOwnerLookup(pools))
    forwarder = Forwarder(pools, routes, charging, ownership, reserved=settings.reserved_headers)
    gate = Gate(
        routes=routes,
        authenticator=authenticator,
        charging=charging,
        ownership=ownership,
        forwarder=forwarder,
        last_used=LastUsed(store, clock),
        recorder=Recorder(metrics, writer, render=render_console if _is_console(settings) else render_json),
        monotonic=time.monotonic,
    )
    app = GatewayApp(lambda: gate)
    register_gauges(metrics, app, authenticator, verifiers, changes, pools, limits, writer)
    admin = admin_app(Desk(settings.keys, store, on_change=changes.feed.notice))
    return Services(gate, app, changes, admin, limits, pools, metrics)


def upstream_pools(settings: Settings) -> dict[str, UpstreamPool]:
    """The pool of each upstream; nothing is connected yet."""
    return {
        name: UpstreamPool(Origin.parse(its.url), _upstream_limits(its)) for name, its in settings.upstreams.items()
    }


def _upstream_limits(settings: UpstreamSettings) -> UpstreamLimits:
    return UpstreamLimits(
        max_connections=settings.connections,
        queue_timeout_s=settings.queue_timeout_s,
        connect_timeout_s=settings.connect_timeout_s,
        first_byte_timeout_s=settings.first_byte_timeout_s,
        idle_timeout_s=settings.idle_timeout_s,
        keep_idle_s=settings.keep_alive_s,
        max_head_bytes=settings.header_bytes,
        max_head_fields=settings.header_fields,
    )


@asynccontextmanager
async def _running(services: Services) -> AsyncIterator[None]:
    """The change feed and the writer of last uses beside the requests; pools closed and uses written at the end."""
    gate = services.gate
    await services.changes.start(gate.authenticator)
    await services.limits.start()
    tasks = [asyncio.create_task(services.changes.run()), asyncio.create_task(gate.last_used.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await services.changes.stop()
        await services.limits.stop()
        await gate.last_used.flush()
        await asyncio.gather(*(pool.close(grace_s=0) for pool in services.pools.values()))
        await gate.authenticator.close()


def _listeners(services: Services, settings: Settings, sockets: Sockets) -> tuple[Listener, ...]:
    checks = {"keys": services.changes.health, **services.limits.checks}
    status = Status(checks, services.metrics, draining=lambda: services.draining)
    public = Listener("proxy", services.app, _public_edge(services, settings), sockets["proxy"])
    plain = Edge(refuse_plainly, cancel_on_disconnect=False)
    admin = services.admin if "status" in sockets else status.beside(services.admin)
    private = [Listener("admin", admin, plain, sockets["admin"], closes_last=True)]
    if "status" in sockets:
        private.append(Listener("status", status.app(), plain, sockets["status"], closes_last=True))
    return public, *private


def _public_edge(services: Services, settings: Settings) -> Edge:
    http, gate = settings.http, services.gate
    return Edge(
        refuse=refuse_charged(gate.charging, gate.recorder),
        head=HeadRules(
            head_bytes=http.header_bytes,
            fields=http.header_fields,
            target_bytes=http.target_bytes,
            guarded=gate.forwarder.guarded,
        ),
        deadlines=Deadlines(
            idle_s=http.idle_timeout_s,
            head_s=http.header_timeout_s,
            body_s=http.body_timeout_s,
            body_grace_s=http.body_grace_s,
            body_bytes_per_s=http.body_rate_bytes_s,
            send_stall_s=http.send_timeout_s,
        ),
        in_flight=http.in_flight,
        handle=services.app.handle,
        trusted_proxies=tuple(ip_network(network) for network in http.trusted_proxies),
    )
