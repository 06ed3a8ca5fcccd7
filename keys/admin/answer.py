"""What an endpoint gives back, before it is written down as HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel


@dataclass(frozen=True, slots=True)
class Answer:
    """A body (None: there is none) and further fields. The status stands in the endpoint's row."""

    body: BaseModel | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, status: int) -> Response:
        """As HTTP."""
        if self.body is None:
            return Response(None, status, dict(self.headers))
        return Response(self.body.model_dump_json(by_alias=True), status, dict(self.headers), "application/json")
