"""The service behind `/accounts`: its endpoints. What makes a view answers 201, everything else 200."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from deploy.demo.accounts.preset import configuration_of
from deploy.demo.accounts.requests import VIEW_TYPES, CopyOrder, NewView, Preset, ViewChange, check_view
from deploy.demo.accounts.samples import begin
from deploy.demo.accounts.views import Views
from deploy.demo.answers import Json
from deploy.demo.bodies import check, read_object
from deploy.demo.documents import Documents
from deploy.demo.parameters import Parameters
from deploy.demo.service import Owner, guarded, owner_route, service

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from deploy.demo.caller import Caller

VIEWS_PATH = "/accounts/api/dashboard/views"
VIEW_PATH = VIEWS_PATH + "/{id}"


class Endpoints:
    """The endpoints over one shelf of views. The pixel is always the caller's tenant, never the body's."""

    def __init__(self, views: Views) -> None:
        self.views = views

    async def list_views(self, request: Request, caller: Caller) -> Response:
        """`?type=`: the pixel's views of that type."""
        parameters = Parameters(request.query_params)
        type_ = parameters.choice("type", VIEW_TYPES, VIEW_TYPES[0])
        parameters.done()
        return Json({"dashboardViews": self.views.listed(caller.tenant, type_ or VIEW_TYPES[0])})

    async def get_view(self, request: Request, caller: Caller) -> Response:
        """One view."""
        return _view(self.views.get(caller.tenant, request.path_params["id"]))

    async def create_view(self, request: Request, caller: Caller) -> Response:
        """A new view from a whole configuration."""
        new = check_view(NewView, await read_object(request))
        return _view(self.views.create(caller.tenant, new), 201)

    async def create_from_preset(self, request: Request, caller: Caller) -> Response:
        """A new view from a list of measures."""
        preset = check(Preset, await read_object(request))
        return _view(self.views.create_from(caller.tenant, preset, configuration_of(preset)), 201)

    async def change_view(self, request: Request, caller: Caller) -> Response:
        """A view, some of it replaced. A missing one is 404 before its body is looked at."""
        id_ = request.path_params["id"]
        self.views.get(caller.tenant, id_)
        change = check_view(ViewChange, await read_object(request))
        return _view(self.views.change(caller.tenant, id_, change))

    async def copy_view(self, request: Request, caller: Caller) -> Response:
        """A copy of a view."""
        id_ = request.path_params["id"]
        self.views.get(caller.tenant, id_)
        order = check(CopyOrder, await read_object(request, empty={}))
        return _view(self.views.copy(caller.tenant, id_, order.name), 201)

    async def delete_view(self, request: Request, caller: Caller) -> Response:
        """Forget a view."""
        id_ = request.path_params["id"]
        self.views.delete(caller.tenant, id_)
        return Json({"message": "Dashboard view deleted", "id": id_})

    def find_owner(self, id_: str) -> Owner | None:
        """The pixel of a view."""
        pixel = self.views.documents.owner(id_)
        return None if pixel is None else Owner(pixel)


def _view(view: dict[str, Any], status: int = 200) -> Response:
    return Json({"dashboardView": view}, status)


def create(folder: Path | None = None) -> Starlette:
    """The service as an ASGI application; its views are kept in `folder`, or in memory without one."""
    documents = Documents(None if folder is None else folder / "views.db")
    begin(documents)
    to = Endpoints(Views(documents))
    return service(
        [
            guarded(VIEWS_PATH, GET=to.list_views, POST=to.create_view),
            # before the path with an id: `from-preset` is no id
            guarded(VIEWS_PATH + "/from-preset", POST=to.create_from_preset),
            guarded(VIEW_PATH, GET=to.get_view, PATCH=to.change_view, DELETE=to.delete_view),
            guarded(VIEW_PATH + "/copy", POST=to.copy_view),
            owner_route("/internal/owners/views/{id}", to.find_owner),
        ],
        close=documents.close,
    )
