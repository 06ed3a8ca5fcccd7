"""The flags that several commands have, and the types of their values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from keys.plans import parse_limit

if TYPE_CHECKING:
    from keys.model import Limit

DEFAULT_CONFIG = Path("gateway.yaml")

Config = Annotated[
    Path,
    typer.Option(
        "--config", envvar="GATEWAY_CONFIG", metavar="FILE", help="The settings file, with a section `keys:`."
    ),
]
Store = Annotated[
    str | None,
    typer.Option("--store", metavar="URL", help="Another database than the settings file names.", show_default=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON: the answer on stdout, an error on stderr.")]

Why = Annotated[str, typer.Option("--why", help="The reason, for the record and the audit log.")]
KeyId = Annotated[str, typer.Argument(metavar="KEY-ID", help="The key's id, as `keys list` shows it.")]
AccountId = Annotated[str, typer.Argument(metavar="ACCOUNT", help="The account's id.")]
PlanName = Annotated[str, typer.Argument(metavar="NAME", help="The plan's name.")]

LimitText = Annotated[
    str | None,
    typer.Option("--limit", metavar="COUNT/PERIOD", help="A limit of its own, as 500/hour.", show_default=False),
]
Burst = Annotated[
    int | None,
    typer.Option(
        "--burst", metavar="COUNT", help="How many at once; the limit itself if not given.", show_default=False
    ),
]
PageLimit = Annotated[int, typer.Option("--limit", min=1, max=1000, metavar="COUNT", help="At most so many.")]
After = Annotated[
    str | None,
    typer.Option("--after", metavar="ID", help="Go on behind this one, the last of a page.", show_default=False),
]


def read_limit(text: str | None, burst: int | None) -> Limit | None:
    """The limit that --limit and --burst mean together. Raises BadParameter."""
    if text is None:
        if burst is not None:
            raise typer.BadParameter("needs --limit beside it", param_hint="--burst")
        return None
    try:
        return parse_limit(text, burst)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--limit") from None
