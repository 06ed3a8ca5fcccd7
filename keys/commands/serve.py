"""keys serve: the admin API alone, beside a gateway that runs elsewhere on the same store."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated

import typer

from keys.commands import options
from keys.commands.render import say
from keys.commands.session import read_settings
from keys.store import open_store

if TYPE_CHECKING:
    from keys.settings import KeysSettings

app = typer.Typer()


@app.command(rich_help_panel="More")
def serve(
    *,
    host: Annotated[str, typer.Option(help="The address to bind. Others than this machine need keys.admin.hosts.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 8081,
    config: options.Config = options.DEFAULT_CONFIG,
    store: options.Store = None,
) -> None:
    """Serve the admin API until SIGTERM. A gateway serves it too, on its admin listener."""
    settings = read_settings(config)
    asyncio.run(_serve(settings, store or settings.store_url(config.parent), host, port))


async def _serve(settings: KeysSettings, url: str, host: str, port: int) -> None:
    from keys.admin import Desk, admin_app  # noqa: PLC0415 - slow to load, and no other command needs it
    from keys.admin.alone import serve_until_told  # noqa: PLC0415 - likewise

    opened = await open_store(url, limits=settings.database.limits())
    try:
        if not _is_loopback(host):
            _require_ready_for_others(host, settings, has_operators=await opened.has_operators())
        with _bound(host, port) as listening:
            shown = f"[{host}]" if ":" in host else host
            say("serving the admin API at ", (f"http://{shown}:{listening.getsockname()[1]}", "bold green"))
            await serve_until_told(admin_app(Desk(settings, opened)), listening)
    finally:
        await opened.close()


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise typer.BadParameter(f"cannot listen on {host} port {port}: {error.strerror}") from None


def _require_ready_for_others(host: str, settings: KeysSettings, *, has_operators: bool) -> None:
    """An address that others can reach needs names to answer to, and somebody who can sign in."""
    if not settings.admin.hosts:
        raise typer.BadParameter(f"{host} is open to others: name it in keys.admin.hosts", param_hint="--host")
    if not has_operators:
        message = f"{host} is open to others, and there is no operator yet: keys operators add"
        raise typer.BadParameter(message, param_hint="--host")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
