"""Ask the demo as its clients do; whatever it answers must be whole: limits, an id, and a message if it is refused."""

from __future__ import annotations

import itertools
import re

import httpx

from deploy.demo.seed import PIXEL

MEASURES = "/db-mgmt/api/measures"
QUERY = "/db-mgmt/api/query"
ATTRIBUTION = "/db-mgmt/api/query-attribution"
COHORTS = "/db-mgmt/api/query-cohort-analysis"
VIEWS = "/accounts/api/dashboard/views"
PRESET = VIEWS + "/from-preset"
CLIENTS = "/v1/clients"

MAY = {"start": "2026-05-01", "end": "2026-05-10"}
QUESTION = {"pixelId": PIXEL, "granularity": "day", "measures": [{"measure": "core.orders"}], "dateRange": MAY}
ATTRIBUTION_QUESTION = {
    "pixelId": PIXEL,
    "dimension": "utm_source",
    "dateRange": MAY,
    "attributionModel": "first_click",
    "attributionWindow": 30,
}
COHORT_QUESTION = {
    "pixelId": PIXEL,
    "granularity": "month",
    "measures": ["orders.customers_cohort"],
    "dateRange": {"start": "2026-01-01", "end": "2026-03-31"},
}
NEW_PRESET = {"name": "Three", "measures": ["core.new_customer_roas", "core.new_customer_mer", "meta.cpm"]}

LIMIT_FIELDS = ("x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset")
_POLICY = re.compile(r'"[a-z]+";q=([0-9]+);w=[0-9]+')
_RATELIMIT = re.compile(r'"[a-z]+";r=([0-9]+);t=[0-9]+')


def require_whole(response: httpx.Response) -> None:
    """What every answer of every status has. Raises AssertionError naming the one that lacks it."""
    where = f"{response.request.method} {response.request.url} answered {response.status_code}"
    limit, remaining, reset = (response.headers[name] for name in LIMIT_FIELDS)
    assert limit.isdecimal(), where
    assert remaining.isdecimal(), where
    assert int(remaining) <= int(limit), where
    assert re.fullmatch(r"[0-9]{10}", reset), where
    assert _POLICY.fullmatch(response.headers["ratelimit-policy"])[1] == limit, where
    assert _RATELIMIT.fullmatch(response.headers["ratelimit"])[1] == remaining, where
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,64}", response.headers["x-request-id"]), where
    assert ("retry-after" in response.headers) is (response.status_code in {429, 503}), where
    assert ("www-authenticate" in response.headers) >= (response.status_code == 401), where
    if response.status_code >= 400 and response.request.method != "HEAD":
        response.read()
        assert response.headers["content-type"] == "application/json", where
        assert response.json()["message"], where


_addresses = itertools.count(1)


def client_of(base_url: str, headers=None, *, address: str | None = None) -> httpx.Client:
    """A client that checks each answer for wholeness; from an address of its own, if not told from which.

    The whole of 127.0.0.0/8 is this machine, and strangers are limited by address: no test spends another's.
    """
    number = next(_addresses)
    transport = httpx.HTTPTransport(local_address=address or f"127.2.{number // 250}.{number % 250 + 1}")
    return httpx.Client(
        base_url=base_url,
        headers=headers,
        transport=transport,
        event_hooks={"response": [require_whole]},
        trust_env=False,
        timeout=20,
    )


def limits(response: httpx.Response) -> tuple[int, int, int]:
    """Limit, remaining and reset."""
    limit, remaining, reset = (int(response.headers[name]) for name in LIMIT_FIELDS)
    return limit, remaining, reset


def shape(response: httpx.Response) -> tuple[int, bytes, list[str]]:
    """What a client could tell two answers apart by, but for values that differ from request to request."""
    return response.status_code, response.content, [name.decode() for name, _ in response.headers.raw]


def errors_of(response: httpx.Response) -> set[str]:
    """The fields that a 400 complains of."""
    assert response.status_code == 400, response.text
    document = response.json()
    assert all(set(error) == {"field", "message"} for error in document["errors"])
    return {error["field"] for error in document["errors"]}
