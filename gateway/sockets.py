"""Bind listening sockets before anything else starts, so that an address in use is said at once and by one line."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass

BACKLOG = 2048
"""Connections that the kernel holds for us while the loop is busy, or no worker is up yet."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where one listener listens; `name` says which (proxy, admin, status). Port 0: any free one."""

    name: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


class CannotListen(Exception):  # noqa: N818 - what happened, for the operator
    """An address could not be bound; the text is the line to show."""

    def __init__(self, address: Address, why: str) -> None:
        super().__init__(f"cannot listen on {address} ({address.name}): {why}")
        self.address = address


def bind(address: Address) -> tuple[socket.socket, ...]:
    """Listening sockets of every IP address that the host has here, on one port. Raises CannotListen."""
    bound: list[socket.socket] = []
    failure: OSError | None = None
    for family, place in _places(address):
        port = bound[0].getsockname()[1] if bound else address.port
        try:
            bound.append(_listen(family, place, port))
        except OSError as error:
            failure = error
    if not bound:
        raise CannotListen(address, os.strerror(failure.errno) if failure and failure.errno else "no such address")
    return tuple(bound)


def bind_all(addresses: tuple[Address, ...]) -> dict[str, tuple[socket.socket, ...]]:
    """The sockets of each address by its name; all or none. Raises CannotListen."""
    sockets: dict[str, tuple[socket.socket, ...]] = {}
    try:
        for address in addresses:
            sockets[address.name] = bind(address)
    except CannotListen:
        close_all(sockets)
        raise
    return sockets


def close_all(sockets: dict[str, tuple[socket.socket, ...]]) -> None:
    """Close this process's hold on them; twice does no harm."""
    for several in sockets.values():
        for one in several:
            one.close()


def _places(address: Address) -> list[tuple[socket.AddressFamily, str]]:
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise CannotListen(address, error.strerror or "no such host") from error
    return list(dict.fromkeys((family, str(name[0])) for family, _, _, _, name in found))


def _listen(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    bound = socket.create_server((host, port), family=family, backlog=BACKLOG)
    bound.setblocking(False)  # noqa: FBT003 - the standard library's signature
    return bound
