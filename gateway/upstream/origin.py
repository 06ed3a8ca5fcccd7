"""Where an upstream is, and what may be asked of it: the two values a pool is made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port (RFC 9110 section 4.3.1). Comes from settings alone, never from a request (SSRF)."""

    scheme: str
    host: str
    port: int

    def __post_init__(self) -> None:
        if self.scheme not in DEFAULT_PORTS or not self.host or not self.host.isascii() or not 0 < self.port < 65536:
            raise ValueError(f"not an http or https origin: {self}")

    @classmethod
    def parse(cls, url: str) -> Self:
        """Takes `http(s)://host[:port]`. Raises `ValueError` for credentials, a path, a query or another scheme."""
        parts = urlsplit(url)
        if "@" in parts.netloc or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise ValueError("an upstream is http(s)://host[:port], without credentials, path or query")
        port = DEFAULT_PORTS.get(parts.scheme, 0) if parts.port is None else parts.port
        return cls(parts.scheme, parts.hostname or "", port)

    @property
    def authority(self) -> bytes:
        """What the Host field says: the port only where it is not the scheme's own."""
        is_default = self.port == DEFAULT_PORTS[self.scheme]
        return (self._host_text if is_default else f"{self._host_text}:{self.port}").encode("ascii")

    def __str__(self) -> str:
        return f"{self.scheme}://{self._host_text}:{self.port}"

    @property
    def _host_text(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


@dataclass(frozen=True, slots=True)
class UpstreamLimits:
    """How much, and how long.

    `keep_idle_s` is below the 5 s after which uvicorn, the most usual backend, closes an idle connection: so it is we
    who close, and a request hardly ever meets a connection that is just going away.
    """

    max_connections: int = 256
    queue_timeout_s: float = 1.0
    connect_timeout_s: float = 2.0
    first_byte_timeout_s: float = 30.0
    idle_timeout_s: float = 30.0
    keep_idle_s: float = 4.0
    max_head_bytes: int = 32_768
    max_head_fields: int = 128
    max_interim_answers: int = 8
    max_buffered_bytes: int = 65_536

    def __post_init__(self) -> None:
        wrong = [name for name in self.__slots__ if getattr(self, name) <= 0]
        if wrong:
            raise ValueError(f"must be above 0: {', '.join(wrong)}")

    @property
    def sweep_s(self) -> float:
        """How often deadlines are looked at: a deadline is met at most this much late."""
        shortest_s = min(self.first_byte_timeout_s, self.idle_timeout_s, self.keep_idle_s)
        return min(max(shortest_s / 8, 0.005), 0.25)
