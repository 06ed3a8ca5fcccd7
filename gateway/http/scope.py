"""A head that passed -> an ASGI HTTP scope (ASGI 3, HTTP spec 2.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from starlette.types import Scope

    from gateway.http.head import Head

_ASGI = {"version": "3.0", "spec_version": "2.4"}
HEAD_EXTENSION = "gateway.head"
"""`scope["extensions"][HEAD_EXTENSION]["head"]` is the parsed Head, for an application that would parse it again."""


def http_scope(
    head: Head,
    *,
    client: tuple[str, int] | None,
    server: tuple[str, int] | None,
    scheme: str,
    state: dict[str, object],
) -> Scope:
    """`path` is decoded, as ASGI wants it; decisions belong on `raw_path`."""
    path = head.path.decode("ascii")
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": head.version,
        "method": head.method,
        "scheme": scheme,
        "path": unquote(path) if "%" in path else path,
        "raw_path": head.path,
        "query_string": head.query,
        "root_path": "",
        "headers": list(head.fields),
        "client": client,
        "server": server,
        "state": state.copy(),
        "extensions": {HEAD_EXTENSION: {"head": head}},
    }
