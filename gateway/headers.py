"""Which fields cross the gateway, both ways. Pure.

The one place where a field dies: hop-by-hop ones (RFC 9110 section 7.6.1), credentials, everything by which a client
could pretend to be someone, or to ask for something other than what was authorised. What is ours is set after that.

A `RequestFieldRules` and a `ResponseFieldRules` are built once, at load; a request then costs one pass over its fields.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from gateway.message import Field, Fields, Request

HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade", b"http2-settings"}
)
"""With `proxy-*`: what is between two neighbours. Trailers are dropped, so `TE: trailers` must not be asked for."""

IDENTITY = frozenset(
    {b"x-key-id", b"x-account-id", b"x-tenant-id", b"x-scopes", b"x-plan", b"x-resources", b"x-request-id"}
)
"""What the gateway vouches for. Backends trust them, so a client's own never get through."""

OVERRIDES = frozenset(
    {b"x-http-method", b"x-http-method-override", b"x-method-override", b"x-original-url", b"x-rewrite-url"}
)
"""By which some frameworks run another method or path than that of the request line, which is the authorised one."""

FORWARDED = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-real-ip"})
"""Who the client is and what it asked for; with any other `x-forwarded-*`."""

PLAIN_REQUEST_FIELDS = frozenset(
    {
        b"accept", b"accept-charset", b"accept-encoding", b"accept-language", b"cache-control", b"content-encoding",
        b"content-language", b"content-type", b"cookie", b"date", b"if-match", b"if-modified-since", b"if-none-match",
        b"if-range", b"if-unmodified-since", b"idempotency-key", b"last-event-id", b"origin", b"pragma", b"range",
        b"referer", b"traceparent", b"tracestate", b"user-agent", b"via",
    }
)  # fmt: skip
"""End-to-end fields that need no second look; only a shortcut, the rules give the same without it."""

FORWARDED_PREFIXES = (b"x-forwarded-", b"forwarded", b"x-real-ip")
NOT_RETURNED_PREFIXES = (b"x-ratelimit", b"ratelimit", b"proxy-")
"""A backend's own limits are between it and us: the client is told of the gateway's."""

NOT_NOMINATED = frozenset({b"content-length", b"content-type", b"cache-control", b"set-cookie", b"vary"})
"""What a `Connection` field of a backend cannot take away: framing (CVE-2026-6338) and what protects the answer."""

