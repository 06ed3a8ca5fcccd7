"""What can go wrong with a backend: one class for each upstream reason of the table in gateway/problems.py.

Everything foreign (sockets, TLS, the parser) is translated into these at the seam, by the two tables below.
"""

from __future__ import annotations

import ssl
from abc import ABC
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from gateway.problems import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping


class UpstreamError(Exception, ABC):
    """A backend did not answer as it should. Abstract: raise one of its kinds.

    `detail` is for the log: it never holds bytes that a client or a backend sent.
    """

    reason: ClassVar[Reason]

    def __init__(self, detail: str) -> None:
        if type(self) is UpstreamError:
            raise TypeError("UpstreamError is abstract: raise one of its kinds")
        super().__init__(detail)
        self.detail = detail


class Unreachable(UpstreamError):  # noqa: N818 - a kind of UpstreamError, named for what happened
    """Connecting failed, was refused or took too long. Nothing was sent."""

    reason = Reason.UPSTREAM_UNREACHABLE


class ProtocolFault(UpstreamError):  # noqa: N818
    """The answer is not HTTP/1.x as RFC 9112 has it, or its head is over its limit."""

    reason = Reason.UPSTREAM_PROTOCOL


class Reset(UpstreamError):  # noqa: N818
    """The connection ended before the answer did.

    `stale`: it was a reused connection, and ended before any byte of the answer, which is what a backend's own idle
    timeout looks like from here. Only then may a request be sent again (RFC 9112 section 9.3.1).
    """

    reason = Reason.UPSTREAM_RESET

    def __init__(self, detail: str, *, stale: bool = False) -> None:
        super().__init__(detail)
        self.stale = stale


class TimedOut(UpstreamError):  # noqa: N818
    """No first byte, or no further byte, within its time."""

    reason = Reason.UPSTREAM_TIMEOUT


class Saturated(UpstreamError):  # noqa: N818
    """Every connection of the pool was busy for as long as a request may wait for one. Nothing was sent."""

    reason = Reason.UPSTREAM_SATURATED


DIALLING: Mapping[type[BaseException], tuple[type[UpstreamError], str]] = MappingProxyType(
    {
        TimeoutError: (Unreachable, "connecting took too long"),
        ConnectionRefusedError: (Unreachable, "connection refused"),
        ssl.SSLCertVerificationError: (Unreachable, "the backend's certificate is not valid for its name"),
        ssl.SSLError: (Unreachable, "the TLS handshake failed"),
        OSError: (Unreachable, "connecting failed"),
        UnicodeError: (Unreachable, "not a host name"),
    }
)
"""While a connection is being made. The first class of the exception's MRO that has a row decides."""

TALKING: Mapping[type[BaseException], tuple[type[UpstreamError], str]] = MappingProxyType(
    {
        ConnectionResetError: (Reset, "connection reset"),
        BrokenPipeError: (Reset, "connection closed while the request was sent"),
        ssl.SSLError: (Reset, "the TLS layer failed"),
        Exception: (Reset, "the connection broke"),
    }
)
"""Once it is made."""


def translate(
    error: BaseException, table: Mapping[type[BaseException], tuple[type[UpstreamError], str]]
) -> UpstreamError:
    """The error of ours that stands for a foreign one, of a class that the table covers."""
    kind, detail = next(table[ancestor] for ancestor in type(error).__mro__ if ancestor in table)
    return kind(detail)
