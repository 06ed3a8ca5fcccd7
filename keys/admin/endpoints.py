"""THE table of the admin API: each endpoint with the roles that may use it, what it reads, gives and can answer instead.

The router, the OpenAPI document, docs/admin-api.md and the tests of roles are all made from these rows. A role that a row
does not name is refused, and so is a method or a path without a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys.admin import accounts, audit, bodies, many_keys, one_key, operators, plans, shapes
from keys.admin.asked import Query
from keys.admin.problems import Code
from keys.model import Role

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pydantic import BaseModel
    from starlette.responses import Response

    from keys.admin.answer import Answer
    from keys.admin.asked import Asked
    from keys.admin.desk import Desk

EVERYBODY = frozenset(Role)
STAFF = frozenset({Role.VIEWER, Role.OPERATOR, Role.ADMIN})
MINTERS = frozenset({Role.OPERATOR, Role.ADMIN, Role.OWNER})
OPERATORS = frozenset({Role.OPERATOR, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One row. `reads` is the model of the body, `gives` that of the answer; None: there is none. `fields` are the header
    fields that mean something to it.
    """

    method: str
    path: str
    act: Callable[[Desk, Asked], Awaitable[Answer | Response]]
    roles: frozenset[Role]
    gives: type[BaseModel] | None
    reads: type[BaseModel] | None = None
    query: type[Query] = Query
    status: int = 200
    refuses: tuple[Code, ...] = ()
    fields: tuple[str, ...] = ()
    media_type: str = "application/json"

    @property
    def name(self) -> str:
        """Unique, and stable: the operation of the OpenAPI document."""
        return f"{self.path.split('/')[2]}_{self.act.__name__}"


_KEY = "/v1/keys/{key_id}"
_NOT_FOUND = (Code.NOT_FOUND,)
_RULES = (Code.REJECTED,)
_OWN = (Code.REJECTED, Code.BEYOND_OWN_RIGHTS)
_REPEATED = ("Idempotency-Key",)

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint("GET", "/v1/keys", one_key.list_keys, EVERYBODY, shapes.KeysShape, query=bodies.KeysQuery),
    Endpoint(
        *("POST", "/v1/keys", one_key.mint, MINTERS, shapes.MintedShape, bodies.MintBody),
        status=201,
        refuses=(*_OWN, Code.TOKEN_REUSED, Code.NOT_FOUND),
        fields=_REPEATED,
    ),
    Endpoint(
        *("POST", "/v1/keys/revoke", many_keys.revoke_many, MINTERS, shapes.RevokedManyShape, bodies.RevokeManyBody),
        refuses=(*_RULES, Code.OTHER_COUNT),
    ),
    Endpoint("POST", "/v1/keys/verify", many_keys.verify, EVERYBODY, shapes.VerifiedShape, bodies.VerifyBody),
    Endpoint("GET", _KEY, one_key.show, EVERYBODY, shapes.KeyDetailShape, refuses=_NOT_FOUND),
    Endpoint(
        *("PATCH", _KEY, one_key.patch, MINTERS, shapes.KeyShape, bodies.KeyPatch),
        refuses=(*_NOT_FOUND, *_OWN, Code.REVISION_CHANGED, Code.REVISION_REQUIRED),
        fields=("If-Match",),
    ),
    Endpoint(
        *("POST", f"{_KEY}/revoke", one_key.revoke, MINTERS, shapes.RevokedShape, bodies.RevokeBody),
        refuses=(*_NOT_FOUND, *_RULES),
    ),
    Endpoint(
        *("POST", f"{_KEY}/disable", one_key.disable, MINTERS, shapes.KeyShape, bodies.NoMembers),
        refuses=(*_NOT_FOUND, *_RULES),
    ),
    Endpoint(
        *("POST", f"{_KEY}/enable", one_key.enable, MINTERS, shapes.KeyShape, bodies.NoMembers),
        refuses=(*_NOT_FOUND, *_RULES),
    ),
    Endpoint(
        *("POST", f"{_KEY}/rotate", one_key.rotate, MINTERS, shapes.RotatedShape, bodies.RotateBody),
        status=201,
        refuses=(*_NOT_FOUND, *_RULES, Code.TOKEN_REUSED),
        fields=_REPEATED,
    ),
    Endpoint("GET", "/v1/accounts", accounts.list_accounts, EVERYBODY, shapes.AccountsShape, query=bodies.PageQuery),
    Endpoint(
        *("POST", "/v1/accounts", accounts.add, ADMINS, shapes.AccountShape, bodies.AccountBody),
        status=201,
        refuses=_RULES,
    ),
    Endpoint(
        *("GET", "/v1/accounts/{account_id}", accounts.show, EVERYBODY, shapes.AccountDetailShape), refuses=_NOT_FOUND
    ),
    Endpoint(
        *("PATCH", "/v1/accounts/{account_id}", accounts.patch, ADMINS, shapes.AccountShape, bodies.AccountPatch),
        refuses=(*_NOT_FOUND, *_RULES),
    ),
    Endpoint("GET", "/v1/plans", plans.list_plans, STAFF, shapes.PlansShape),
    Endpoint(*("POST", "/v1/plans", plans.add, ADMINS, shapes.PlanShape, bodies.PlanBody), status=201, refuses=_RULES),
    Endpoint("GET", "/v1/plans/{name}", plans.show, STAFF, shapes.PlanShape, refuses=_NOT_FOUND),
    Endpoint(
        *("PUT", "/v1/plans/{name}", plans.replace, ADMINS, shapes.PlanShape, bodies.PlanTerms),
        refuses=(*_NOT_FOUND, *_RULES),
    ),
    Endpoint("DELETE", "/v1/plans/{name}", plans.remove, ADMINS, None, status=204, refuses=(*_NOT_FOUND, *_RULES)),
    Endpoint("GET", "/v1/scopes", plans.list_scopes, EVERYBODY, shapes.ScopesShape),
    Endpoint("GET", "/v1/operators", operators.list_operators, ADMINS, shapes.OperatorsShape, query=bodies.PageQuery),
    Endpoint(
        *("POST", "/v1/operators", operators.add, ADMINS, shapes.IssuedShape, bodies.OperatorBody),
        status=201,
        refuses=(*_RULES, Code.BEYOND_OWN_RIGHTS, Code.NOT_FOUND),
    ),
    Endpoint(
        *("POST", "/v1/operators/{operator_id}/revoke", operators.revoke, ADMINS, shapes.OperatorShape),
        reads=bodies.NoMembers,
        refuses=_NOT_FOUND,
    ),
    Endpoint("GET", "/v1/audit", audit.list_events, STAFF, shapes.EventsShape, query=bodies.AuditQuery),
    Endpoint("GET", "/v1/audit/verify", audit.verify, STAFF, shapes.VerdictShape),
    Endpoint(
        *("GET", "/v1/audit/export", audit.export, STAFF, shapes.EventShape),
        query=bodies.ExportQuery,
        media_type="application/x-ndjson",
    ),
    Endpoint("POST", "/v1/leaks", many_keys.report_leaks, OPERATORS, shapes.LeaksShape, bodies.LeakBody),
    Endpoint("GET", "/v1/nodes", audit.list_nodes, STAFF, shapes.NodesShape),
    Endpoint("GET", "/v1/session", operators.who_am_i, EVERYBODY, shapes.SessionShape),
    Endpoint("DELETE", "/v1/session", operators.sign_out, EVERYBODY, None, status=204),
)

SIGN_IN_PATH = "/v1/session"
"""POST here has no row: it is the one thing that somebody may do who has not been let in yet."""
