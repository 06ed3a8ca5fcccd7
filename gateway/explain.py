"""Why is this key refused, or let in: the request path's own stages on the key's record, each telling what it saw.

No secret is needed, as the record is believed; nothing is charged, forwarded or noted. The order is that of
gateway/pipeline.py; the bucket and the body, which a question does not have, are told by what holds for them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from rich.text import Text

from gateway.authenticate import require_active
from gateway.authorize import require_scopes
from gateway.binding import bind_tenant
from gateway.cases import FORWARDED
from gateway.message import Request
from gateway.problems import PROBLEMS, Reason, Refused
from keys import judge

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.apis import Api
    from gateway.ownership import Ownership
    from gateway.principal import Principal
    from gateway.principals import Principals
    from gateway.routes import Match, Routes
    from keys import KeyRecord


@dataclass(frozen=True, slots=True)
class Question:
    """A request of a key. `tenant` None: the key's own is named."""

    key_id: str
    method: str
    path: str
    tenant: str | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer and its reason (status None: the backend's), why in words, and what each stage saw, in order."""

    status: int | None
    reason: str
    why: str
    facts: dict[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Explaining:
    """What a question is answered with. `ownership` None: no owner look-up is made."""

    routes: Routes
    principals: Principals
    ownership: Ownership | None
    now_s: float

    async def explain(self, question: Question, record: KeyRecord | None) -> Explanation:
        """Take the question through the stages. Raises nothing that the question or the record can cause."""
        facts: dict[str, Any] = {}
        try:
            await self._pass(question, record, facts)
        except Refused as refused:
            why = ": ".join(part for part in (PROBLEMS[refused.reason].internal, refused.detail) if part)
            return Explanation(refused.problem.status, refused.reason.value, why, facts)
        return Explanation(None, FORWARDED, "every check passes; the backend answers", facts)

    async def _pass(self, question: Question, record: KeyRecord | None, facts: dict[str, Any]) -> None:
        path = question.path.encode()
        match = self.routes.match(question.method, path.partition(b"?")[0])
        facts |= _route_facts(match)
        principal = self._prove(match.api, record, facts)
        route = match.require_route()
        request = _request(question, match.api, principal)
        facts["tenant named"] = [value.decode() for value in request.values(match.api.tenant_header or b"")]
        tenant = bind_tenant(match.api, principal, request)
        facts["tenant"] = tenant
        require_scopes(route, principal)
        if route.resource is not None and self.ownership is not None:
            await self.ownership.require(match, principal, tenant)
            facts["owner"] = f"the {route.resource.name} is the tenant's"
        elif route.resource is not None:
            facts["owner"] = "not asked"

    def _prove(self, api: Api, record: KeyRecord | None, facts: dict[str, Any]) -> Principal:
        """The principal that the key's holder would be."""
        if record is None:
            raise Refused(Reason.KEY_UNKNOWN)
        key = record.key
        facts |= {"key": key.name, "account": record.account.id, "state": judge(key, self.now_s).value}
        facts |= {"revoked because": key.revoked_why} if key.revoked_why else {}
        facts["scopes stored"] = sorted(key.scopes)
        if key.prefix != api.credential.prefix:
            detail = f"it is a key of {key.prefix}, and {api.name} takes those of {api.credential.prefix}"
            raise Refused(Reason.CREDENTIAL_MALFORMED, detail=detail)
        require_active(key, self.now_s)
        principal = self.principals.principal_of(record)
        facts["scopes granted"] = sorted(principal.scopes)
        facts |= {} if principal.resources is None else {"resources": sorted(principal.resources)}
        limit = principal.allowance.limit
        facts["plan"] = principal.allowance.plan
        facts["limit"] = f"{limit.count:,} in {limit.period_s:,} s, burst {limit.burst:,}, by {principal.allowance.by}"
        return principal


def _route_facts(match: Match) -> dict[str, Any]:
    route = match.route
    if route is None:
        return {"API": match.api.name, "methods of this path": list(match.allowed)}
    told = {"API": match.api.name, "route": f"{route.name}: {route.method} {route.template} to {route.upstream}"}
    members = [".".join(path) for path in route.body.tenant_members]
    body = {"body members bound to the tenant": members} if members else {}
    return {**told, "cost": route.cost, "scopes needed": sorted(route.scopes), **body}


def _request(question: Question, api: Api, principal: Principal) -> Request:
    tenant = principal.tenant if question.tenant is None else question.tenant
    named = ((api.tenant_header, tenant.encode()),) if api.tenant_header and tenant is not None else ()
    target = question.path.encode()
    return Request(question.method, target, target.partition(b"?")[0], named, "", "explain")


def show_explanation(told: Explanation, console: Console) -> None:
    """Print what each stage saw, then the answer."""
    for name, value in told.facts.items():
        text = Text(f"{name + ':':<34}", style="cyan")
        shown = " ".join(map(str, value)) or "none" if isinstance(value, list) else str(value)
        console.print(text.append(shown, style="default"), soft_wrap=True)
    answer = Text(told.reason if told.status is None else f"{told.status} {told.reason}")
    answer.stylize("bold green" if told.status is None else "bold red")
    console.print(answer.append(f"  {told.why}", style="default"), soft_wrap=True)
