"""Everything that can go wrong, as one table: code -> status and title. The shape of the answer is RFC 9457's.

A code is stable, and means the same in an answer, in the audit log and in docs/admin-api.md.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MEDIA_TYPE = "application/problem+json"


class Code(StrEnum):
    """Why a request was not done."""

    MALFORMED_JSON = "malformed_json"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    BEYOND_OWN_RIGHTS = "beyond_own_rights"
    CROSS_SITE = "cross_site"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    OTHER_COUNT = "other_count"
    REVISION_CHANGED = "revision_changed"
    BODY_TOO_LARGE = "body_too_large"
    NOT_JSON = "not_json"
    WRONG_HOST = "wrong_host"
    INVALID_REQUEST = "invalid_request"
    REJECTED = "rejected"
    TOKEN_REUSED = "idempotency_key_reused"  # noqa: S105 - a code
    REVISION_REQUIRED = "revision_required"
    TOO_MANY_FAILURES = "too_many_failures"
    INTERNAL = "internal"
    STORE_UNAVAILABLE = "store_unavailable"
    BUSY = "busy"


class Row(NamedTuple):
    """What a code means to a client: the status, and a title for people."""

    status: int
    title: str


PROBLEMS: Mapping[Code, Row] = {
    Code.MALFORMED_JSON: Row(400, "The body is not JSON"),
    Code.UNAUTHENTICATED: Row(401, "No valid operator token or session"),
    Code.FORBIDDEN: Row(403, "Your role does not allow this"),
    Code.BEYOND_OWN_RIGHTS: Row(403, "This would grant more than your own rights"),
    Code.CROSS_SITE: Row(403, "Not a request of this site's own page"),
    Code.NOT_FOUND: Row(404, "There is no such thing"),
    Code.METHOD_NOT_ALLOWED: Row(405, "This path does not know this method"),
    Code.OTHER_COUNT: Row(409, "Other keys fit than you saw"),
    Code.REVISION_CHANGED: Row(412, "It has changed since you read it"),
    Code.BODY_TOO_LARGE: Row(413, "The body is too large"),
    Code.NOT_JSON: Row(415, "The body must be application/json"),
    Code.WRONG_HOST: Row(421, "This host does not answer to that name"),
    Code.INVALID_REQUEST: Row(422, "The request is not of the form that it must have"),
    Code.REJECTED: Row(422, "The request breaks a rule"),
    Code.TOKEN_REUSED: Row(422, "The Idempotency-Key stood for another request"),
    Code.REVISION_REQUIRED: Row(428, "Say which revision you change, by If-Match"),
    Code.TOO_MANY_FAILURES: Row(429, "Too many failures"),
    Code.INTERNAL: Row(500, "Something that should not happen"),
    Code.STORE_UNAVAILABLE: Row(503, "The key store does not answer"),
    Code.BUSY: Row(503, "Too much to do at this moment"),
}


class FieldProblem(BaseModel):
    """One thing that is wrong with a field."""

    model_config = ConfigDict(extra="forbid")

    field: str = Field(description="Where: a dotted path into the body, the name of a parameter or of a header field.")
    message: str
    allowed: str = ""


class ProblemShape(BaseModel):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(extra="forbid", title="Problem")

    type: str = Field(description="A URI reference that is the same for each problem of this code.")
    title: str
    status: int
    code: Code
    detail: str
    errors: list[FieldProblem] = Field(default=[], description="Everything that is wrong, not only the first.")


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """Ends a request. `detail` is shown to the caller; it names no secret and no thing that they may not know of."""

    def __init__(
        self,
        code: Code,
        detail: str,
        errors: Sequence[FieldProblem] = (),
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})

    def response(self) -> Response:
        """The answer."""
        row = PROBLEMS[self.code]
        shape = ProblemShape(
            type=f"urn:keys:problem:{self.code.value}",
            title=row.title,
            status=row.status,
            code=self.code,
            detail=self.detail,
            errors=self.errors,
        )
        return Response(shape.model_dump_json(), row.status, self.headers, MEDIA_TYPE)


def not_found() -> Problem:
    """The one answer for what is not there and for what the caller must not know to be there."""
    return Problem(Code.NOT_FOUND, "there is nothing here, or nothing for you")
