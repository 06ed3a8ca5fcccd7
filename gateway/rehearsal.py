"""The request path without a network: the real stages over a key in memory, a stated owner, an end that answers 200.

What `gateway test` runs its cases through. Nothing here decides; the one difference to `gateway run` is the Argon2id
cost, the least there is, as the keys are made for the moment.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.authenticate import Authenticator
from gateway.cases import FORWARDED
from gateway.charging import Charging
from gateway.declared import declared_routes
from gateway.gate import Gate
from gateway.known_keys import KnownKeys
from gateway.last_used import LastUsed
from gateway.limits.memory import MemoryLimiter
from gateway.limits.policy import LimitPolicy
from gateway.message import Request
from gateway.metrics import Metrics
from gateway.ownership import Ownership
from gateway.pipeline import handle
from gateway.principals import Principals
from gateway.problems import Refused
from gateway.record import Recorder
from gateway.stand_ins import AnswersItself, KeptRecords, OneRecord, RecordedExchange, StatedOwner
from gateway.verifier import VerifierPool
from gateway.version import VERSION
from keys import Account, Hasher, HashingParams, Key, KeyRecord, KeyState, Limit, Plan, mint_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.apis import Api
    from gateway.cases import Case, CaseKey
    from gateway.message import Fields
    from gateway.routes import Routes
    from gateway.settings import Settings

CLIENT = "192.0.2.1"
"""Of the block for documentation (RFC 5737)."""

AMPLE = Plan("<ample>", Limit(10**9, 1, 10**9))
"""The plan of a key whose case names none; no plan of the settings can have this name."""

_CHEAP = HashingParams(memory_kib=8, iterations=1, lanes=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request came to: the status, the reason in the log (`forwarded` for none), and what the client reads."""

    status: int
    reason: str
    body: str


async def rehearse(settings: Settings, case: Case, case_key: CaseKey | None) -> Outcome:
    """Send the case's request through the stages of these settings. Raises nothing that a case can cause."""
    routes = declared_routes(settings)
    api = _api_at(routes, case)
    record, text = _minted(case_key) if case_key else (None, None)
    owner = StatedOwner(case.owner, case.resource, _tenant_of(api, case_key))
    kept = KeptRecords()
    gate = _gate(settings, routes, OneRecord(record), owner, kept)
    try:
        answer = b""
        for _ in range(case.times):
            exchange = RecordedExchange(_request(case, _presented(api, case_key, text)), _body(case))
            await handle(gate, exchange)
            answer = exchange.sent
    finally:
        await gate.authenticator.close()
    last = kept.last
    return Outcome(last.status, last.reason.value if last.reason else FORWARDED, answer.decode())


def _api_at(routes: Routes, case: Case) -> Api | None:
    try:
        return routes.match(case.method, case.path.partition("?")[0].encode()).api
    except Refused:
        return None


def _tenant_of(api: Api | None, key: CaseKey | None) -> str:
    if key is None:
        return ""
    return key.account if api is None or api.tenant_header is None else key.tenant or ""


def _minted(case_key: CaseKey) -> tuple[KeyRecord, str]:
    minted, now = mint_text(case_key.prefix), time.time()
    key = Key(
        id=minted.id,
        prefix=case_key.prefix,
        name="case",
        account=case_key.account,
        tenant=case_key.tenant,
        resources=case_key.resources,
        scopes=frozenset(case_key.scopes),
        plan=case_key.plan or AMPLE.name,
        limit=None,
        digest=Hasher(_CHEAP).hash(minted.text),
        created_at=now,
        created_by="case",
        expires_at=now if case_key.state is KeyState.EXPIRED else None,
        disabled_at=now if case_key.state is KeyState.DISABLED else None,
        revoked_at=now if case_key.state is KeyState.REVOKED else None,
    )
    return KeyRecord(key, Account(case_key.account, case_key.account, AMPLE.name, None, now)), minted.text


def _presented(api: Api | None, key: CaseKey | None, text: str | None) -> dict[bytes, bytes]:
    """The fields by which the key and its tenant are named where the API wants them."""
    if api is None or key is None or text is None:
        return {}
    rule = api.credential
    value = b" ".join((rule.scheme, text.encode())) if rule.scheme else text.encode()
    tenant = {api.tenant_header: key.tenant.encode()} if api.tenant_header and key.tenant else {}
    return {rule.header: value, **tenant}


def _body(case: Case) -> bytes | None:
    if case.body is None or isinstance(case.body, str):
        return case.body if case.body is None else case.body.encode()
    return json.dumps(case.body).encode()


def _request(case: Case, presented: Mapping[bytes, bytes]) -> Request:
    body = _body(case)
    typed = {b"content-type": b"application/json"} if isinstance(case.body, dict) else {}
    stated = {name.encode(): None if value is None else value.encode() for name, value in case.headers.items()}
    fields: Fields = tuple((n, v) for n, v in {**typed, **presented, **stated}.items() if v is not None)
    target = case.path.encode()
    length = None if body is None else len(body)
    return Request(case.method, target, target.partition(b"?")[0], fields, CLIENT, "case", content_length=length)


def _gate(settings: Settings, routes: Routes, records: OneRecord, owner: StatedOwner, kept: KeptRecords) -> Gate:
    policy = LimitPolicy(settings.limits.anonymous.rate)
    # The clock of the buckets stands still: what a case may spend does not depend on how fast this machine is.
    buckets, strangers = (MemoryLimiter(clock_us=lambda: 0) for _ in range(2))
    charging = Charging(buckets, strangers, policy, time.time)
    plans = {**settings.keys.declared_plans(), AMPLE.name: AMPLE}
    principals = Principals(settings.keys.scope_table(), plans, policy)
    authenticator = Authenticator(
        records,
        Hasher(_CHEAP),
        KnownKeys(1, 1, 60.0),
        VerifierPool(1, 1),
        principal_of=principals.principal_of,
        brake=charging,
        feed_age_s=lambda: 0.0,
        max_stale_s=1.0,
    )
    return Gate(
        routes=routes,
        authenticator=authenticator,
        charging=charging,
        ownership=Ownership(owner),
        forwarder=AnswersItself(),
        last_used=LastUsed(records, time.time),
        recorder=Recorder(Metrics(VERSION), kept, render=kept.render),
        monotonic=time.monotonic,
    )
