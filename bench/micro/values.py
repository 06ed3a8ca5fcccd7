"""What the steps are timed on: routes, a request as a client sends it, the key that it presents."""

from __future__ import annotations

from gateway.apis import Api, CredentialRule
from gateway.http import HeadRules, parse_head
from gateway.limits.policy import Allowance
from gateway.message import Request
from gateway.principal import Principal
from gateway.routes import BodyRule, Route, Routes
from keys import Limit, LimitBy, ScopeTable, mint_text

PREFIX = "bench"
KEY = mint_text(PREFIX).text
JUNK = KEY[:-1] + ("0" if KEY[-1] != "0" else "1")
"""A key with a wrong checksum, as of somebody who guesses."""

API = Api("items", CredentialRule(b"x-api-key", PREFIX), b"x-tenant", 404)
HEAD_RULES = HeadRules(guarded=frozenset({b"x-api-key", b"x-tenant"}))
HEAD = f"""GET /api/part-7/items/41?page=2 HTTP/1.1
Host: api.example.com
User-Agent: example-client/2.3 (linux)
Accept: application/json
Accept-Encoding: gzip, deflate, br
Connection: keep-alive
X-Api-Key: {KEY}
X-Tenant: tenant-1
X-Forwarded-For: 203.0.113.9""".replace("\n", "\r\n").encode()

ANSWER_FIELDS = (
    (b"server", b"nginx"),
    (b"date", b"Sun, 22 Nov 2026 20:00:00 GMT"),
    (b"content-type", b"application/json"),
    (b"content-length", b"1024"),
    (b"connection", b"keep-alive"),
    (b"x-ratelimit-limit", b"10"),
)
OWN_FIELDS = ((b"ratelimit-limit", b"100"), (b"ratelimit-remaining", b"99"), (b"x-request-id", b"r-1"))

SCOPES = ScopeTable(
    {"items:read": PREFIX, "items:write": PREFIX, "items:all": PREFIX},
    {"items:all": ["items:write"], "items:write": ["items:read"]},
    {"old_items": ["items:all"]},
)
PRINCIPAL = Principal(
    key_id="0123456789",
    account="acme",
    tenant="tenant-1",
    scopes=frozenset({"items:read", "items:write"}),
    legacy=frozenset(),
    resources=None,
    allowance=Allowance.of("starter", Limit(count=100, period_s=3600, burst=100), LimitBy.KEY),
    bucket="bucket",
    identity=((b"x-key-id", b"0123456789"), (b"x-account-id", b"acme"), (b"x-tenant-id", b"tenant-1")),
)


def routes(count: int) -> Routes:
    """So many routes, each with a parameter: GET and POST on `/api/part-N/items/{id}` by turns; and one without."""
    made = [
        _route(("GET", "POST")[number % 2], f"/api/part-{number // 2}/items/{{id}}", number)
        for number in range(count - 1)
    ]
    return Routes([*made, _route("GET", "/api/status", count)], {b"/api/": API})


def _route(method: str, template: str, number: int) -> Route:
    return Route(API, f"route-{number}", method, template, frozenset({"items:read"}), "backend", BodyRule(10**6))


def request() -> Request:
    """The request in HEAD, as the request path sees it."""
    head = parse_head(HEAD, HEAD_RULES)
    return Request(head.method, head.target, head.path, head.fields, "192.0.2.7", "r-1")
