"""A client that sends raw bytes, and reads answers strictly: what is not exactly an answer fails the test."""

from __future__ import annotations

import contextlib
import select
import socket
from dataclasses import dataclass
from typing import Self

WAIT_S = 20
HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """One final answer. Field names in lower case; `raw` is all of its bytes."""

    status: int
    fields: tuple[tuple[str, str], ...]
    body: bytes
    raw: bytes

    def value(self, name: str) -> str | None:
        return next((value for field, value in self.fields if field == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.fields)


class Broken(Exception):  # noqa: N818 - what happened to the answer
    """The answer was cut off before its end."""


class Wire:
    """One connection to the gateway. A context manager."""

    def __init__(self, port: int, *, timeout_s: float = WAIT_S) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, *pieces: bytes) -> None:
        """Sends; a gateway that has closed already has said why before, so that is no fault."""
        try:
            for piece in pieces:
                self._socket.sendall(piece)
        except ConnectionError:
            pass

    def ask(self, raw: bytes) -> Answer:
        """One request, and its answer."""
        self.send(raw)
        return self.answer(head_only=raw.startswith(b"HEAD "))

    def answer(self, *, head_only: bool = False) -> Answer:
        """The next final answer; interim ones are passed over. Raises Broken."""
        while True:
            head = self._until(HEAD_END)
            status, fields = _parse_head(head)
            if status >= 200:
                break
        framed, body = (b"", b"") if head_only or status in (204, 304) else self._body(dict(fields))
        return Answer(status, fields, body, head + framed)

    def interim(self) -> int:
        """The status of the next head, which has no body."""
        return _parse_head(self._until(HEAD_END))[0]

    def rest(self) -> bytes:
        """Everything until the gateway closes."""
        rest, self._unread = self._unread, b""
        try:
            while piece := self._socket.recv(65536):
                rest += piece
        except ConnectionResetError:
            pass
        return rest

    def peek(self) -> bytes:
        """What has come by now, perhaps nothing."""
        if not select.select([self._socket], [], [], 0)[0]:
            return b""
        try:
            return self._socket.recv(1024)
        except ConnectionError:
            return b""

    def half_close(self) -> None:
        with contextlib.suppress(OSError):  # the gateway may have gone first
            self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with a TCP reset."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self._socket.close()

    def _body(self, fields: dict[str, str]) -> tuple[bytes, bytes]:
        if fields.get("transfer-encoding") == "chunked":
            return self._chunks()
        length = fields.get("content-length")
        body = self.rest() if length is None else self._exactly(int(length))
        return body, body

    def _chunks(self) -> tuple[bytes, bytes]:
        framed = body = b""
        while True:
            line = self._until(b"\r\n")
            size = int(line, 16)
            chunk = self._exactly(size + 2)
            assert chunk.endswith(b"\r\n")
            framed += line + chunk
            body += chunk[:-2]
            if not size:
                return framed, body

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._unread:
            self._more()
        text, _, self._unread = self._unread.partition(mark)
        return text + mark

    def _exactly(self, count: int) -> bytes:
        while len(self._unread) < count:
            self._more()
        taken, self._unread = self._unread[:count], self._unread[count:]
        return taken

    def _more(self) -> None:
        try:
            piece = self._socket.recv(65536)
        except ConnectionError as error:
            raise Broken(f"{error}, after {self._unread!r}") from None
        if not piece:
            raise Broken(f"closed after {self._unread!r}")
        self._unread += piece


def _parse_head(head: bytes) -> tuple[int, tuple[tuple[str, str], ...]]:
    line, *lines = head[: -len(HEAD_END)].decode("latin-1").split("\r\n")
    version, _, rest = line.partition(" ")
    assert version == "HTTP/1.1", head
    fields = []
    for each in lines:
        name, colon, value = each.partition(": ")
        assert colon, head
        fields.append((name.lower(), value))
    return int(rest[:3]), tuple(fields)
