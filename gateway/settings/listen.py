"""Where the gateway listens."""

from collections.abc import Iterator

from pydantic import Field

from gateway.settings.values import Host, Port, is_loopback
from keys import Cross, Section


class Listener(Section):
    """One listening socket."""

    host: Host = Field(default="127.0.0.1", description="The address to bind; 0.0.0.0 or :: for all.")
    port: Port = Field(description="The port to bind; 0 takes a free one.")


class ProxyListener(Listener):
    """The public listener: the APIs, and nothing else."""

    port: Port = Field(default=8080, description="The port to bind; 0 takes a free one.")


class AdminListener(Listener):
    """The admin listener. Another address than the machine's own needs `keys.admin.hosts`, and an operator to sign in."""

    port: Port = Field(default=8081, description="The port to bind; 0 takes a free one.")

    @property
    def is_public(self) -> bool:
        """Can others than the machine itself reach it?"""
        return not is_loopback(self.host)


class StatusListener(Listener):
    """`/livez`, `/readyz` and `/metrics` on a listener of their own, for probes and scrapers of other machines."""

    port: Port = Field(default=8082, description="The port to bind; 0 takes a free one.")


class Listen(Section):
    """The listeners. No two may bind the same place."""

    proxy: ProxyListener = Field(default=ProxyListener(), description="The public listener: the APIs.")
    admin: AdminListener = Field(default=AdminListener(), description="The admin listener: the admin API.")
    status: StatusListener | None = Field(
        default=None,
        description="`/livez`, `/readyz`, `/metrics` on their own listener; absent: on the admin listener.",
    )

    def crosses(self) -> Iterator[Cross]:
        """Two listeners cannot share a port of one address."""
        taken: dict[tuple[str, int], str] = {}
        for name in ("proxy", "admin", "status"):
            listener = getattr(self, name)
            if not listener or not listener.port:
                continue
            other = taken.setdefault((listener.host, listener.port), name)
            if other != name:
                yield Cross((name, "port"), listener.port, f"is the port of listen.{other} too", "a port of its own")
