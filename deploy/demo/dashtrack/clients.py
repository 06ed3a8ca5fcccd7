"""The clients of both accounts and the people who look after them: made of chance, the same in every run."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from deploy.demo.chance import chance, pick
from deploy.demo.seed import ACCOUNT, OTHER_ACCOUNT, derived_id

if TYPE_CHECKING:
    from collections.abc import Mapping

CLIENT_COUNTS: Mapping[str, int] = MappingProxyType({ACCOUNT: 120, OTHER_ACCOUNT: 8})

FIRST = ("Amber", "Birch", "Cedar", "Delta", "Ember", "Fjord", "Grove", "Haven", "Iris", "Juniper", "Kite", "Lumen")
SECOND = ("Coffee", "Outfitters", "Dental", "Cycles", "Bakery", "Studio", "Hotels", "Legal", "Foods", "Robotics")
INDUSTRIES = ("retail", "hospitality", "health", "manufacturing", "services", "food")
GIVEN = ("Ada", "Bruno", "Chen", "Dara", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Lars")
FAMILY = ("Abara", "Berg", "Castro", "Demir", "Eriksen", "Fontaine", "Gupta", "Haas", "Ito", "Jansen")
ROLES = ("account manager", "strategist", "media buyer", "designer", "analyst", "copywriter")


@dataclass(frozen=True, slots=True)
class Client:
    """A client of an account."""

    id: str
    account: str
    name: str
    industry: str
    website: str
    status: str
    created_at: str

    def public(self) -> dict[str, Any]:
        """As the API shows it: whose it is goes without saying."""
        shown = asdict(self)
        del shown["account"]
        return shown


@cache
def clients() -> Mapping[str, Client]:
    """Every client of every account by id, each account's in the order in which they are listed."""
    made = [_client(account, number) for account, count in CLIENT_COUNTS.items() for number in range(count)]
    return MappingProxyType({client.id: client for client in made})


def _client(account: str, number: int) -> Client:
    name = f"{FIRST[number % len(FIRST)]} {SECOND[number // len(FIRST) % len(SECOND)]}"
    about = (account, "client", str(number))
    return Client(
        id=derived_id("client", account, str(number)),
        account=account,
        name=name,
        industry=pick(INDUSTRIES, *about, "industry"),
        website=f"https://www.{name.lower().replace(' ', '-')}.example",
        status="active" if chance(*about, "status") < 0.85 else "archived",
        created_at=f"2025-{1 + int(12 * chance(*about, 'month')):02}-{1 + int(28 * chance(*about, 'day')):02}T09:00:00Z",
    )


def team(client: Client) -> list[dict[str, str]]:
    """The people assigned to a client: two to six, each with another role."""
    size = 2 + int(5 * chance(client.id, "team"))
    return [_member(client, role) for role in ROLES[:size]]


def _member(client: Client, role: str) -> dict[str, str]:
    given, family = pick(GIVEN, client.id, role, "given"), pick(FAMILY, client.id, role, "family")
    return {
        "id": derived_id("member", client.account, given, family),
        "name": f"{given} {family}",
        "email": f"{given}.{family}@{client.account}.example".lower(),
        "role": role,
    }
