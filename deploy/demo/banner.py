"""What `gateway demo` says once it is ready: addresses, sample keys, four requests to paste, what to do next."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from deploy.demo import seed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from deploy.demo.sample_keys import SampleKey


def print_banner(
    base_url: str, admin_url: str, keys_file: Path, folder: Path, samples: Mapping[str, SampleKey]
) -> None:
    """Print it on standard output; in a pipe the lines to paste stay whole."""
    console = Console(soft_wrap=True, highlight=False)
    console.print(_addresses(base_url, admin_url))
    console.print(f"  Keys, for programs  {escape(str(keys_file))}")
    console.print(f"  Settings, database  {escape(str(folder))}")
    _print_keys(console, samples)
    for title, command in _requests(base_url, samples):
        console.print(f"\n  [bold]{title}[/]")
        console.print(f"  [cyan]{escape(command)}[/]")
    console.print("\n  [bold]What next[/]")
    for line in _next(folder, keys_file):
        console.print(f"  {line}")
    console.print("\n  [dim]Ctrl-C ends the demo and removes its folder. One line for each request follows.[/]\n")


def _addresses(base_url: str, admin_url: str) -> Panel:
    table = Table.grid(padding=(0, 2))
    table.add_row("Upstack, Dashtrack", f"[bold green]{base_url}[/]")
    table.add_row("Admin and status", f"[bold green]{admin_url}[/]")
    return Panel(table, title="[bold]The gateway is ready[/]", title_align="left", border_style="green", expand=False)


def _print_keys(console: Console, samples: Mapping[str, SampleKey]) -> None:
    """A line each, never cut: they are there to be copied."""
    width = max(map(len, samples))
    console.print("\n  [bold]Sample keys[/] [dim](worth nothing outside this demo; they are gone when it ends)[/]")
    for pixel in dict.fromkeys(sample.pixel for sample in samples.values()):
        console.print(f"  [dim]of pixel {pixel}[/]" if pixel else "  [dim]of Dashtrack: the key names its account[/]")
        for name, sample in samples.items():
            if sample.pixel == pixel:
                console.print(f"    {name:<{width}}  [yellow]{sample.text}[/]")


def _requests(base_url: str, samples: Mapping[str, SampleKey]) -> list[tuple[str, str]]:
    full, reader, starter = samples["upstack_full"], samples["upstack_dashboards_read"], samples["dashtrack_starter"]
    views = f"{base_url}/accounts/api/dashboard/views"
    return [
        ("200: which measures are there?", f"curl -i {base_url}/db-mgmt/api/measures {_upstack(full)}"),
        ("403: a key that may only read", f"curl -i -X DELETE {views}/{seed.VIEW} {_upstack(reader)}"),
        (
            "404: another pixel's view, told as if there were none",
            f"curl -i {views}/{seed.OTHER_VIEW} {_upstack(full)}",
        ),
        (
            "429: the 101st request of the hour on the Starter plan",
            (
                f"for i in $(seq 101); do curl -s -o /dev/null -w '%{{http_code}} ' {base_url}/v1/clients"
                f" -H 'Authorization: Bearer {starter.text}'; done"
            ),
        ),
    ]


def _upstack(sample: SampleKey) -> str:
    return f"-H 'x-api-key: {sample.text}' -H 'x-pixel-id: {sample.pixel}'"


def _next(folder: Path, keys_file: Path) -> list[str]:
    config = escape(str(folder / "gateway.yaml"))
    build = "dashboard view build --name 'NC + Meta Pulse' --measures core.new_customer_roas,meta.cpm"
    return [
        f"[cyan]{_command('keys')} list --config {config}[/]  then revoke one: the next request with it is 401",
        f"[cyan]{_command('upstack')} {build} --keys-file {escape(str(keys_file))}[/]",
        f"[cyan]{_command('gateway')} routes --config {config}[/]  every route, its scopes and where it goes",
    ]


def _command(name: str) -> str:
    """How to call a command of this installation from here: `.venv/bin/keys` where it is not on the path."""
    beside = Path(sys.executable).with_name(name)
    if shutil.which(name) == str(beside):
        return name
    return str(beside.relative_to(Path.cwd())) if beside.is_relative_to(Path.cwd()) else str(beside)
