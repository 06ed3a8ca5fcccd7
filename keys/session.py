"""Signed-in browsers: server-side sessions, so that they can be ended, and what keeps other sites from using them.

The cookie is 256 random bits and is stored as its SHA-256 alone: enough for a secret that nobody can guess, and the
database gives no session away. The CSRF token is a MAC of the cookie, so that it needs no place of its own. A new id is
made at each sign-in, and whatever id the browser sent before is ended: nobody's session is fixed beforehand.
"""

from __future__ import annotations

import hmac
import re
import secrets
import time
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from keys.store.sessions import SessionRow

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from keys.model import Operator
    from keys.store import KeyStore

COOKIE = "__Host-keys-session"
"""`__Host-`: the browser takes it only over TLS (or from the machine itself), for this host alone and every path."""

IDLE_S = 1800.0
LIFETIME_S = 12 * 3600.0
TOUCH_S = 60.0
"""How far the last use of a session may be behind before it is written down again."""

_is_id = re.compile(r"[A-Za-z0-9_-]{43}").fullmatch


class Session(NamedTuple):
    """A living session: whose it is, and the token that a form or script of our own page must send with a change."""

    operator_id: str
    csrf_token: str


@dataclass(frozen=True, slots=True)
class Started:
    """A new session. `cookie` is the value for the browser, and a secret."""

    session: Session
    cookie: str = field(repr=False)


class Sessions:
    """Every method raises StoreUnavailable. `clock` gives Unix seconds."""

    def __init__(self, store: KeyStore, *, clock: Callable[[], float] = time.time) -> None:
        self._rows = store.sessions
        self._clock = clock

    async def start(self, operator: Operator, previous: str | None = None) -> Started:
        """A session of an operator whose token was just verified; `previous` is the cookie that the browser had."""
        if previous is not None:
            await self.end(previous)
        cookie, now = secrets.token_urlsafe(32), self._clock()
        await self._rows.add(SessionRow(_hash(cookie), operator.id, now, now), seen_before=now - IDLE_S)
        return Started(Session(operator.id, _csrf_token(cookie)), cookie)

    async def find(self, cookie: str) -> Session | None:
        """The session of a cookie, used now; None if there is none, or it was idle or alive for too long."""
        if _is_id(cookie) is None:
            return None
        row, now = await self._rows.find(_hash(cookie)), self._clock()
        if row is None or now - row.seen_at >= IDLE_S or now - row.created_at >= LIFETIME_S:
            return None
        if now - row.seen_at >= TOUCH_S:
            await self._rows.touch(row.id_hash, now)
        return Session(row.operator, _csrf_token(cookie))

    async def end(self, cookie: str) -> bool:
        """Signs out: the cookie is worth nothing from now on."""
        return _is_id(cookie) is not None and await self._rows.remove(_hash(cookie))


def is_same_origin(headers: Mapping[str, str]) -> bool:
    """Was a changing request made by a page of this very host? Field names in lower case.

    A browser says so by Sec-Fetch-Site, which no script can set; one that does not know it sends Origin with every
    POST. A request with neither is no browser's, and has no business with a cookie.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    scheme, _, host = headers.get("origin", "").partition("://")
    return scheme in {"http", "https"} and bool(host) and host.lower() == headers.get("host", "").lower()


def is_csrf_token(session: Session, presented: str | None) -> bool:
    """Compares in constant time."""
    return presented is not None and hmac.compare_digest(session.csrf_token.encode(), presented.encode())


def cookie_field(cookie: str) -> str:
    """The Set-Cookie field that gives a browser its session, until it is closed."""
    return f"{COOKIE}={cookie}; Path=/; Secure; HttpOnly; SameSite=Strict"


def ended_cookie_field() -> str:
    """The Set-Cookie field that takes the session away."""
    return f"{COOKIE}=; Path=/; Max-Age=0; Secure; HttpOnly; SameSite=Strict"


def _hash(cookie: str) -> str:
    return sha256(cookie.encode()).hexdigest()


def _csrf_token(cookie: str) -> str:
    return hmac.new(cookie.encode(), b"csrf", sha256).hexdigest()
