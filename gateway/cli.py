"""The `gateway` command. Every command imports what it needs when it runs, so that each starts as fast as it can.

Exit codes: 0 fine, 1 failed, 2 wrong use or wrong settings.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from gateway.settings import Loaded
    from keys import SettingsError

_WRONG_SETTINGS = 2
_FAILED = 1

app = typer.Typer(
    help="An API gateway: whose key is it, is it alive, inside its limit, for its own tenant; then forward.",
    epilog="Try `gateway demo` first; then write a gateway.yaml and ask `gateway check`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", envvar="GATEWAY_CONFIG", metavar="FILE", help="The settings file.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of tables.")]
PortOption = Annotated[int, typer.Option(min=0, max=65535, help="The port of the APIs; 0 takes a free one.")]
AdminPortOption = Annotated[int, typer.Option(min=0, max=65535, help="The port of admin and status; 0: a free one.")]

DEFAULT_CONFIG = Path("gateway.yaml")


@app.command()
def run(
    config: ConfigOption = DEFAULT_CONFIG,
    workers: Annotated[int, typer.Option(min=1, max=256, help="Processes that serve.")] = 1,
) -> None:
    """Serve the APIs of a settings file until SIGTERM."""
    with _mistakes_reported(as_json=False):
        raise typer.Exit(_serve(config, workers))


@app.command()
def demo(
    port: PortOption = 8080,
    admin_port: AdminPortOption = 8081,
    keys_file: Annotated[
        Path, typer.Option(metavar="FILE", help="Where the sample keys are written, for programs.")
    ] = Path("demo-keys.json"),
) -> None:
    """Serve two sample APIs with sample keys, to try things out. Nothing is needed, nothing is kept."""
    from deploy.demo.launch import demo as launch  # noqa: PLC0415 - see the top

    with _mistakes_reported(as_json=False):
        raise typer.Exit(launch(port, admin_port, keys_file))


@app.command()
def check(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """Say all that is wrong with a settings file, or what it declares."""
    loaded = _load(config, as_json=as_json)
    if as_json:
        _print_json(_described(config, loaded))
        return
    from gateway.settings.show import show_summary  # noqa: PLC0415 - see the top

    console = _console()
    show_summary(loaded.settings, console)
    for warning in loaded.warnings:
        console.print(f"[yellow]Warning:[/] {warning}", highlight=False)
    console.print(f"[bold green]{config} is right.[/]", highlight=False)


@app.command()
def routes(config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> None:
    """List every route: what it needs and where it goes."""
    loaded = _load(config, as_json=as_json)
    if as_json:
        from gateway.settings import summary  # noqa: PLC0415 - see the top

        _print_json(summary.routes(loaded.settings))
        return
    from gateway.settings.show import show_routes  # noqa: PLC0415 - see the top

    show_routes(loaded.settings, _console())


@app.command()
def schema(
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the tables of docs/settings.md.")] = False,
) -> None:
    """Print the JSON Schema of the settings file, for editors."""
    if markdown:
        from gateway.settings.reference import render_reference  # noqa: PLC0415 - see the top

        sys.stdout.write(render_reference())
        return
    from gateway.settings import render_schema  # noqa: PLC0415 - see the top

    sys.stdout.write(render_schema())


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="The settings file as it is.")],
    new: Annotated[Path, typer.Argument(metavar="NEW", help="The settings file as it would be.")],
    as_json: JsonOption = False,
) -> None:
    """Say what a change of settings means: what it opens, what it closes, what else it changes."""
    from gateway.settings.difference import differences  # noqa: PLC0415 - see the top
    from gateway.settings.show import show_differences  # noqa: PLC0415 - see the top

    before, after = (_load(file, as_json=as_json).settings for file in (old, new))
    found = differences(before, after)
    if as_json:
        _print_json([one.as_dict() for one in found])
    else:
        show_differences(found, _console())


@app.command()
def explain(
    key_id: Annotated[str, typer.Argument(metavar="KEY-ID", help="The key's id; no secret is asked for.")],
    method: Annotated[str, typer.Argument(metavar="METHOD", help="As GET.")],
    path: Annotated[str, typer.Argument(metavar="PATH", help="As /v1/clients.")],
    tenant: Annotated[str | None, typer.Option(metavar="T", help="The tenant named; by default the key's own.")] = None,
    lookup: Annotated[bool, typer.Option(help="Ask the backend whose the resource in the path is.")] = True,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Say what a key's request would be answered, and why. Nothing is charged or forwarded."""
    import asyncio  # noqa: PLC0415 - see the top

    from gateway.explain import Question, show_explanation  # noqa: PLC0415 - see the top
    from gateway.explain_live import explain_live  # noqa: PLC0415 - see the top

    loaded, question = _load(config, as_json=as_json), Question(key_id, method.upper(), path, tenant)
    with _mistakes_reported(as_json=as_json):
        told = asyncio.run(explain_live(loaded, question, ask_owner=lookup))
    if as_json:
        _print_json(told.as_dict())
    else:
        show_explanation(told, _console())


