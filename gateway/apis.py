"""An API as the gateway serves it: where its credential stands, how its tenant is named, what foreign answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.problems import Reason


@dataclass(frozen=True, slots=True)
class CredentialRule:
    """The one header field in which a key is presented, and the prefix of its text. `scheme` as in `Bearer KEY`.
    `imported`: keys of other systems are taken too, whatever their form.
    """

    header: bytes
    prefix: str
    scheme: bytes | None = None
    imported: bool = False


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """Where the owner of a resource is asked for: an upstream and a path with `{id}`; how many answers are kept."""

    upstream: str
    path: str
    cache_entries: int


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of resource: its owner look-up, and the text that a missing one answers."""

    name: str
    owner: OwnerRule
    missing: str


@dataclass(frozen=True, slots=True, eq=False)
class Api:
    """One declared API. `tenant_header` None: the key's account is the tenant. `foreign`: the status of what exists
    but is another tenant's, 404 (told as missing) or 403. `texts` stand in for the table's public messages.
    """

    name: str
    credential: CredentialRule
    tenant_header: bytes | None
    foreign: int
    foreign_message: str | None = None
    resources: Mapping[str, Resource] = field(default_factory=dict)
    texts: Mapping[Reason, str] = field(default_factory=dict)
