"""The service behind `/db-mgmt`: its endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.demo.answers import Json
from deploy.demo.bodies import check, read_object
from deploy.demo.catalogue import MEASURES
from deploy.demo.db_mgmt import attribution, cohorts, query
from deploy.demo.db_mgmt.question import AttributionQuery, CohortQuery, Query
from deploy.demo.service import guarded, service

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from deploy.demo.caller import Caller


async def list_measures(_: Request, __: Caller) -> Response:
    """The catalogue."""
    return Json({"measures": [measure.public() for measure in MEASURES]})


async def run_query(request: Request, caller: Caller) -> Response:
    """A query over time and dimensions. The tenant is the caller's; the body's pixelId only has to be well-formed."""
    return Json({"results": query.answer(caller.tenant, check(Query, await read_object(request)))})


async def run_attribution(request: Request, caller: Caller) -> Response:
    """An attribution query."""
    return Json({"results": attribution.answer(caller.tenant, check(AttributionQuery, await read_object(request)))})


async def run_cohorts(request: Request, caller: Caller) -> Response:
    """A cohort analysis."""
    return Json({"results": cohorts.answer(caller.tenant, check(CohortQuery, await read_object(request)))})


def create() -> Starlette:
    """The service as an ASGI application."""
    return service(
        [
            guarded("/db-mgmt/api/measures", GET=list_measures),
            guarded("/db-mgmt/api/query", POST=run_query),
            guarded("/db-mgmt/api/query-attribution", POST=run_attribution),
            guarded("/db-mgmt/api/query-cohort-analysis", POST=run_cohorts),
        ]
    )
