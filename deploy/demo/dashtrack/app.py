"""The service behind `/v1`: its endpoints. The account is the caller's tenant.

What exists but is out of the key's reach answers 403, what does not exist 404; the gateway usually says both first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploy.demo.answers import Json, Refusal
from deploy.demo.bodies import check, read_object
from deploy.demo.dashtrack.clients import Client, clients, team
from deploy.demo.dashtrack.projects import STATUSES, Projects, metrics
from deploy.demo.dashtrack.requests import NewProject
from deploy.demo.documents import Documents
from deploy.demo.parameters import Parameters
from deploy.demo.service import Owner, guarded, owner_route, service

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from deploy.demo.caller import Caller

DEFAULT_LIMIT = 50
MAX_LIMIT = 500
MAX_OFFSET = 1_000_000_000


class Endpoints:
    """The endpoints over one shelf of projects."""

    def __init__(self, projects: Projects) -> None:
        self.projects = projects

    async def list_clients(self, request: Request, caller: Caller) -> Response:
        """The clients that the key can reach, a page of them."""
        parameters = Parameters(request.query_params)
        limit, offset = _page(parameters)
        parameters.done()
        reached = [client.public() for client in clients().values() if caller.reaches(client.account, client.id)]
        return _paged(reached, limit, offset)

    async def list_projects(self, request: Request, caller: Caller) -> Response:
        """A client's projects, a page of them."""
        client = _client(request.path_params["id"], caller)
        parameters = Parameters(request.query_params)
        limit, offset = _page(parameters)
        status = parameters.choice("status", STATUSES)
        parameters.done()
        return _paged(self.projects.of_client(client.id, status), limit, offset)

    async def create_project(self, request: Request, caller: Caller) -> Response:
        """A new project of a client."""
        client = _client(request.path_params["id"], caller)
        return Json(self.projects.create(client.id, check(NewProject, await read_object(request))), 201)

    async def get_metrics(self, request: Request, caller: Caller) -> Response:
        """What a project brought."""
        project = self.projects.find(request.path_params["id"])
        if project is None:
            raise Refusal(404, "Project not found")
        _client(project["client_id"], caller)
        return Json(metrics(project))

    async def list_team(self, request: Request, caller: Caller) -> Response:
        """Who looks after a client."""
        client = _client(request.path_params["id"], caller)
        members = team(client)
        return Json({"data": members, "total": len(members)})

    def find_client_owner(self, id_: str) -> Owner | None:
        """The account of a client."""
        client = clients().get(id_)
        return None if client is None else Owner(client.account, client.id)

    def find_project_owner(self, id_: str) -> Owner | None:
        """The account and the client of a project."""
        project = self.projects.find(id_)
        client = clients().get("" if project is None else project["client_id"])
        return None if client is None else Owner(client.account, client.id)


def _client(id_: str, caller: Caller) -> Client:
    client = clients().get(id_)
    if client is None:
        raise Refusal(404, "Client not found")
    if not caller.reaches(client.account, client.id):
        raise Refusal(403, "The API key has no access to this resource")
    return client


def _page(parameters: Parameters) -> tuple[int, int]:
    return parameters.number("limit", DEFAULT_LIMIT, 1, MAX_LIMIT), parameters.number("offset", 0, 0, MAX_OFFSET)


def _paged(rows: Sequence[dict[str, Any]], limit: int, offset: int) -> Response:
    """One page, and how many there are in all."""
    return Json({"data": rows[offset : offset + limit], "total": len(rows), "limit": limit, "offset": offset})


def create(folder: Path | None = None) -> Starlette:
    """The service as an ASGI application; created projects are kept in `folder`, or in memory without one."""
    documents = Documents(None if folder is None else folder / "projects.db")
    to = Endpoints(Projects(documents))
    return service(
        [
            guarded("/v1/clients", GET=to.list_clients),
            guarded("/v1/clients/{id}/projects", GET=to.list_projects, POST=to.create_project),
            guarded("/v1/clients/{id}/team", GET=to.list_team),
            guarded("/v1/projects/{id}/metrics", GET=to.get_metrics),
            owner_route("/internal/owners/clients/{id}", to.find_client_owner),
            owner_route("/internal/owners/projects/{id}", to.find_project_owner),
        ],
        close=documents.close,
    )
