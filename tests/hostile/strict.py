"""What may reach a backend: requests of strict syntax, framed once, owned by the gateway. An independent reader says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import h11

if TYPE_CHECKING:
    from tests.fakes.raw_backend import Seen

_LINE = re.compile(rb"(?:GET|POST|PUT|PATCH|DELETE) /[!-~]* HTTP/1\.1")
_FIELD = re.compile(rb"[a-z0-9!#$%&'*+.^`|~-]+: [\t -~\x80-\xff]*")
_SECRET = re.compile(rb"_[0-9A-Za-z]{40}")
_NEVER = frozenset(
    b"connection keep-alive te trailer upgrade http2-settings proxy-connection proxy-authorization expect x-api-key".split()
)
_ONCE = frozenset(b"host via x-key-id x-account-id x-scopes x-plan x-tenant-id x-request-id x-real-ip".split())


def require_strict(seen: Seen, authority: bytes, *, allow_evil: bool = False) -> None:
    """Fails unless every reader reads `seen` alike, and it is for `authority` and in the gateway's own name.

    `allow_evil`: the bytes are a fuzzer's, which may move the word to where it is harmless.
    """
    assert allow_evil or b"evil" not in seen.head
    line, *lines = seen.head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    assert _LINE.fullmatch(line), line
    assert all(_FIELD.fullmatch(each) for each in lines), lines
    names = [name for name, _ in seen.fields]
    assert not _NEVER & set(names), names
    assert {name: names.count(name) for name in _ONCE} == dict.fromkeys(_ONCE, 1)
    assert names.count(b"content-length") + names.count(b"transfer-encoding") <= 1
    assert seen.value(b"host") == authority
    assert _SECRET.search(seen.value(b"x-request-id") or b"") is None
    _require_read_alike(seen)


def _require_read_alike(seen: Seen) -> None:
    """h11, which shares no code with us or with llhttp, must find the same request in the same bytes, and no other."""
    reader = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    reader.receive_data(seen.head + seen.body)
    request = reader.next_event()
    assert isinstance(request, h11.Request)
    assert (request.method, request.target) == (seen.method, seen.target)
    assert len(request.headers) == len(seen.fields)
    if not seen.is_complete:
        return
    event = reader.next_event()
    while isinstance(event, h11.Data):
        event = reader.next_event()
    assert isinstance(event, h11.EndOfMessage)
    assert reader.trailing_data[0] == b""
