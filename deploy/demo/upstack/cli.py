"""The command line: which commands there are."""

from __future__ import annotations

import typer

from deploy.demo.upstack import measures, views

app = typer.Typer(
    name="upstack",
    help="The Upstack Data API from a terminal. The key comes from UPSTACK_API_KEY or --keys-file, never from a flag.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
dashboard = typer.Typer(no_args_is_help=True, help="Dashboards.")

app.command("measures")(measures.measures)
dashboard.add_typer(views.app, name="view")
app.add_typer(dashboard, name="dashboard")


def main() -> None:
    """Run the command. Exit codes: 0 done, 1 refused or unreachable, 2 wrongly used."""
    app()
