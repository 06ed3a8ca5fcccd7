"""`upstack dashboard view ...`: one function for each command."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from deploy.demo.upstack.drawing import plain
from deploy.demo.upstack.failures import UsageError
from deploy.demo.upstack.measures import require_known
from deploy.demo.upstack.printing import print_table, print_view
from deploy.demo.upstack.session import Session, connected

ViewType = Literal["view", "attribution_view", "pnl_view"]
ViewId = Annotated[str, typer.Argument(help="The id of the view.", metavar="ID", show_default=False)]
FromFile = Annotated[Path | None, typer.Option(help="A JSON file; - reads standard input.", show_default=False)]

app = typer.Typer(no_args_is_help=True, help="Dashboard views of the pixel.")


def read_object(path: Path) -> dict[str, Any]:
    """The JSON object in a file (`-`: standard input); raises `UsageError`."""
    try:
        text = sys.stdin.read() if str(path) == "-" else path.read_text(encoding="utf-8")
        body = json.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise UsageError(f"{path} is not JSON: {error}") from None
    if not isinstance(body, dict):
        raise UsageError(f"{path} must hold a JSON object")
    return body


def words(text: str) -> list[str]:
    """`a, b,c` as its parts."""
    return [word.strip() for word in text.split(",") if word.strip()]


@app.command("list")
@connected
def list_views(session: Session, type_: Annotated[ViewType, typer.Option("--type")] = "view") -> None:
    """List the views of a type."""
    found = session.api.views(type_)
    rows = [
        (view["id"], view["name"], len(view["configuration"].get("widgets", [])), view["updatedAt"]) for view in found
    ]
    title = f"{len(found)} of type {type_}"
    session.show(found, lambda: print_table(title, ("id", "name", "widgets", "updated"), rows))


@app.command("show")
@connected
def show_view(session: Session, id_: ViewId) -> None:
    """Show a view and its grid."""
    view = session.api.view(id_)
    session.show(view, lambda: print_view(view))


@app.command("build")
@connected
def build_view(
    session: Session,
    *,
    name: Annotated[str, typer.Option(help="The name of the view.", show_default=False)],
    measures: Annotated[str, typer.Option(help="Measure ids, with commas between.", show_default=False)],
    chart_types: Annotated[str, typer.Option(help="One per measure, with commas; else sparklines.")] = "",
    type_: Annotated[ViewType, typer.Option("--type")] = "view",
    layout: Annotated[Literal["kpi-grid"], typer.Option()] = "kpi-grid",
    attribution_model: Annotated[Literal["first_click", "last_click", "any_click"], typer.Option()] = "first_click",
    attribution_window: Annotated[int, typer.Option(help="In days.")] = 30,
    granularity: Annotated[str, typer.Option(help="none, second ... year.")] = "day",
    date_start: Annotated[str | None, typer.Option(help="An ISO date; else 30 days ago.", show_default=False)] = None,
    date_end: Annotated[str | None, typer.Option(help="An ISO date; else today.", show_default=False)] = None,
) -> None:
    """Build a dashboard from a list of measures, laid out for you."""
    ids = words(measures)
    if not ids:
        raise UsageError("--measures names none")
    if (date_start is None) != (date_end is None):
        raise UsageError("--date-start and --date-end go together")
    require_known(ids, session.api.measures())
    preset: dict[str, Any] = {
        "name": name,
        "measures": ids,
        "type": type_,
        "layout": layout,
        "attributionModel": attribution_model,
        "attributionWindow": attribution_window,
        "granularity": granularity,
    }
    if chart_types:
        preset["chartTypes"] = words(chart_types)
    if date_start is not None:
        preset["dateRange"] = {"start": date_start, "end": date_end}
    view = session.api.build_view(preset)
    session.show(view, lambda: print_view(view))


@app.command("create")
@connected
def create_view(
    session: Session,
    from_file: Annotated[Path, typer.Option(help="A JSON file; - reads standard input.", show_default=False)],
) -> None:
    """Create a view from a JSON file."""
    view = session.api.create_view(read_object(from_file))
    session.show(view, lambda: print_view(view))


@app.command("update")
@connected
def update_view(
    session: Session,
    id_: ViewId,
    *,
    name: Annotated[str | None, typer.Option(help="Its new name.", show_default=False)] = None,
    order: Annotated[int | None, typer.Option(help="Its new place in the list.", show_default=False)] = None,
    from_file: FromFile = None,
) -> None:
    """Change a view; flags go over what the file says."""
    change = {} if from_file is None else read_object(from_file)
    # a file may hold the view as the API gave it; the flags belong where its members are
    members = change["dashboardView"] if isinstance(change.get("dashboardView"), dict) else change
    members.update({member: value for member, value in (("name", name), ("order", order)) if value is not None})
    if not change:
        raise UsageError("nothing to change: give --name, --order or --from-file")
    view = session.api.change_view(id_, change)
    session.show(view, lambda: print_view(view))


@app.command("copy")
@connected
def copy_view(session: Session, id_: ViewId) -> None:
    """Copy a view within the pixel."""
    view = session.api.copy_view(id_)
    session.show(view, lambda: print_view(view))


@app.command("delete")
@connected
def delete_view(
    session: Session, id_: ViewId, *, yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False
) -> None:
    """Delete a view. Asks first when a person is at the terminal."""
    if not yes and sys.stdin.isatty():
        typer.confirm(f"Delete {id_} for good?", abort=True)
    answer = session.api.delete_view(id_)
    session.show(answer, lambda: print(f"Deleted {plain(id_)}."))
