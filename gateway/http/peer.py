"""Who is at the other end of a connection, and whose requests it carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.http.client_address import client_address, forwarded_scheme, is_trusted
from gateway.http.scope import http_scope
from gateway.message import Request
from gateway.request_id import request_id_of

if TYPE_CHECKING:
    from asyncio import BaseTransport

    from starlette.types import Scope

    from gateway.http.client_address import Networks
    from gateway.http.head import Head


class Peer:
    """The addresses of one connection. Only a trusted proxy's word about its clients counts."""

    __slots__ = ("_address", "_scheme", "_server", "_trusted")

    def __init__(self, transport: BaseTransport, trusted_proxies: Networks) -> None:
        self._address = _address(transport.get_extra_info("peername"))
        self._server = _address(transport.get_extra_info("sockname"))
        self._scheme = "https" if transport.get_extra_info("sslcontext") else "http"
        is_proxy = self._address is not None and is_trusted(self._address[0], trusted_proxies)
        self._trusted: Networks = trusted_proxies if is_proxy else ()

    def client(self, head: Head | None) -> str:
        """The client's address; empty on a Unix socket."""
        if self._address is None:
            return ""
        if head is None or not self._trusted:
            return self._address[0]
        return client_address(self._address[0], head.values(b"x-forwarded-for"), self._trusted)

    def scope(self, head: Head, state: dict[str, object]) -> Scope:
        """The ASGI scope of a request from here."""
        client, scheme = self._address, self._scheme
        if self._trusted:
            client = (self.client(head), 0)
            scheme = forwarded_scheme(head.values(b"x-forwarded-proto"), scheme)
        return http_scope(head, client=client, server=self._server, scheme=scheme, state=state)

    def request(self, head: Head) -> Request:
        """The request as the request path takes it, on the fast lane."""
        scheme = self._scheme
        if self._trusted:
            scheme = forwarded_scheme(head.values(b"x-forwarded-proto"), scheme)
        return Request(
            head.method,
            head.target,
            head.path,
            head.fields,
            self.client(head),
            request_id_of(head.fields),
            scheme,
            head.version,
            head.content_length,
            head.chunked,
        )


def _address(name: object) -> tuple[str, int] | None:
    """Address and port of an IP socket; a Unix socket has none."""
    return (str(name[0]), int(name[1])) if isinstance(name, tuple) and len(name) >= 2 else None