PSEUDONYM = b"pixelgate"
_VIA = {version: (b"via", b"%b %b" % (version.encode(), PSEUDONYM)) for version in ("1.0", "1.1")}
_NOT_RETURNED = HOP_BY_HOP | {b"x-request-id"}
_PRIVATE = (b"cache-control", b"private, no-store")
_CHUNKED = (b"transfer-encoding", b"chunked")


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Who stands at the other end of the connection. `trusted`: a proxy whose own X-Forwarded-* are kept and added to.

    For an untrusted one `peer` is all that is told; it is then the client.
    """

    peer: str
    trusted: bool = False


class RequestFieldRules:
    """What a backend gets of a request's fields. Precomputed for one API and upstream; holds no state.

    `host` is the upstream's authority, `strip` every further field that must not be forwarded: credentials, the tenant
    header, reserved names of the settings.
    """

    __slots__ = ("_drop", "_host", "_plain")

    def __init__(self, *, host: bytes, strip: Collection[bytes]) -> None:
        ours = {b"host", b"content-length", b"expect"}
        self._drop = HOP_BY_HOP | IDENTITY | OVERRIDES | ours | frozenset(strip)
        self._plain = PLAIN_REQUEST_FIELDS - self._drop
        self._host = (b"host", host)

    def apply(self, request: Request, identity: Fields, forwarded: Forwarded | None = None) -> Fields:
        """The final fields: Host, what of the client's may pass, framing, Via, who asked, and `identity` last.

        `identity` is what the gateway vouches for: the names of `IDENTITY` (x-request-id among them) and the tenant's
        header. `forwarded` None: an untrusted peer, the request's `client`.
        """
        kept = [self._host]
        theirs: dict[bytes, bytes] = {}
        nominated = b""
        drop, plain = self._drop, self._plain
        for field in request.fields:
            name, value = field
            if name in plain:
                kept.append(field)
            elif name == b"connection":
                nominated += b"," + value
            elif name in drop or b"_" in name or name.startswith(b"proxy-"):
                continue
            elif name.startswith(FORWARDED_PREFIXES):
                theirs[name] = b"%b, %b" % (theirs[name], value) if name in theirs else value
            else:
                kept.append(field)
        if nominated:
            kept[1:] = _without(kept[1:], nominated)
        kept += _framing(request)
        kept.append(_VIA.get(request.http_version, _VIA["1.1"]))
        kept += _forwarded(request, forwarded or Forwarded(request.client), theirs)
        kept += identity
        return tuple(kept)


def request_fields(
    request: Request, *, host: bytes, identity: Fields, strip: frozenset[bytes], forwarded: Forwarded | None = None
) -> Fields:
    """`RequestFieldRules` for a single request, where nothing is worth precomputing."""
    return RequestFieldRules(host=host, strip=strip).apply(request, identity, forwarded)


class ResponseFieldRules:
    """What a client gets of an answer's fields. Precomputed for one API; holds no state.

    `vary` are the request fields that the answer depends on: the credential's and the tenant's.
    """

    __slots__ = ("_vary",)

    def __init__(self, *, vary: Iterable[bytes]) -> None:
        names = b", ".join(vary)
        self._vary: Fields = ((b"vary", names),) if names else ()

    def apply(self, fields: Fields, own: Fields) -> Fields:
        """The fields of an answer, `own` ones last: what the gateway says of limits and the request's id.

        Set-Cookie fields stay apart. Content-Length is kept: whether it may be sent is the transport's to judge.
        """
        kept = []
        nominated = b""
        has_cache_control = False
        vary = self._vary
        for field in fields:
            name, value = field
            if name == b"connection":
                nominated += b"," + value
            elif name in _NOT_RETURNED or name.startswith(NOT_RETURNED_PREFIXES):
                continue
            else:
                kept.append(field)
                if name == b"cache-control":
                    has_cache_control = True
                elif name == b"vary" and b"*" in value:
                    vary = ()
        if nominated:
            kept = _without(kept, nominated, NOT_NOMINATED)
        if not has_cache_control:
            kept.append(_PRIVATE)
        return (*kept, *vary, _VIA["1.1"], *own)


def _without(fields: list[Field], nominated: bytes, protected: frozenset[bytes] = frozenset()) -> list[Field]:
    """The fields but those that a `Connection` field lists (RFC 9110 section 7.6.1)."""
    names = {name.strip(b" \t").lower() for name in nominated.split(b",")} - protected
    return [field for field in fields if field[0] not in names]


def _framing(request: Request) -> Fields:
    """What the transport found the framing to be, whatever the client's fields say."""
    if request.chunked:
        return (_CHUNKED,)
    if request.content_length is not None:
        return ((b"content-length", b"%d" % request.content_length),)
    return ()


def _forwarded(request: Request, forwarded: Forwarded, theirs: dict[bytes, bytes]) -> Fields:
    """Who asked for what: overwritten, or for a trusted peer added to what it said."""
    peer, proto = forwarded.peer.encode("latin-1", "replace"), request.scheme.encode("ascii")
    host = next(iter(request.values(b"host")), b"")
    said = theirs if forwarded.trusted else {}
    fields = [
        (b"x-forwarded-for", _joined(said.get(b"x-forwarded-for"), peer)),
        (b"x-forwarded-proto", said.get(b"x-forwarded-proto", proto)),
        (b"x-forwarded-host", said.get(b"x-forwarded-host", host)),
        (b"x-real-ip", said.get(b"x-real-ip", peer)),
        (b"forwarded", _joined(said.get(b"forwarded"), _forwarded_element(peer, proto, host))),
    ]
    others = [field for field in said.items() if field[0] not in FORWARDED]
    return (*(field for field in fields if field[1]), *others)


def _forwarded_element(peer: bytes, proto: bytes, host: bytes) -> bytes:
    """RFC 7239 section 4: an IPv6 address in brackets, and quoted, as a host is that may have a port."""
    node = b'"[%b]"' % peer if b":" in peer else peer or b"unknown"
    if not host or b'"' in host or b"\\" in host:
        return b"for=%b;proto=%b" % (node, proto)
    return b'for=%b;host="%b";proto=%b' % (node, host, proto)


def _joined(said: bytes | None, ours: bytes) -> bytes:
    return b"%b, %b" % (said, ours) if said else ours
