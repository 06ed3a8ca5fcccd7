"""What a client may send, how slowly, and how much of it at once (SECURITY.md H1 to H22)."""

from pydantic import Field

from gateway.settings.values import Bytes, Count, Network, Seconds
from keys import Section


class HttpSettings(Section):
    """The limits of the public listener. Each is enforced before a byte reaches a backend."""

    header_bytes: int = Field(
        default=16384,
        ge=512,
        le=1 << 20,
        description="The whole header block of a request, request line included; more: 431.",
    )
    header_fields: int = Field(default=100, ge=8, le=10_000, description="Fields in a request header; more: 431.")
    target_bytes: int = Field(default=8192, ge=64, le=1 << 16, description="The request target; more: 414.")
    body_bytes: Bytes = Field(
        default=10 << 20, description="The body of a request, where its route sets no limit of its own; more: 413."
    )
    header_timeout_s: Seconds = Field(
        default=10.0, description="For the whole header, from its first byte; later: 408."
    )
    idle_timeout_s: Seconds = Field(
        default=5.0, description="Between requests of a connection, and before its first byte."
    )
    body_timeout_s: Seconds = Field(default=60.0, description="For the whole body; later: 408.")
    body_rate_bytes_s: int = Field(
        default=500, ge=1, le=1 << 30, description="Bytes a second that a body must keep up with; slower: 408."
    )
    body_grace_s: Seconds = Field(default=5.0, description="For so long a body may be slower than its rate.")
    send_timeout_s: Seconds = Field(
        default=60.0, description="For so long a client may leave its answer unread; then it is cut off."
    )
    in_flight: Count = Field(default=10_000, description="Requests of one process at once; more: 503 with Retry-After.")
    drain_s: Seconds = Field(default=30.0, description="On SIGTERM, how long requests in flight may take to end.")
    trusted_proxies: tuple[Network, ...] = Field(
        default=(), description="Addresses and networks whose X-Forwarded-For is believed; nobody's by default."
    )
