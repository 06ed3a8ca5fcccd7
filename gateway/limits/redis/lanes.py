"""Connections to one server. Each carries one exchange at a time, and ends with the first that does not go as it should.

That is what keeps answers apart (redis-py's CVE-2023-28858): a connection on which a reply is still due, because its
exchange was cut off or came to an error, is closed, so that nobody else ever reads from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import hiredis
from redis.asyncio.connection import Connection, SSLConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.limits.redis.address import RedisAddress, Server
    from gateway.limits.redis.script import Command

    Dial = Callable[[Server], Connection]
    """Makes a connection, not yet connected."""


class Ask(NamedTuple):
    """A command, and how its reply is understood: `read` raises when it cannot be the reply to this command."""

    command: Command
    read: Callable[[object], object]


def dialler(address: RedisAddress, timeout_s: float, client_name: str) -> Dial:
    """How to connect to a server that holds data: with the address' credentials, TLS and database."""
    options: dict[str, object] = {
        "db": address.database,
        "username": address.username,
        "password": address.password,
        "client_name": client_name,
        "socket_connect_timeout": timeout_s,
        "socket_timeout": None,  # an exchange has its deadline from whoever asks
        "retry": Retry(NoBackoff(), 0),
        "protocol": 2,
        "driver_info": None,
    }
    kind: type[Connection] = Connection
    if address.tls:
        kind = SSLConnection
        options |= {"ssl_ca_certs": address.ca_file, "ssl_check_hostname": True}

    def dial(server: Server) -> Connection:
        return kind(host=server[0], port=server[1], **options)  # type: ignore[arg-type]

    return dial


class Lanes:
    """Connections to one server, made when they are needed.

    The mutable state is `_idle`, connections on which nothing is due, and `_drops`, how often they were given up. It is
    used on one event loop.
    """

    __slots__ = ("_dial", "_drops", "_idle", "server")

    def __init__(self, server: Server, dial: Dial) -> None:
        self.server = server
        self._dial = dial
        self._drops = 0
        self._idle: list[Connection] = []

    def __repr__(self) -> str:
        return f"<Lanes: {len(self._idle)} idle>"

    async def exchange(self, asks: Sequence[Ask]) -> list[object]:
        """Send the commands in one write; give for each what its reply was read as, or the exception in its place.

        Raises what redis-py raises when the connection breaks.
        """
        connection = self._idle.pop() if self._idle else self._dial(self.server)
        clean, drops = False, self._drops
        try:
            if not connection.is_connected:
                await connection.connect()  # type: ignore[no-untyped-call]
            # thrice as fast as the connection's own way
            packed = [hiredis.pack_command(ask.command) for ask in asks]  # type: ignore[arg-type]
            await connection.send_packed_command(packed, check_health=False)
            found = [await _read(connection, ask) for ask in asks]
            clean = drops == self._drops and not any(isinstance(one, Exception) for one in found)
        finally:
            if clean:
                self._idle.append(connection)
            else:
                await connection.disconnect(nowait=True)
        return found

    async def drop(self) -> None:
        """Close every connection: what is idle now, what is in use at the end of its exchange."""
        self._drops += 1
        idle, self._idle = self._idle, []
        for connection in idle:
            await connection.disconnect(nowait=True)


async def _read(connection: Connection, ask: Ask) -> object:
    """An exception is a result: the replies to other commands still stand behind it."""
    try:
        return ask.read(await connection.read_response())
    except Exception as error:  # noqa: BLE001 - whatever it is, errors.py has a row for it
        return error
