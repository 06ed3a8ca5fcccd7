"""The `keys` command: its parts put together, and the one place where an error becomes a message and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

import typer

from keys.commands import account, audit, bulk, database, key, node, operator, plan, revoke, rotate, serve
from keys.commands.failures import FAILED, Failure, failure_of, report

if TYPE_CHECKING:
    from collections.abc import Sequence

DEBUG = "KEYS_DEBUG"
INTERRUPTED = 130

app = typer.Typer(
    name="keys",
    help="Mint, find and revoke API keys, and keep the accounts and plans they live under.",
    epilog="A first key: keys db upgrade, keys accounts add acme --name Acme --plan starter, "
    "keys mint --prefix PREFIX --name 'My first key' --account acme",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(key.app)
app.add_typer(revoke.app)
app.add_typer(bulk.app)
app.add_typer(rotate.app)
app.add_typer(
    account.app, name="accounts", help="The customers: who holds keys, on which plan.", rich_help_panel="More"
)
app.add_typer(plan.app, name="plans", help="What is sold: how many requests in which time.", rich_help_panel="More")
app.add_typer(operator.app, name="operators", help="Who may use the admin API, and as what.", rich_help_panel="More")
app.add_typer(audit.app, name="audit", help="What happened, and that nobody changed it.", rich_help_panel="More")
app.add_typer(node.app, name="nodes", rich_help_panel="More")
app.add_typer(serve.app)
app.add_typer(database.app, name="db", help="The database that all of it is kept in.", rich_help_panel="More")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command with `arguments` (the process's own by default); gives its exit code. Never raises."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        code = typer.main.get_command(app)(args=given, prog_name="keys", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output (head, less) has seen enough; without this, Python complains again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as error:  # noqa: BLE001 - the last place: an operator gets words and never a traceback
        failure = failure_of(error) or _unexpected(error)
        report(failure, as_json="--json" in given)
        return failure.exit_code
    return code if isinstance(code, int) else 0


def _unexpected(error: Exception) -> Failure:
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    cure = f"set {DEBUG}=1 for the traceback, and report it"
    return Failure("unexpected", FAILED, (f"something that should not happen: {type(error).__name__}",), cure)


if __name__ == "__main__":
    sys.exit(main())
