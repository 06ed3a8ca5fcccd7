"""The life of a request, read top to bottom: each stage is one call, and its result is what the next one needs.

    route -> authenticate -> charge the limit -> bind the tenant -> require scopes -> require ownership -> validate
          -> forward -> respond

Every stage that does not let the request on raises `Refused`; here, at the edge, and only here, a refusal becomes an
answer. Whatever happens, one record of it is written: by us, or by the transport if it refused the body meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import structlog

from gateway.answers import render_refusal
from gateway.authorize import require_scopes
from gateway.binding import bind_tenant
from gateway.charging import Charged, require_room_left
from gateway.problems import PROBLEMS, Reason, Refused
from gateway.record import Record
from gateway.validate import validate_body

if TYPE_CHECKING:
    from gateway.exchange import Exchange
    from gateway.gate import Gate
    from gateway.message import Request
    from gateway.principal import Principal
    from gateway.routes import Match

CLIENT_GONE_STATUS = PROBLEMS[Reason.CLIENT_GONE].status
log = structlog.get_logger("gateway")


async def handle(gate: Gate, exchange: Exchange) -> None:
    """Decide one request, forward it if it is let through, and answer it. Raises nothing but cancellation."""
    request, started_s, sent_s = exchange.request, gate.monotonic(), None
    match: Match | None = None
    principal: Principal | None = None
    charged: Charged | None = None
    refused: Refused | None = None
    status = CLIENT_GONE_STATUS
    try:
        match = gate.routes.match(request.method, request.path)
        principal = await gate.authenticator.authenticate(match.api, request)
        gate.last_used.note(principal.key_id)
        charged = await gate.charging.charge(principal, match.cost)
        require_room_left(charged)
        route = match.require_route()
        tenant = bind_tenant(match.api, principal, request)
        require_scopes(route, principal)
        await gate.ownership.require(match, principal, tenant)
        body = await validate_body(request, exchange, route.body, tenant)
        sent_s = gate.monotonic()
        status = await gate.forwarder.forward(match, principal, tenant, charged, body, exchange)
    except asyncio.CancelledError:
        refused = Refused(Reason.CLIENT_GONE)
        raise
    except ConnectionError:
        refused = Refused(Reason.CLIENT_GONE)
    except Exception as error:  # noqa: BLE001 - whatever it is, the client gets an answer and ops a line
        refused = error if isinstance(error, Refused) else _unexpected(error, request)
        if charged is None:
            charged, refused = gate.charging.charge_stranger(request.client, refused)
        status = refused.problem.status
        await _refuse(gate, exchange, refused, match, charged)
    finally:
        ended_s = gate.monotonic()
        upstream_s = 0.0 if sent_s is None else ended_s - sent_s
        if not exchange.refused:
            gate.recorder.record(
                record_of(exchange, match, principal, charged, refused, status, ended_s - started_s, upstream_s)
            )


async def _refuse(gate: Gate, exchange: Exchange, refused: Refused, match: Match | None, charged: Charged) -> None:
    """Answer with the refusal. An answer that has begun cannot be taken back: it is left unfinished, and so cut short."""
    if exchange.begun:
        return
    api = match.api if match else None
    try:
        await exchange.answer(render_refusal(refused, api, exchange.request.request_id, gate.charging.fields(charged)))
    except ConnectionError:
        return  # nobody is left to read it


def _unexpected(error: Exception, request: Request) -> Refused:
    """A fault of ours: the client gets a bare 500 with the request's id, the log the traceback."""
    log.error("unexpected exception", request_id=request.request_id, exc_info=error)
    return Refused(Reason.INTERNAL_ERROR)


def record_of(
    exchange: Exchange,
    match: Match | None,
    principal: Principal | None,
    charged: Charged | None,
    refused: Refused | None,
    status: int,
    total_s: float,
    upstream_s: float,
) -> Record:
    """What is logged and counted of a request: what was decided, as far as it came."""
    request, route = exchange.request, match.route if match else None
    return Record(
        method=request.method,
        status=status,
        client=request.client,
        request_id=request.request_id,
        total_s=total_s,
        own_s=total_s - upstream_s,
        api=match.api.name if match else None,
        route=route.name if route else None,
        template=route.template if route else None,
        reason=refused.reason if refused else None,
        detail=refused.detail if refused else "",
        key_id=principal.key_id if principal else None,
        account=principal.account if principal else None,
        tenant=principal.tenant if principal else None,
        plan=charged.allowance.plan if charged else None,
        limit=charged.allowance.limit.count if charged else None,
        remaining=charged.decision.remaining if charged else None,
        upstream=route.upstream if route and upstream_s else None,
        upstream_s=upstream_s,
        request_bytes=exchange.received_bytes,
        response_bytes=exchange.sent_bytes,
        legacy_scopes=principal.legacy if principal else (),
    )
