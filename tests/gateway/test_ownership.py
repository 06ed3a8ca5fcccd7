"""Ownership: foreign and missing go the same way, and only "it is yours" is remembered."""

import json
from typing import TYPE_CHECKING

import pytest

from gateway.answers import render_refusal
from gateway.ownership import Ownership
from gateway.problems import Reason, Refused
from gateway.routes import Match, ResourceRule
from tests.gateway.builders import DASHTRACK, UPSTACK, principal, route

if TYPE_CHECKING:
    from gateway.message import Answer

VIEW = route("GET", "/accounts/views/{viewId}", resource=ResourceRule("view", 0))
CLIENT = route("GET", "/v1/clients/{clientId}/team", api=DASHTRACK, resource=ResourceRule("client", 0))


class OwnerEndpoint:
    """A backend that knows owners, and remembers what it was asked."""

    def __init__(self, **owners: object) -> None:
        self.owners = owners
        self.asked: list[tuple[str, bytes]] = []
        self.raw: tuple[int, bytes] | None = None

    async def get(self, upstream: str, target: bytes, max_bytes: int) -> tuple[int, bytes]:
        self.asked.append((upstream, target))
        if self.raw is not None:
            return self.raw
        owner = self.owners.get(target.decode().rpartition("/")[2])
        return (404, b"") if owner is None else (200, json.dumps(owner).encode()[:max_bytes])


def view(identifier: bytes) -> Match:
    return Match(UPSTACK, VIEW, (identifier,))


def client(identifier: bytes) -> Match:
    return Match(DASHTRACK, CLIENT, (identifier,))


async def refusal(ownership: Ownership, match: Match, who=None, tenant: str = "pixel-1") -> Refused:
    with pytest.raises(Refused) as refused:
        await ownership.require(match, who or principal(), tenant)
    return refused.value


async def test_a_route_without_a_resource_asks_nobody() -> None:
    endpoint = OwnerEndpoint()
    await Ownership(endpoint).require(Match(UPSTACK, route("GET", "/x")), principal(), "pixel-1")
    assert endpoint.asked == []


async def test_ones_own_is_asked_for_once() -> None:
    endpoint = OwnerEndpoint(v1={"tenant": "pixel-1"})
    ownership = Ownership(endpoint)
    for _ in range(3):
        await ownership.require(view(b"v1"), principal(), "pixel-1")
    assert endpoint.asked == [("accounts", b"/internal/owners/views/v1")]


async def test_foreign_and_missing_are_asked_for_every_time_and_answer_the_same_bytes() -> None:
    endpoint = OwnerEndpoint(v2={"tenant": "pixel-2"})
    ownership = Ownership(endpoint)
    answers: set[Answer] = set()
    for identifier in (b"v2", b"none", b"v2", b"none"):
        refused = await refusal(ownership, view(identifier))
        answers.add(render_refusal(refused, UPSTACK, "one-id", ()))
    assert len(endpoint.asked) == 4
    (answer,) = answers
    assert (answer.status, answer.body) == (404, b'{"message": "Dashboard view not found"}')


async def test_the_reasons_in_the_log_differ() -> None:
    ownership = Ownership(OwnerEndpoint(v2={"tenant": "pixel-2"}))
    assert (await refusal(ownership, view(b"v2"))).reason is Reason.RESOURCE_FOREIGN
    assert (await refusal(ownership, view(b"none"))).reason is Reason.RESOURCE_MISSING


async def test_where_the_api_says_so_foreign_is_403_and_missing_404() -> None:
    ownership = Ownership(OwnerEndpoint(c2={"tenant": "other", "resource": "c2"}))
    foreign = await refusal(ownership, client(b"c2"), tenant="acme")
    missing = await refusal(ownership, client(b"none"), tenant="acme")
    assert (foreign.problem.status, missing.problem.status) == (403, 404)
    assert render_refusal(missing, DASHTRACK, "r", ()).body == b'{"message": "Client not found"}'


async def test_a_key_with_a_list_of_resources_reaches_only_these() -> None:
    endpoint = OwnerEndpoint(p1={"tenant": "acme", "resource": "c1"}, p2={"tenant": "acme", "resource": "c2"})
    ownership = Ownership(endpoint)
    limited, unlimited = principal(resources=frozenset({"c1"})), principal()
    await ownership.require(client(b"p1"), limited, "acme")
    assert (await refusal(ownership, client(b"p2"), limited, "acme")).reason is Reason.RESOURCE_FOREIGN
    await ownership.require(client(b"p2"), unlimited, "acme")
    before = len(endpoint.asked)
    assert (await refusal(ownership, client(b"p2"), limited, "acme")).reason is Reason.RESOURCE_FOREIGN
    assert len(endpoint.asked) == before + 1, (
        "out of reach must cost what missing costs, though another key's is cached"
    )


async def test_without_a_resource_in_the_answer_the_id_itself_is_checked() -> None:
    ownership = Ownership(OwnerEndpoint(c1={"tenant": "acme"}, c2={"tenant": "acme"}))
    limited = principal(resources=frozenset({"c1"}))
    await ownership.require(client(b"c1"), limited, "acme")
    assert (await refusal(ownership, client(b"c2"), limited, "acme")).reason is Reason.RESOURCE_FOREIGN


async def test_what_is_remembered_is_bounded_and_by_tenant() -> None:
    endpoint = OwnerEndpoint(**{f"v{number}": {"tenant": "pixel-1"} for number in range(1005)})
    ownership = Ownership(endpoint)
    for number in range(1005):
        await ownership.require(view(b"v%d" % number), principal(), "pixel-1")
    assert len(ownership) == 1000
    assert (await refusal(ownership, view(b"v1004"), principal(tenant="pixel-2"), "pixel-2")).problem.status == 404


async def test_a_resource_that_its_backend_calls_gone_is_asked_for_again() -> None:
    endpoint = OwnerEndpoint(v1={"tenant": "pixel-1"})
    ownership = Ownership(endpoint)
    await ownership.require(view(b"v1"), principal(), "pixel-1")
    ownership.forget(view(b"v1"), "pixel-1")
    ownership.forget(Match(UPSTACK, route("GET", "/x")), "pixel-1")
    await ownership.require(view(b"v1"), principal(), "pixel-1")
    assert len(endpoint.asked) == 2


@pytest.mark.parametrize(
    "raw",
    [(500, b""), (301, b""), (204, b""), (200, b""), (200, b"{"), (200, b"[]"), (200, b'{"tenant": 7}'), (200, b'{"tenant": "pixel-1", "resource": 7}'), (200, b"[" * 5000)],
)  # fmt: skip
async def test_an_owner_endpoint_that_makes_no_sense_lets_nobody_on(raw: tuple[int, bytes]) -> None:
    endpoint = OwnerEndpoint()
    endpoint.raw = raw
    assert (await refusal(Ownership(endpoint), view(b"v1"))).reason is Reason.UPSTREAM_PROTOCOL
