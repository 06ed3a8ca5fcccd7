"""Connections to backends: our own keep-alive pool over httptools (docs/upstreams.md).

`UpstreamPool` is the asynchronous face. Beneath it everything goes by callbacks: `Connection` tells a `Receiver`.
"""

from gateway.upstream.answer import AnswerHead
from gateway.upstream.connection import Connection, Receiver
from gateway.upstream.errors import ProtocolFault, Reset, Saturated, TimedOut, Unreachable, UpstreamError
from gateway.upstream.origin import Origin, UpstreamLimits
from gateway.upstream.pool import UpstreamPool
from gateway.upstream.request import UpstreamRequest, render_head
from gateway.upstream.response import UpstreamResponse

__all__ = [
    "AnswerHead",
    "Connection",
    "Origin",
    "ProtocolFault",
    "Receiver",
    "Reset",
    "Saturated",
    "TimedOut",
    "Unreachable",
    "UpstreamError",
    "UpstreamLimits",
    "UpstreamPool",
    "UpstreamRequest",
    "UpstreamResponse",
    "render_head",
]
