"""Who asks? An operator, by the token in Authorization or by a browser's session. Failures are throttled and audited."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.admin.problems import Code, Problem
from keys.admin.throttle import site_of
from keys.audit import AuditTag, actor_at, audit_event
from keys.model import Role
from keys.secret import TOKEN_PREFIX, parse_key
from keys.session import COOKIE, is_csrf_token, is_same_origin

if TYPE_CHECKING:
    from starlette.requests import Request

    from keys.admin.desk import Desk
    from keys.model import Operator
    from keys.session import Session

SAFE_METHODS = frozenset({"GET", "HEAD"})
CSRF_FIELD = "x-csrf-token"
NOBODY = "-"

_BEARER = re.compile(r"bearer +([A-Za-z0-9_]{1,128})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caller:
    """A proven operator and where the request came from. `session` and `cookie`: how a browser signed in, if one did."""

    operator: Operator
    place: str
    session: Session | None = None
    cookie: str | None = None

    @property
    def actor(self) -> str:
        """As the audit log names them."""
        return actor_at(f"operator:{self.operator.id}", self.place)

    @property
    def only_account(self) -> str | None:
        """The account that an owner is confined to; None for everybody else."""
        return self.operator.account if self.operator.role is Role.OWNER else None


def place_of(request: Request) -> str:
    """The address of whoever sent the request. Fields like X-Forwarded-For are not believed."""
    return request.client.host if request.client else "unknown"


async def authenticate(desk: Desk, request: Request) -> Caller:
    """The caller. Raises Problem: 401, 403 for a session's change that another site may have caused, 429, 503."""
    given = request.headers.getlist("authorization")
    if given:
        found = _BEARER.fullmatch(given[0]) if len(given) == 1 else None
        if found is None:
            raise unauthenticated()
        return Caller(await operator_of_token(desk, found[1], place_of(request)), place_of(request))
    cookie = request.cookies.get(COOKIE)
    if cookie is None:
        raise unauthenticated()
    return await _caller_of_cookie(desk, request, cookie)


async def operator_of_token(desk: Desk, token: str, place: str) -> Operator:
    """The operator of a token. A token that was right before costs nothing, so that nobody can lock its holder out."""
    site = site_of(place)
    is_proven = desk.tokens.is_proven(token)
    if not is_proven:
        _require_patience(desk.login_failures.spend(site))
    operator = await desk.tokens.find(token)
    if operator is None:
        desk.tokens.forget(token)
        parsed = parse_key(token, TOKEN_PREFIX)
        await record_refusal(
            desk, actor_at("anonymous", place), Code.UNAUTHENTICATED, "signing in", parsed.id if parsed else NOBODY
        )
        raise unauthenticated()
    if not is_proven:
        desk.login_failures.give_back(site)
    return operator


async def _caller_of_cookie(desk: Desk, request: Request, cookie: str) -> Caller:
    session = await desk.sessions.find(cookie)
    operator = None if session is None else await desk.store.find_operator(session.operator_id)
    if session is None or operator is None or operator.revoked_at is not None:
        raise unauthenticated()
    caller = Caller(operator, place_of(request), session, cookie)
    if request.method not in SAFE_METHODS and not (
        is_same_origin(request.headers) and is_csrf_token(session, request.headers.get(CSRF_FIELD))
    ):
        await refuse(desk, caller, Code.CROSS_SITE, f"{request.method} by a session")
        raise Problem(Code.CROSS_SITE, f"a change by a session needs its own page, and the token in {CSRF_FIELD}")
    return caller


async def refuse(desk: Desk, caller: Caller, code: Code, act: str, subject: str = NOBODY) -> None:
    """Writes down that a known operator was refused. Raises Problem (429) for one who is refused all the time."""
    _require_patience(desk.refusals.spend(caller.operator.id))
    await record_refusal(desk, caller.actor, code, act, subject)


async def record_refusal(desk: Desk, actor: str, code: Code, act: str, subject: str) -> None:
    """The audit event of something that was not done."""
    event = audit_event(desk.clock(), actor, AuditTag.ADMIN_REFUSED, subject, {"act": act, "code": code.value})
    async with desk.store.changing() as writing:
        await writing.record(event)


def unauthenticated() -> Problem:
    """One answer, whatever was wrong with the credential."""
    return Problem(
        Code.UNAUTHENTICATED,
        "send an operator token as Authorization: Bearer",
        headers={"www-authenticate": 'Bearer realm="keys"'},
    )


def _require_patience(wait_s: int | None) -> None:
    if wait_s is not None:
        raise Problem(Code.TOO_MANY_FAILURES, "wait, then try again", headers={"retry-after": str(wait_s)})
