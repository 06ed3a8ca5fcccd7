"""Endpoints of operators, and of a browser's session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keys.admin import bodies, shapes
from keys.admin.answer import Answer
from keys.admin.caller import operator_of_token, place_of, refuse
from keys.admin.problems import Code, Problem, not_found
from keys.audit import AuditTag, actor_at, audit_event
from keys.model import Role
from keys.secret import is_key_id
from keys.session import COOKIE, cookie_field, ended_cookie_field, is_same_origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from keys.admin.asked import Asked
    from keys.admin.desk import Desk

MAY_GRANT: Mapping[Role, frozenset[Role]] = {Role.ADMIN: frozenset(Role)}
"""Who may make operators of which roles. A role without a row makes none."""


async def list_operators(desk: Desk, asked: Asked) -> Answer:
    """A page of operators, by id, the revoked ones too."""
    query = asked.query(bodies.PageQuery)
    page = await desk.store.list_operators(query.after or "", query.limit)
    behind = page[-1].id if len(page) == query.limit else None
    return Answer(shapes.OperatorsShape(items=[shapes.OperatorShape.of(one) for one in page], next=behind))


async def add(desk: Desk, asked: Asked) -> Answer:
    """Lets somebody use this API. The token is in this answer and never again."""
    body, caller = asked.body(bodies.OperatorBody), asked.caller
    if body.role not in MAY_GRANT.get(caller.operator.role, frozenset()):
        await refuse(desk, caller, Code.BEYOND_OWN_RIGHTS, f"adding an operator of role {body.role.value}")
        raise Problem(Code.BEYOND_OWN_RIGHTS, "nobody makes an operator of more rights than their own")
    issued = await desk.operators.add(body.name, body.role, body.account, caller.actor)
    return Answer(shapes.IssuedShape(token=issued.token, operator=shapes.OperatorShape.of(issued.operator)))


async def revoke(desk: Desk, asked: Asked) -> Answer:
    """Ends an operator's access for ever, and every session of theirs."""
    operator_id = asked.path["operator_id"]
    if not is_key_id(operator_id):
        raise not_found()
    return Answer(shapes.OperatorShape.of(await desk.operators.revoke(operator_id, asked.caller.actor)))


async def sign_in(desk: Desk, request: Request, body: bodies.SessionBody) -> Answer:
    """Exchanges a token for a session in a cookie. Whatever session the browser had before is ended."""
    place = place_of(request)
    if ("origin" in request.headers or "sec-fetch-site" in request.headers) and not is_same_origin(request.headers):
        raise Problem(Code.CROSS_SITE, "sign in on this site's own page")
    operator = await operator_of_token(desk, body.token, place)
    started = await desk.sessions.start(operator, request.cookies.get(COOKIE))
    await _record(desk, AuditTag.SESSION_STARTED, operator.id, place)
    shape = shapes.SessionShape(operator=shapes.OperatorShape.of(operator), csrf_token=started.session.csrf_token)
    return Answer(shape, {"set-cookie": cookie_field(started.cookie)})


async def who_am_i(_desk: Desk, asked: Asked) -> Answer:
    """The operator whose token or session this is, and what changes by a session must send."""
    session = asked.caller.session
    shape = shapes.SessionShape(
        operator=shapes.OperatorShape.of(asked.caller.operator), csrf_token=session.csrf_token if session else None
    )
    return Answer(shape)


async def sign_out(desk: Desk, asked: Asked) -> Answer:
    """Ends the session. A token's request has none to end."""
    caller = asked.caller
    if caller.cookie is None:
        return Answer()
    await desk.sessions.end(caller.cookie)
    await _record(desk, AuditTag.SESSION_ENDED, caller.operator.id, caller.place)
    return Answer(headers={"set-cookie": ended_cookie_field()})


async def _record(desk: Desk, tag: AuditTag, operator_id: str, place: str) -> None:
    actor = actor_at(f"operator:{operator_id}", place)
    async with desk.store.changing() as writing:
        await writing.record(audit_event(desk.clock(), actor, tag, operator_id, {}))
