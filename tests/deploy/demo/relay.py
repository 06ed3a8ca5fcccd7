"""A stand-in for the gateway: knows two keys, sets the identity headers, passes everything on. It decides little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.demo.seed import OTHER_PIXEL, PIXEL

if TYPE_CHECKING:
    from starlette.requests import Request

KEYS = {"upstack_of_the_pixel": PIXEL, "upstack_of_the_other": OTHER_PIXEL}
LIMITED_KEY = "upstack_over_its_limit"
SERVICES = {"db-mgmt": "db-mgmt", "accounts": "accounts"}


def relay(urls: dict[str, str]) -> Starlette:
    async def pass_on(request: Request) -> Response:
        key = request.headers.get("x-api-key", "")
        if key == LIMITED_KEY:
            return JSONResponse({"message": "Too many", "request_id": "r-1"}, 429, {"retry-after": "7"})
        tenant = KEYS.get(key)
        if tenant is None or request.headers.get("x-pixel-id") != tenant:
            return JSONResponse({"message": "The API key is missing or invalid"}, 401)
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.request(
                request.method,
                urls[SERVICES[request.path_params["service"]]] + request.url.path,
                params=request.query_params,
                content=await request.body(),
                headers={"x-tenant-id": tenant, "x-request-id": "r-2"},
            )
        return Response(answer.content, answer.status_code, {"content-type": answer.headers["content-type"]})

    return Starlette(routes=[Route("/{service}/{rest:path}", pass_on, methods=["GET", "POST", "PATCH", "DELETE"])])
