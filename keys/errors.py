"""What goes wrong in key management, as a closed family: the store's faults, and what a caller asked wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class KeysError(Exception):
    """Every error that keys/ raises on purpose. Its text may be shown to an operator; it never holds a secret."""


class StoreError(KeysError):
    """The store could not do what was asked, whatever was asked."""


class StoreUnavailable(StoreError):  # noqa: N818 - the name says the state
    """The database does not answer, is locked, full or read-only. Nothing was half-written."""


class StoreMissing(StoreError):  # noqa: N818
    """There is no key database at this place, and nobody asked to create one."""


class SchemaOutdated(StoreError):  # noqa: N818
    """The database's schema is not the one that this version of the code was written for."""


class DigestInvalid(KeysError):  # noqa: N818
    """A stored digest is not an Argon2id hash: the record is damaged, whatever key was presented."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """One thing wrong with an order: which field, with which value, why, and what would be allowed."""

    field: str
    value: str
    message: str
    allowed: str = ""

    def __str__(self) -> str:
        end = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{self.field}: {self.message}{end}"


class Rejected(KeysError):  # noqa: N818 - a decision, not a fault
    """An order was refused and nothing was changed. `rejections` are all its mistakes, in the order of the fields."""

    def __init__(self, rejections: Iterable[Rejection]) -> None:
        self.rejections = tuple(rejections)
        super().__init__("\n".join(str(rejection) for rejection in self.rejections))


class Missing(Rejected):
    """The key, account or plan that the order is about does not exist."""

    def __init__(self, field: str, value: str, message: str) -> None:
        super().__init__([Rejection(field, value, message)])