@app.command("test")
def run_case_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The cases, in YAML.")],
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Run a file of cases against the settings, without a server: a key and a request -> a status and a reason."""
    import asyncio  # noqa: PLC0415 - see the top

    from gateway.case_report import run_cases, show_verdicts  # noqa: PLC0415 - see the top

    settings = _load(config, as_json=as_json).settings
    with _mistakes_reported(as_json=as_json):
        verdicts = asyncio.run(run_cases(settings, file))
    held = all(verdict.held for verdict in verdicts)
    if as_json:
        _print_json({"ok": held, "file": str(file), "cases": [verdict.as_dict() for verdict in verdicts]})
    else:
        show_verdicts(verdicts, file, _console())
    raise typer.Exit(0 if held else _FAILED)


def main() -> NoReturn:
    """The entry point. A traceback is for whoever asks for it by GATEWAY_TRACEBACK=1."""
    try:
        try:
            app(prog_name="gateway")
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # The reader of a pipe has gone, as in `gateway routes | head`. Python must not try to flush again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:
        if os.environ.get("GATEWAY_TRACEBACK"):
            raise
        sys.stderr.write(f"gateway: {type(error).__name__}: {error}. GATEWAY_TRACEBACK=1 shows where.\n")
    sys.exit(_FAILED)


def _serve(config: Path, workers: int) -> int:
    """All that can be wrong is found before a worker is started."""
    import asyncio  # noqa: PLC0415 - see the top

    from gateway.app import require_store, site_of  # noqa: PLC0415 - see the top
    from gateway.server import run_site  # noqa: PLC0415 - see the top
    from gateway.settings import load_file  # noqa: PLC0415 - see the top

    loaded = load_file(config, os.environ)
    asyncio.run(require_store(loaded))
    return run_site(site_of(loaded, workers), workers)


def _load(config: Path, *, as_json: bool) -> Loaded:
    from gateway.settings import load_file  # noqa: PLC0415 - see the top

    with _mistakes_reported(as_json=as_json):
        return load_file(config, os.environ)


@contextmanager
def _mistakes_reported(*, as_json: bool) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        from keys import SchemaOutdated, SettingsError, StoreError, StoreMissing  # noqa: PLC0415 - see the top

        if isinstance(error, SettingsError):
            _report(error, as_json=as_json)
        elif isinstance(error, StoreError):
            cure = "; try: keys db upgrade" if isinstance(error, SchemaOutdated | StoreMissing) else ""
            sys.stderr.write(f"gateway: {error}{cure}\n")
        else:
            raise
        raise typer.Exit(_WRONG_SETTINGS) from None


def _report(error: SettingsError, *, as_json: bool) -> None:
    if as_json:
        _print_json({"ok": False, "mistakes": [mistake.as_dict() for mistake in error.mistakes]})
        return
    from gateway.settings.show import show_mistakes  # noqa: PLC0415 - see the top

    show_mistakes(error.mistakes, _console(stderr=True))


def _described(config: Path, loaded: Loaded) -> dict[str, object]:
    from gateway.settings import summary  # noqa: PLC0415 - see the top

    parts = (summary.listeners, summary.apis, summary.routes, summary.plans, summary.upstreams)
    described = {part.__name__: part(loaded.settings) for part in parts}
    return {"ok": True, "file": str(config), "warnings": list(loaded.warnings), **described}


def _console(*, stderr: bool = False) -> Console:
    from rich.console import Console  # noqa: PLC0415 - see the top

    # In a pipe, a table is as wide as its content: a program's eighty columns would cut paths.
    console = Console(stderr=stderr)
    return console if console.is_terminal else Console(stderr=stderr, width=250)


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
