"""Endpoints of the audit log, and of the processes that serve keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import StreamingResponse

from keys.admin import bodies, shapes
from keys.admin.answer import Answer
from keys.audit_trail import verify_trail

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from keys.admin.asked import Asked
    from keys.admin.desk import Desk
    from keys.audit import ChainedEvent

EXPORT_PAGE = 1000


async def list_events(desk: Desk, asked: Asked) -> Answer:
    """A page of what happened, oldest first."""
    query = asked.query(bodies.AuditQuery)
    page = await desk.store.list_audit_events(query.after, query.limit, subject_id=query.subject)
    behind = page[-1].seq if len(page) == query.limit else None
    return Answer(shapes.EventsShape(items=[shapes.EventShape.of(one) for one in page], next=behind))


async def verify(desk: Desk, _asked: Asked) -> Answer:
    """Recomputes the whole chain: was an event edited, removed or moved?"""
    verdict = await verify_trail(desk.store)
    return Answer(shapes.VerdictShape.model_validate(verdict.as_dict()))


async def export(desk: Desk, asked: Asked) -> StreamingResponse:
    """The whole log, a line of JSON for each event, with its hash and the one before it."""
    after = asked.query(bodies.ExportQuery).after
    first = await desk.store.list_audit_events(after, EXPORT_PAGE)
    return StreamingResponse(_lines(desk, first), media_type="application/x-ndjson")


async def list_nodes(desk: Desk, _asked: Asked) -> Answer:
    """Every process that serves keys, and how far each has come with the changes."""
    latest = await desk.store.latest_change()
    now, nodes = await desk.store.nodes.roll()
    return Answer(shapes.NodesShape(items=[shapes.NodeShape.of(one, now) for one in nodes], latest_change=latest))


async def _lines(desk: Desk, page: list[ChainedEvent]) -> AsyncIterator[str]:
    while page:
        for one in page:
            yield shapes.EventShape.of(one).model_dump_json() + "\n"
        page = await desk.store.list_audit_events(page[-1].seq, EXPORT_PAGE)
