"""A request and an answer as the gateway sees them: small frozen values that know no framework."""

from __future__ import annotations

from dataclasses import dataclass

Field = tuple[bytes, bytes]
"""One header field: its name in lower case, its value without the white space around it."""

Fields = tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """The head of one request, framing already checked by the transport.

    `target` is the origin-form target, byte for byte as the client sent it, `path` its part before the first `?`: what
    is authorised is what is forwarded. `content_length` None with `chunked` False: no body.
    """

    method: str
    target: bytes
    path: bytes
    fields: Fields
    client: str
    request_id: str
    scheme: str = "http"
    http_version: str = "1.1"
    content_length: int | None = None
    chunked: bool = False

    @property
    def has_body(self) -> bool:
        return self.chunked or bool(self.content_length)

    def values(self, name: bytes) -> list[bytes]:
        """Every value of the field `name` (lower case), in order."""
        return [value for field, value in self.fields if field == name]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer of the gateway's own: status, fields, body."""

    status: int
    fields: Fields
    body: bytes
