"""The projects of clients: those the demo begins with, and those that were created since."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from deploy.demo.chance import chance, pick
from deploy.demo.dashtrack.clients import clients
from deploy.demo.seed import CLIENT, derived_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploy.demo.dashtrack.requests import NewProject
    from deploy.demo.documents import Document, Documents

STATUSES: Final = ("active", "archived", "completed")
BUSY_CLIENT_PROJECTS: Final = 64
"""The first client has more than a page of projects."""

THEMES = (
    "Spring launch",
    "Brand film",
    "Search",
    "Newsletter",
    "Retargeting",
    "Trade fair",
    "Site relaunch",
    "Holiday sale",
)
FIRST_DAY: Final = date(2025, 1, 1)
METRIC_DIGITS: Final = 2


@cache
def begun() -> Mapping[str, tuple[Document, ...]]:
    """The projects that the demo begins with, by client."""
    return MappingProxyType({id_: _of_client(id_) for id_ in clients()})


@cache
def _begun_by_id() -> Mapping[str, Document]:
    return MappingProxyType({project["id"]: project for projects in begun().values() for project in projects})


def _of_client(client_id: str) -> tuple[Document, ...]:
    count = BUSY_CLIENT_PROJECTS if client_id == CLIENT else 1 + int(5 * chance(client_id, "projects"))
    return tuple(_project(client_id, number) for number in range(count))


def _project(client_id: str, number: int) -> Document:
    about = (client_id, "project", str(number))
    start = FIRST_DAY + timedelta(days=int(400 * chance(*about, "start")))
    return {
        "id": derived_id("project", client_id, str(number)),
        "client_id": client_id,
        "name": f"{THEMES[number % len(THEMES)]} {start.year}",
        "description": f"{THEMES[number % len(THEMES)]}, planned and run by the agency.",
        "status": "active" if number == 0 else pick(STATUSES, *about, "status"),
        "budget": 1000 + 500 * int(60 * chance(*about, "budget")),
        "start_date": start.isoformat(),
        "end_date": (start + timedelta(days=30 + int(120 * chance(*about, "days")))).isoformat(),
        "created_at": f"{start.isoformat()}T09:00:00Z",
    }


class Projects:
    """All projects. The created ones are kept in `created`, owned by their client."""

    def __init__(self, created: Documents) -> None:
        self._created = created

    def find(self, id_: str) -> Document | None:
        """The project; the same work whether it is known or not."""
        made, found = _begun_by_id().get(id_), self._created.find(id_)
        return made if found is None else found[1]

    def of_client(self, client_id: str, status: str | None) -> list[Document]:
        """A client's projects, newest created first, then those the demo began with; of one status if it is named."""
        created = sorted(self._created.owned(client_id), key=lambda project: project["created_at"], reverse=True)
        return [project for project in (*created, *begun()[client_id]) if status in (None, project["status"])]

    def create(self, client_id: str, new: NewProject) -> Document:
        """A new, active project."""
        project = {
            "id": str(uuid4()),
            "client_id": client_id,
            "name": new.name,
            "description": new.description,
            "status": "active",
            "budget": new.budget,
            "start_date": new.start_date and new.start_date.isoformat(),
            "end_date": new.end_date and new.end_date.isoformat(),
            "created_at": datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        }
        self._created.put(client_id, project)
        return project


def metrics(project: Document) -> dict[str, Any]:
    """What a project brought, of its budget: the parts agree with each other. Without a budget it spent nothing."""
    id_ = project["id"]
    spent = project["budget"] or 0
    leads = int(spent / (60 + 120 * chance(id_, "lead cost"))) if spent else 0
    revenue = round(spent * (1.2 + 4 * chance(id_, "revenue")), METRIC_DIGITS)
    return {
        "project_id": id_,
        "roi": round((revenue - spent) / spent * 100, METRIC_DIGITS) if spent else 0,
        "leads_generated": leads,
        "cost_per_lead": round(spent / leads, METRIC_DIGITS) if leads else 0,
        "conversion_rate": round(2 + 16 * chance(id_, "conversion"), METRIC_DIGITS) if leads else 0,
        "revenue_generated": revenue,
    }
