"""What every command shares: the flags that say where and as whom, `--json`, and how it ends when it fails."""

from __future__ import annotations

import functools
import inspect
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_type_hints

import typer

from deploy.demo.upstack.account import account_of
from deploy.demo.upstack.api import Upstack
from deploy.demo.upstack.failures import UpstackError
from deploy.demo.upstack.printing import print_failure, print_json

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_KEY_NAME = "upstack_full"


@dataclass(frozen=True, slots=True)
class Session:
    """An open connection, and whether the answer is for a program."""

    api: Upstack
    as_json: bool

    def show(self, value: Any, for_people: Callable[[], None]) -> None:
        """`value` as JSON if that was asked, else what `for_people` prints."""
        if self.as_json:
            print_json(value)
        else:
            for_people()


SHARED: dict[str, tuple[Any, Any]] = {
    "base_url": (
        Annotated[str | None, typer.Option(help="Address of the API [env: UPSTACK_BASE_URL].", show_default=False)],
        None,
    ),
    "pixel_id": (
        Annotated[str | None, typer.Option(help="The pixel to ask for [env: UPSTACK_PIXEL_ID].", show_default=False)],
        None,
    ),
    "keys_file": (
        Annotated[Path | None, typer.Option(help="The keys file of `gateway demo`.", show_default=False)],
        None,
    ),
    "key_name": (Annotated[str, typer.Option(help="Which key of the keys file.")], DEFAULT_KEY_NAME),
    "as_json": (Annotated[bool, typer.Option("--json", help="Print the API's JSON.")], False),
}  # fmt: skip
"""The flags of every command: annotation and default."""


def connected(command: Callable[..., None]) -> Callable[..., None]:
    """`command`, whose first parameter is a `Session`, as a function whose flags include the shared ones.

    The key has no flag: it comes from UPSTACK_API_KEY or the keys file. A failure is printed and becomes the exit code.
    """

    @functools.wraps(command)
    def run(**given: Any) -> None:
        shared = {name: given.pop(name) for name in SHARED}
        as_json = shared.pop("as_json")
        try:
            account = account_of(
                os.environ,
                base_url=shared["base_url"],
                pixel=shared["pixel_id"],
                keys_file=shared["keys_file"],
                key_name=shared["key_name"],
            )
            with Upstack(account) as api:
                command(Session(api, as_json), **given)
        except UpstackError as error:
            print_failure(error, as_json=as_json)
            raise typer.Exit(error.exit_code) from None

    _sign(run, command)
    return run


def _sign(run: Callable[..., None], command: Callable[..., None]) -> None:
    """Give `run` the signature that typer reads: the command's own parameters and the shared ones."""
    session, *own = inspect.signature(command).parameters.values()
    hints = get_type_hints(command, include_extras=True)
    parameters = [parameter.replace(annotation=hints[parameter.name]) for parameter in own]
    for name, (annotation, default) in SHARED.items():
        kind = inspect.Parameter.KEYWORD_ONLY
        parameters.append(inspect.Parameter(name, kind, default=default, annotation=annotation))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    assert session.name == "session"  # noqa: S101 - a mistake of the author's, found at import
