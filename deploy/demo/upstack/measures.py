"""`upstack measures`, and finding measures by words."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.demo.upstack.failures import FieldProblem, UsageError
from deploy.demo.upstack.printing import print_table
from deploy.demo.upstack.session import Session, connected

if TYPE_CHECKING:
    from collections.abc import Sequence


def matching(measures: Sequence[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """The measures that have every word of `text` somewhere in their id, title or description."""
    words = text.lower().split()
    return [one for one in measures if all(word in _searched(one) for word in words)]


def _searched(measure: dict[str, Any]) -> str:
    return " ".join(str(measure.get(member, "")) for member in ("id", "title", "description")).lower()


def require_known(ids: Sequence[str], measures: Sequence[dict[str, Any]]) -> None:
    """Raise `UsageError` if an id is not in the catalogue, with the ids that it may have been meant to be."""
    known = [measure["id"] for measure in measures]
    unknown = [id_ for id_ in ids if id_ not in known]
    if unknown:
        raise UsageError(
            "unknown measures; `upstack measures --search TEXT` finds the right ids",
            fields=tuple(FieldProblem(id_, _guess(id_, known)) for id_ in unknown),
        )


def _guess(id_: str, known: Sequence[str]) -> str:
    close = get_close_matches(id_, known, n=3)
    return f"did you mean {' or '.join(close)}?" if close else "nothing in the catalogue is like it"


@connected
def measures(
    session: Session,
    search: Annotated[str, typer.Option(help="Only measures with all these words.", show_default=False)] = "",
) -> None:
    """List the catalogue of measures."""
    found = matching(session.api.measures(), search)
    session.show(found, lambda: _print(found, search))


def _print(found: Sequence[dict[str, Any]], search: str) -> None:
    title = f"{len(found)} measure{'' if len(found) == 1 else 's'}" + (f' for "{search}"' if search else "")
    rows = [[measure.get(member, "") for member in ("id", "title", "unit", "description")] for measure in found]
    print_table(title, ("id", "title", "unit", "description"), rows)
