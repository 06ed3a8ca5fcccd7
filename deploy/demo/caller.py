"""Who asks, as the gateway verified it: the only thing these services believe about a request.

A client can never set these fields (the gateway removes them first), so their presence means that the gateway let the
request in. Scopes were checked there, once; they are not checked again here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.demo.answers import Refusal

if TYPE_CHECKING:
    from starlette.datastructures import Headers


@dataclass(frozen=True, slots=True)
class Caller:
    """The verified caller: the tenant it acts for, and the resources its key may reach (None: all of the tenant)."""

    tenant: str
    resources: frozenset[str] | None = None

    def reaches(self, tenant: str, resource: str) -> bool:
        """Whether something that belongs to `tenant`, under `resource`, is within this caller's reach."""
        return tenant == self.tenant and (self.resources is None or resource in self.resources)


def caller_of(headers: Headers) -> Caller:
    """The caller that the gateway's identity headers name. Raises `Refusal` (401) when there is none."""
    tenant = headers.get("x-tenant-id", "")
    if not tenant:
        raise Refusal(401, "This service answers only what comes through the gateway")
    listed = headers.get("x-resources")
    if listed is None:
        return Caller(tenant)
    return Caller(tenant, frozenset(word.strip() for word in listed.split(",") if word.strip()))
