"""Every refusal is one row of one table: reason -> status, code, public message, internal text.

The reason stands in the log and the metric, the code in the answer. They are one word, except where several reasons must
not be told apart from outside (`hides`): those share a code and a message, and their body carries nothing that changes
from request to request. docs/failure-modes.md lists every row; a test compares them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.message import Fields


class Reason(StrEnum):
    """Why a request was refused."""

    # the transport: framing, sizes, deadlines
    MALFORMED_REQUEST = "malformed_request"
    AMBIGUOUS_FRAMING = "ambiguous_framing"
    TRANSFER_ENCODING_UNSUPPORTED = "transfer_encoding_unsupported"
    VERSION_UNSUPPORTED = "version_unsupported"
    HEADERS_TOO_LARGE = "headers_too_large"
    TARGET_TOO_LONG = "target_too_long"
    TARGET_INVALID = "target_invalid"
    HOST_INVALID = "host_invalid"
    EXPECTATION_UNSUPPORTED = "expectation_unsupported"
    REQUEST_TIMEOUT = "request_timeout"
    BODY_TOO_LARGE = "body_too_large"
    OVERLOADED = "overloaded"
    # route
    PATH_AMBIGUOUS = "path_ambiguous"
    ROUTE_UNKNOWN = "route_unknown"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    # authenticate
    CREDENTIAL_MISSING = "credential_missing"
    CREDENTIAL_AMBIGUOUS = "credential_ambiguous"
    CREDENTIAL_MALFORMED = "credential_malformed"
    KEY_UNKNOWN = "key_unknown"
    KEY_SECRET_WRONG = "key_secret_wrong"  # noqa: S105 - a reason, not a password
    KEY_REVOKED = "key_revoked"
    KEY_EXPIRED = "key_expired"
    KEY_DISABLED = "key_disabled"
    VERIFIER_BUSY = "verifier_busy"
    KEYS_UNAVAILABLE = "keys_unavailable"
    PLAN_UNKNOWN = "plan_unknown"
    # charge the limit
    RATE_LIMITED = "rate_limited"
    ANONYMOUS_LIMITED = "anonymous_limited"
    LIMITS_UNAVAILABLE = "limits_unavailable"
    # bind the tenant
    TENANT_MISSING = "tenant_missing"
    TENANT_AMBIGUOUS = "tenant_ambiguous"
    TENANT_MISMATCH = "tenant_mismatch"
    # require scopes and ownership
    INSUFFICIENT_SCOPE = "insufficient_scope"
    RESOURCE_MISSING = "resource_missing"
    RESOURCE_FOREIGN = "resource_foreign"
    # validate
    MEDIA_TYPE_UNSUPPORTED = "media_type_unsupported"
    BODY_INVALID = "body_invalid"
    BODY_TENANT_MISMATCH = "body_tenant_mismatch"
    # forward
    UPSTREAM_UNREACHABLE = "upstream_unreachable"
    UPSTREAM_PROTOCOL = "upstream_protocol"
    UPSTREAM_RESET = "upstream_reset"
    UPSTREAM_TIMEOUT = "upstream_timeout"
    UPSTREAM_SATURATED = "upstream_saturated"
    CLIENT_GONE = "client_gone"
    INTERNAL_ERROR = "internal_error"


class Problem(NamedTuple):
    """What a reason answers. `internal` is for the log's reader and the docs, never for the client; an empty `code` is not
    shown: such a body holds its message alone.
    """

    status: int
    code: str
    message: str
    internal: str
    hides: bool = False


def _hidden_401(internal: str) -> Problem:
    return Problem(401, "unauthorized", "The API key is missing or invalid", internal, hides=True)


PROBLEMS: Mapping[Reason, Problem] = MappingProxyType(
    {
        Reason.MALFORMED_REQUEST: Problem(400, "malformed_request", "The request is not valid HTTP/1.1", "request line, field line or chunk outside RFC 9112's grammar"),
        Reason.AMBIGUOUS_FRAMING: Problem(400, "ambiguous_framing", "The length of the request body is ambiguous", "Content-Length with Transfer-Encoding, twice, or not plain digits"),
        Reason.TRANSFER_ENCODING_UNSUPPORTED: Problem(501, "transfer_encoding_unsupported", "The only supported transfer coding is chunked", "Transfer-Encoding other than exactly chunked"),
        Reason.VERSION_UNSUPPORTED: Problem(505, "version_unsupported", "The supported versions are HTTP/1.1 and HTTP/1.0", "version other than 1.0 and 1.1"),
        Reason.HEADERS_TOO_LARGE: Problem(431, "headers_too_large", "The request header is too large", "header block over its bytes or its fields"),
        Reason.TARGET_TOO_LONG: Problem(414, "target_too_long", "The request target is too long", "target over its bytes"),
        Reason.TARGET_INVALID: Problem(400, "target_invalid", "The request target must be a path beginning with a single /", "target not in origin-form"),
        Reason.HOST_INVALID: Problem(400, "host_invalid", "The request needs exactly one valid Host header", "Host missing, doubled or not uri-host[:port]"),
        Reason.EXPECTATION_UNSUPPORTED: Problem(417, "expectation_unsupported", "The only supported expectation is 100-continue", "Expect other than 100-continue"),
        Reason.REQUEST_TIMEOUT: Problem(408, "request_timeout", "The request took too long to arrive", "header, body or its rate past the deadline"),
        Reason.BODY_TOO_LARGE: Problem(413, "body_too_large", "The request body is too large", "Content-Length or received bytes over the route's limit"),
        Reason.OVERLOADED: Problem(503, "overloaded", "The service is busy; try again shortly", "more requests in flight than the listener's limit"),
        Reason.PATH_AMBIGUOUS: Problem(400, "path_ambiguous", "The request path is ambiguous", "dot segment, encoded slash, backslash, NUL, double encoding, bad percent or //"),
        Reason.ROUTE_UNKNOWN: Problem(404, "route_unknown", "No such endpoint", "no declared route has this path"),
        Reason.METHOD_NOT_ALLOWED: Problem(405, "method_not_allowed", "This endpoint does not support the method", "the path is declared, the method is not"),
        Reason.CREDENTIAL_MISSING: _hidden_401("no credential field"),
        Reason.CREDENTIAL_AMBIGUOUS: _hidden_401("more than one credential"),
        Reason.CREDENTIAL_MALFORMED: _hidden_401("not the text of a key: prefix, length, alphabet or checksum"),
        Reason.KEY_UNKNOWN: _hidden_401("no key has this id"),
        Reason.KEY_SECRET_WRONG: _hidden_401("the id is known, the secret is wrong"),
        Reason.KEY_REVOKED: _hidden_401("the key was revoked"),
        Reason.KEY_EXPIRED: _hidden_401("the key has expired"),
        Reason.KEY_DISABLED: _hidden_401("the key is disabled"),
        Reason.VERIFIER_BUSY: Problem(503, "verifier_busy", "The service is busy; try again shortly", "the queue of the key verifiers is full"),
        Reason.KEYS_UNAVAILABLE: Problem(503, "keys_unavailable", "The service is temporarily unavailable", "the key store cannot be read, or has not been for too long"),
        Reason.PLAN_UNKNOWN: Problem(503, "plan_unknown", "The service is temporarily unavailable", "the key's plan is gone, or is custom and neither key nor account has a limit"),
        Reason.RATE_LIMITED: Problem(429, "rate_limited", "The plan's request limit is exceeded", "the key's bucket is empty"),
        Reason.ANONYMOUS_LIMITED: Problem(429, "anonymous_limited", "Too many requests without a valid API key", "the address's bucket of failed authentications is empty"),
        Reason.LIMITS_UNAVAILABLE: Problem(503, "limits_unavailable", "The service is temporarily unavailable", "the limits' Redis cannot be reached, and limits.redis.on_failure is deny"),
        Reason.TENANT_MISSING: Problem(401, "tenant_missing", "The {tenant_header} header is missing", "no tenant field"),
        Reason.TENANT_AMBIGUOUS: Problem(401, "tenant_invalid", "The {tenant_header} header is invalid for this API key", "more than one tenant field", hides=True),
        Reason.TENANT_MISMATCH: Problem(401, "tenant_invalid", "The {tenant_header} header is invalid for this API key", "the tenant is not the key's", hides=True),
        Reason.INSUFFICIENT_SCOPE: Problem(403, "insufficient_scope", "The API key lacks the scope {scope}", "none of the key's scopes grants the route's"),
        Reason.RESOURCE_MISSING: Problem(404, "", "Not found", "the owner look-up knows no such resource", hides=True),
        Reason.RESOURCE_FOREIGN: Problem(403, "resource_foreign", "The API key has no access to this resource", "the resource is another tenant's"),
        Reason.MEDIA_TYPE_UNSUPPORTED: Problem(415, "media_type_unsupported", "The body must be application/json, not encoded", "Content-Type or Content-Encoding of a body that must be read"),
        Reason.BODY_INVALID: Problem(400, "body_invalid", "The request body is not valid", "not a JSON object in UTF-8, a doubled member, or a bound member that is no string"),
        Reason.BODY_TENANT_MISMATCH: Problem(403, "body_tenant_mismatch", "The body's {member} is not the request's tenant", "a member bound to the tenant names another"),
        Reason.UPSTREAM_UNREACHABLE: Problem(502, "upstream_unreachable", "The backend service cannot be reached", "connecting failed or timed out"),
        Reason.UPSTREAM_PROTOCOL: Problem(502, "upstream_protocol", "The backend service gave an invalid answer", "the answer is not valid HTTP/1.1, or its head is over its limit"),
        Reason.UPSTREAM_RESET: Problem(502, "upstream_reset", "The backend service closed the connection", "closed or reset before an answer"),
        Reason.UPSTREAM_TIMEOUT: Problem(504, "upstream_timeout", "The backend service took too long to answer", "no first byte, or no further byte, within the deadline"),
        Reason.UPSTREAM_SATURATED: Problem(503, "upstream_saturated", "The backend service is busy; try again shortly", "no pooled connection became free in time"),
        Reason.CLIENT_GONE: Problem(499, "client_gone", "", "the client closed before the answer; nobody reads this one"),
        Reason.INTERNAL_ERROR: Problem(500, "internal_error", "An internal error occurred", "an exception that no row names; its traceback is in the log"),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldError:
    """One entry of a 400's `errors`: which field, and what is wrong with it."""

    field: str
    message: str


class Refused(Exception):  # noqa: N818 - a decision, not a fault
    """A request is not let through. Raised by a stage, rendered once, at the edge.

    `message` stands in for the row's text, `words` fill its placeholders, `fields` are headers that belong to the refusal
    (Allow, Retry-After). `shown_as` is the row that the client sees instead of the reason's own (foreign, told as missing).
    """

    def __init__(
        self,
        reason: Reason,
        *,
        message: str | None = None,
        words: Mapping[str, str] | None = None,
        errors: Sequence[FieldError] = (),
        fields: Fields = (),
        detail: str = "",
        shown_as: Reason | None = None,
    ) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.shown_as = shown_as or reason
        self.problem = PROBLEMS[self.shown_as]
        self.message = message
        self.words = words or {}
        self.errors = tuple(errors)
        self.fields = fields
        self.detail = detail
