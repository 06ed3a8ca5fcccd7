"""HTTP/1.1 on the client's side: a strict parser, and an asyncio protocol that runs ASGI applications under uvicorn.

`head`, `body`, `response` and `client_address` are pure; `protocol` is one connection, `cycle` one request in it, answered
by an ASGI application (`asgi_cycle`) or by the request path itself (`direct_cycle`, the fast lane).
docs/http.md says what is refused and why.
"""

from gateway.http.body import BadBody, ChunkedBody, LengthBody
from gateway.http.cycle import ClientGone
from gateway.http.edge import Deadlines, Edge
from gateway.http.head import BadHead, Head, HeadRules, parse_head
from gateway.http.protocol import GatewayProtocol
from gateway.http.response import BadResponse, ResponseWriter

__all__ = [
    "BadBody",
    "BadHead",
    "BadResponse",
    "ChunkedBody",
    "ClientGone",
    "Deadlines",
    "Edge",
    "GatewayProtocol",
    "Head",
    "HeadRules",
    "LengthBody",
    "ResponseWriter",
    "parse_head",
]
