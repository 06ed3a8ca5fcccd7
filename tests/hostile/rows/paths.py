"""H13: a path that two servers could read differently is refused; what is authorised is what is forwarded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile.rows.row import Row, get

if TYPE_CHECKING:
    from collections.abc import Iterator

AMBIGUOUS = (
    b"/api/../api/things", b"/api/./things", b"/api/things/..", b"/api/things/.", b"/api/things/../../admin",
    b"/api/%2e%2e/things", b"/api/%2e/things", b"/api/.%2e/things", b"/api/%2e./things", b"/api/%2E%2E/things",
    b"/api/things%2f", b"/api%2fthings", b"/api/things%2Fmine", b"/api/things/..%2f..%2fadmin", b"/api/%2f/things",
    b"/api/things%5c..", b"/api%5cthings", b"/api/things%5Cmine", b"/api/\\things", b"/api\\things", b"/api/..\\things",
    b"/api//things", b"/api/things//mine", b"/api/things//", b"/api/things/mine//",
    b"/api/things;a=b", b"/api/things/mine;x", b"/api;/things", b"/;/api/things", b"/api/..;/things", b"/api/things%3b",
    b"/api/things%00", b"/api/things/%00mine", b"/api/things%0a", b"/api/things%0d%0aevil:%20x", b"/api/things%09",
    b"/api/things%1f", b"/api/things%7f", b"/api/things/%08", b"/api/things%0",
    b"/api/things%252f", b"/api/%252e%252e/things", b"/api/things%255c", b"/api/things/%2500", b"/api/%25%32%65/things",
    b"/api/things%", b"/api/things%2", b"/api/things%zz", b"/api/things%g0", b"/api/things/%u0041", b"/api/%%32e/things",
    b"/api/things%c0%af", b"/api/things%c0%ae", b"/api/%e0%80%ae/things", b"/api/things/%f0%80%80%af",
    b"/api/things/%ff", b"/api/things/%c3", b"/api/things/%ed%a0%80", b"/api/things/%f5%80%80%80",
    b"/api/things%23evil", b"/api/things%3fevil", b"/api/things/%3F", b"/api/things%2523",
    b'/api/things"', b"/api/things<", b"/api/things>", b"/api/things[1]", b"/api/things^", b"/api/things`",
    b"/api/things{id}", b"/api/things|x",
)  # fmt: skip
"""Every one of these is 400, with a key or without."""

OTHERS = (
    b"/API/things", b"/api/Things", b"/api/THINGS", b"/api/things/", b"/api/thing", b"/api/things.json", b"/api/",
    b"/api/%74hings", b"/api/t%68ings", b"/api/things%20", b"/api/+things", b"/api/things&x", b"/api/things=",
    b"/api/things,mine", b"/api/things:mine", b"/api/things@", b"/api/things~", b"/api/...", b"/api/..things",
    b"/api/things..", b"/api/.things", b"/api/things%C2%A0", b"/api/%61%64%6d%69%6e", b"/api/things/mine/x",
)  # fmt: skip
"""Other paths than the declared ones, however near: 404."""

OUTSIDE = (
    b"/", b"/api", b"/admin", b"/admin/", b"/metrics", b"/livez", b"/readyz", b"/docs", b"/openapi.json", b"/redoc",
    b"/internal/owners/mine", b"/owners/mine", b"/v1", b"/v2/items", b"/.env", b"/.git/config", b"/favicon.ico",
    b"/robots.txt", b"/debug/pprof", b"/actuator/health", b"/apix/things", b"/ap", b"/server-status", b"/keys",
    b"/health", b"/static/app.js", b"/.well-known/security.txt",
)  # fmt: skip
"""What the data port does not have, though another listener or a backend may: 404 to everybody (M1, S2)."""


def rows() -> Iterator[Row]:
    for path in AMBIGUOUS:
        backslash_first = path.startswith(b"/\\")
        yield Row(f"H13 {path!r}", get(target=path), (400,), kept=not backslash_first)
    for path in OTHERS:
        statuses = (401, 404) if path.startswith(b"/API") else (404,)
        yield Row(f"H13 another path {path!r}", get(target=path), statuses, kept=True)
    for path in (b"/api/../api/things", b"/api//things", b"/api/things%2f"):
        yield Row(f"H13 without a key {path!r}", get(target=path, identity=()), (400,), kept=True)
    for path in OUTSIDE:
        yield Row(f"M1 {path.decode()} is not here", get(target=path), (404,), kept=True)
        yield Row(f"S2 {path.decode()} is not here for a stranger", get(target=path, identity=()), (404,), kept=True)
    for path in (b"/api/nowhere", b"/v1/nowhere", b"/api/"):
        yield Row(f"S2 {path.decode()}: a stranger learns no route", get(target=path, identity=()), (401,), kept=True)
