"""S3, S4: a request acts for its key's own tenant, and reaches its own resources; anything else looks missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.hostile.rows.row import KEY, ONE, PIXEL, Row, get, sized

if TYPE_CHECKING:
    from collections.abc import Iterator

P = b"x-pixel-id: "
NOT_MINE = (
    b"", b"pixel-b", b"pixel-unheard-of", b"PIXEL-A", b"Pixel-a", b"pixel-A", b"pixel-a,pixel-b", b"pixel-a, pixel-a",
    b"pixel-a;", b"pixel-a ,", b"pixel", b"pixel-aa", b"pixel-a\xc2\xa0", b"\xef\xbb\xbfpixel-a", b"pixel\xe2\x80\x91a",
    b"pi\xcc\x88xel-a", b"*", b"null", b"pixel-a%00", b"%70ixel-a", b'"pixel-a"', b"pixel-a/../pixel-b", b"0",
    b"pixel-a' OR '1'='1", b"a" * 4000, b"pixel-\xd0\xb0", b"account-a",
)  # fmt: skip


def rows() -> Iterator[Row]:
    yield from _pixels()
    yield from _resources()


def _pixels() -> Iterator[Row]:
    yield Row("S3 no pixel", get(identity=(KEY,)), (401,), kept=True)
    yield Row("S3 two pixels", get(P + b"pixel-b"), (401,), kept=True)
    yield Row("S3 two pixels, the other first", get(identity=(KEY, P + b"pixel-b", PIXEL)), (401,), kept=True)
    yield Row("S3 the same pixel twice", get(PIXEL), (401,), kept=True)
    yield Row("S3 the pixel in an underscored name", get(b"x_pixel_id: pixel-a", identity=(KEY,)), (401,), kept=True)
    yield Row("S3 the pixel in the query", get(identity=(KEY,), target=b"/api/things?x-pixel-id=pixel-a"), (401,), True)
    for value in NOT_MINE:
        yield Row(f"S4 {value[:40]!r}", get(identity=(KEY, P + value)), (401,), kept=True)
    other = (b"x-api-key: {OTHER}", PIXEL)
    yield Row("S3 my pixel with another's key", get(identity=other), (401,), kept=True)
    for line in (b"x-tenant-id: evil", b"x-account-id: evil", b"X-Tenant-ID: evil"):
        yield Row(f"S4 {line!r} changes nothing", get(line), (200,), True, ONE)
    yield Row("S4 spaces around it are no part of it", get(identity=(KEY, P + b" \tpixel-a\t ")), (200,), True, ONE)


def _resources() -> Iterator[Row]:
    for name in (
        b"foreign",
        b"missing",
        b"mine-too",
        b"MINE",
        b"Mine",
        b"%6dine",
        b"mine%20",
        b"min%65x",
        b"0",
        b"null",
    ):
        for method in (b"GET", b"DELETE"):
            raw = get(target=b"/api/things/" + name, method=method)
            yield Row(f"S3 {method.decode()} {name.decode()}", raw, (404,), kept=True)
        raw = sized(b"{}", target=b"/api/things/" + name, method=b"PATCH")
        yield Row(f"S3 PATCH {name.decode()}", raw, (404,), kept=True)
    bearer = (b"Authorization: Bearer {BEARER}",)
    for name, status in ((b"foreign-too", 403), (b"mine", 403), (b"missing", 404)):
        raw = get(target=b"/v1/items/" + name, identity=bearer)
        yield Row(f"S3 bearer: {name.decode()}", raw, (status,), kept=True)
    raw = get(b"x-account-id: account-b", b"x-tenant-id: account-b", target=b"/v1/items/foreign-too", identity=bearer)
    yield Row("S3 bearer: another's, with a spoofed account", raw, (403,), kept=True)
    own = get(target=b"/v1/items/mine-too", identity=bearer)
    yield Row("S3 bearer: my own", own, (200,), True, ONE)
    yield Row("S3 my own", get(target=b"/api/things/mine"), (200,), True, ONE)
    yield Row("S3 a missing one with a query", get(target=b"/api/things/missing?mine"), (404,), kept=True)
