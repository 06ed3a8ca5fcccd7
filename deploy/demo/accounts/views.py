"""The views themselves: kept, listed, changed. Whose a view is stands beside it and never changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from deploy.demo.accounts.requests import MAX_NAME_CHARACTERS, MAX_ORDER, NewView, Preset, ViewChange
from deploy.demo.answers import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from deploy.demo.accounts.configuration import Configuration
    from deploy.demo.documents import Document, Documents

COPIED = " (copy)"


def utc_now() -> datetime:
    """The clock of the service."""
    return datetime.now(UTC)


def iso(moment: datetime) -> str:
    """A time as the API writes it: `2026-05-01T13:00:00.000Z`."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Views:
    """The views of all pixels. No method awaits, so each is one step for everyone else."""

    documents: Documents
    now: Callable[[], datetime] = utc_now

    def listed(self, pixel: str, type_: str) -> list[Document]:
        """The pixel's views of a type, in their order."""
        of_type = [view for view in self.documents.owned(pixel) if view["type"] == type_]
        return sorted(of_type, key=lambda view: (view["order"], view["createdAt"], view["id"]))

    def get(self, pixel: str, id_: str) -> Document:
        """The view; raises `Refusal` with the same 404 whether it is missing or another pixel's."""
        found = self.documents.find(id_)
        if found is None or found[0] != pixel:
            raise Refusal(404, "Dashboard view not found")
        return found[1]

    def create(self, pixel: str, new: NewView) -> Document:
        """A new view; without an order it comes last."""
        order = self._last_order(pixel, new.type) if new.order is None else new.order
        return self._add(pixel, new.type, new.name, self._stored(new.configuration), order)

    def create_from(self, pixel: str, preset: Preset, configuration: Configuration) -> Document:
        """A new view, last of its type, that shows a preset's `configuration`."""
        order = self._last_order(pixel, preset.type)
        return self._add(pixel, preset.type, preset.name, self._stored(configuration), order)

    def change(self, pixel: str, id_: str, change: ViewChange) -> Document:
        """The view with what `change` names replaced."""
        view = self.get(pixel, id_)
        if change.name is not None:
            view["name"] = change.name
        if change.configuration is not None:
            view["configuration"] = self._stored(change.configuration)
        if change.order is not None:
            view["order"] = change.order
        view["updatedAt"] = iso(self.now())
        self.documents.put(pixel, view)
        return view

    def copy(self, pixel: str, id_: str, name: str | None = None) -> Document:
        """A copy under a new id, last of its type, in the same pixel."""
        view = self.get(pixel, id_)
        name = name or view["name"][: MAX_NAME_CHARACTERS - len(COPIED)] + COPIED
        return self._add(pixel, view["type"], name, view["configuration"], self._last_order(pixel, view["type"]))

    def delete(self, pixel: str, id_: str) -> None:
        """Forget the view; raises as `get` does."""
        self.get(pixel, id_)
        self.documents.remove(id_)

    def _stored(self, configuration: Configuration) -> dict[str, Any]:
        return configuration.stored(self.now().date())

    def _last_order(self, pixel: str, type_: str) -> int:
        return min(max((view["order"] for view in self.listed(pixel, type_)), default=-1) + 1, MAX_ORDER)

    def _add(self, pixel: str, type_: str, name: str, configuration: dict[str, Any], order: int) -> Document:
        at = iso(self.now())
        view = whole_view(str(uuid4()), pixel, type_=type_, name=name, configuration=configuration, order=order, at=at)
        self.documents.put(pixel, view)
        return view


def whole_view(
    id_: str, pixel: str, *, type_: str, name: str, configuration: dict[str, Any], order: int, at: str
) -> Document:
    """A view with every member that the API states. Its authors are empty: writes by key carry no user."""
    return {
        "id": id_,
        "pixelId": pixel,
        "type": type_,
        "name": name,
        "configuration": configuration,
        "createdAt": at,
        "updatedAt": at,
        "createdBy": "",
        "updatedBy": "",
        "order": order,
    }
