"""The backends that requests are forwarded to."""

from pydantic import Field

from gateway.settings.values import Count, OriginText, Seconds
from keys import Section


class UpstreamSettings(Section):
    """One backend, its connections and its deadlines."""

    url: OriginText = Field(description="Where it listens: http://HOST[:PORT] or https://HOST[:PORT], nothing after.")
    connections: Count = Field(default=256, description="Connections of one process at most, idle ones included.")
    queue_timeout_s: Seconds = Field(default=1.0, description="How long a request waits for a connection; then 503.")
    connect_timeout_s: Seconds = Field(default=2.0, description="To connect, TLS included; then 502.")
    first_byte_timeout_s: Seconds = Field(
        default=30.0, description="From the request's last byte to the answer's first; then 504."
    )
    idle_timeout_s: Seconds = Field(default=30.0, description="Between two bytes of an answer; then it is cut.")
    keep_alive_s: Seconds = Field(
        default=4.0,
        description="How long an idle connection is kept; keep it below the backend's own time, so that we close first.",
    )
    header_bytes: int = Field(default=32768, ge=512, le=1 << 20, description="The header of an answer; more: 502.")
    header_fields: int = Field(
        default=128, ge=8, le=10_000, description="Fields in the header of an answer; more: 502."
    )
