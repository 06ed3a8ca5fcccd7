"""What one listener's connections are bound by: sizes, deadlines, trust, and who renders a refusal."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.http.head import HeadRules

if TYPE_CHECKING:
    from collections.abc import Callable
    from ipaddress import IPv4Network, IPv6Network

    from gateway.http.direct_cycle import Handle
    from gateway.http.head import Head
    from gateway.message import Answer
    from gateway.problems import Reason


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long a client may take. Time in which the gateway itself does not read is never counted against it."""

    idle_s: float = 5.0
    """Without a byte: on a new connection, and between two requests. Then it is closed without a word."""
    head_s: float = 10.0
    """From the first byte of a request to the end of its header."""
    body_s: float = 60.0
    """From the end of the header to the end of the body."""
    body_grace_s: float = 5.0
    """For so long a body may stay under its rate."""
    body_bytes_per_s: float = 500.0
    """The slowest rate of a body, on average since its beginning."""
    send_stall_s: float = 60.0
    """For so long a full send buffer may stay full: a client that does not read its answer is cut off."""
    linger_s: float = 2.0
    """After the last answer, for the client to read it before the connection is closed under its feet."""
    half_closed_s: float = 0.5
    """After the client closed its side: gone, or only listening? An answer that takes longer is given up."""
    drain_idle_s: float = 0.5
    """On shutdown an idle connection is closed after this: a request that is already on the wire, or about to be sent by
    a client that was not told of the shutdown yet, is still answered."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One listener's rules. `refuse` renders (and records) what the transport itself refuses, as the API does it.

    It takes the reason, the client's address and the head when there is a valid one; its answer's connection is closed.
    `cancel_on_disconnect`: the task of the application is cancelled when nobody will read its answer.
    `handle`: the fast lane, which takes every request in place of the listener's ASGI application.
    """

    refuse: Callable[[Reason, str, Head | None], Answer]
    head: HeadRules = field(default_factory=HeadRules)
    deadlines: Deadlines = field(default_factory=Deadlines)
    in_flight: int = 10_000
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    cancel_on_disconnect: bool = True
    handle: Handle | None = None
