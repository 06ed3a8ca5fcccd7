"""What no well-behaved client sends, byte for byte, and what comes back."""

from __future__ import annotations

import socket
from http.client import HTTPMessage, parse_headers
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import io

WAIT_S = 20


class Answer(NamedTuple):
    """One answer, read until its declared length, or the end of the connection."""

    status: int
    headers: HTTPMessage
    body: bytes


def exchange(base_url: str, text: str | bytes, *, address: str = "127.3.0.1") -> Answer:
    """Send these bytes over a connection of their own, from this address, and read one answer."""
    place = urlsplit(base_url)
    with socket.create_connection((place.hostname, place.port), WAIT_S, source_address=(address, 0)) as connection:
        connection.sendall(text.encode("latin-1") if isinstance(text, str) else text)
        with connection.makefile("rb") as stream:
            return read_answer(stream)


def read_answer(stream: io.BufferedIOBase) -> Answer:
    """The next answer in a stream."""
    version, status, _ = stream.readline().split(b" ", 2)
    assert version == b"HTTP/1.1"
    headers = parse_headers(stream)
    return Answer(int(status), headers, stream.read(int(headers["content-length"])))
