"""Who a request acts as: a proven key, reduced to what deciding needs. Only `authenticate` makes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.limits.policy import Allowance
    from gateway.message import Fields


@dataclass(frozen=True, slots=True)
class Principal:
    """A proven key. `scopes` are expanded, `legacy` those of its stored ones that are legacy; `resources` None: all of
    the tenant's. `identity` are the fields that tell the backend who it is, ready to send.
    """

    key_id: str
    account: str
    tenant: str | None
    scopes: frozenset[str]
    legacy: frozenset[str]
    resources: frozenset[str] | None
    allowance: Allowance
    bucket: str
    identity: Fields
