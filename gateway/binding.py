"""For which tenant a request acts: the one that its key belongs to. A header may only repeat it, byte for byte."""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING

from gateway.problems import Reason, Refused

if TYPE_CHECKING:
    from gateway.apis import Api
    from gateway.message import Request
    from gateway.principal import Principal


def bind_tenant(api: Api, principal: Principal, request: Request) -> str:
    """The tenant, always from the key's record. Raises `Refused` (401) when the header is missing, doubled or another."""
    header = api.tenant_header
    if header is None:
        return principal.account
    values = request.values(header)
    words = {"tenant_header": header.decode()}
    if not values:
        raise Refused(Reason.TENANT_MISSING, words=words)
    if len(values) > 1:
        raise Refused(Reason.TENANT_AMBIGUOUS, words=words)
    tenant = principal.tenant
    if tenant is None or not compare_digest(values[0], tenant.encode()):
        raise Refused(Reason.TENANT_MISMATCH, words=words)
    return tenant
