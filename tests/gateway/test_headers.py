"""Which fields cross: every rule by name, both ways."""

from __future__ import annotations

import pytest

from gateway.headers import (
    FORWARDED,
    HOP_BY_HOP,
    IDENTITY,
    OVERRIDES,
    Forwarded,
    RequestFieldRules,
    ResponseFieldRules,
    request_fields,
)
from gateway.message import Fields, Request

RULES = RequestFieldRules(host=b"backend:9101", strip={b"x-api-key", b"authorization", b"x-pixel-id"})
OURS = (
    (b"x-key-id", b"k1"),
    (b"x-tenant-id", b"p1"),
    (b"x-scopes", b"analytics:read"),
    (b"x-request-id", b"r1"),
    (b"x-pixel-id", b"p1"),
)


def request(*fields: tuple[bytes, bytes], **others: object) -> Request:
    given: dict[str, object] = {
        "method": "GET", "target": b"/a?b", "path": b"/a", "fields": ((b"host", b"api.example"), *fields),
        "client": "203.0.113.7", "request_id": "r1",
    }  # fmt: skip
    return Request(**{**given, **others})  # type: ignore[arg-type]


def forwarded_to_backend(*fields: tuple[bytes, bytes], **others: object) -> Fields:
    return RULES.apply(request(*fields, **others), OURS)


def values(fields: Fields, name: bytes) -> list[bytes]:
    return [value for field, value in fields if field == name]


def names(fields: Fields) -> set[bytes]:
    return {name for name, _ in fields}


def test_a_whole_request_field_by_field():
    assert forwarded_to_backend(
        (b"user-agent", b"curl"), (b"x-api-key", b"secret"), (b"x-custom", b"1"), (b"x-custom", b"2")
    ) == (
        (b"host", b"backend:9101"),
        (b"user-agent", b"curl"),
        (b"x-custom", b"1"),
        (b"x-custom", b"2"),
        (b"via", b"1.1 pixelgate"),
        (b"x-forwarded-for", b"203.0.113.7"),
        (b"x-forwarded-proto", b"http"),
        (b"x-forwarded-host", b"api.example"),
        (b"x-real-ip", b"203.0.113.7"),
        (b"forwarded", b'for=203.0.113.7;host="api.example";proto=http'),
        *OURS,
    )


@pytest.mark.parametrize(
    "name",
    [
        *sorted(HOP_BY_HOP - {b"transfer-encoding"}), *sorted(OVERRIDES), b"proxy-authorization", b"proxy-connection",
        b"proxy-anything", b"expect", b"x-api-key", b"authorization", b"x_key_id", b"x_pixel_id", b"a_b",
        b"x-forwarded-port", b"x-forwarded-prefix", b"x-forwarded_for", b"transfer-encoding", b"content-length",
    ],
)  # fmt: skip
def test_a_client_cannot_send(name):
    assert name not in names(forwarded_to_backend((name, b"evil")))


@pytest.mark.parametrize("name", [*sorted(IDENTITY), *sorted(FORWARDED), b"x-pixel-id", b"host"])
def test_a_client_cannot_set(name):
    assert b"evil" not in b" ".join(values(forwarded_to_backend((name, b"evil")), name))


def test_identity_that_the_gateway_does_not_state_is_not_the_clients():
    assert b"x-resources" not in names(forwarded_to_backend((b"x-resources", b"all")))


@pytest.mark.parametrize(
    "name", [b"accept", b"content-type", b"content-encoding", b"cookie", b"range", b"x-own", b"via"]
)
def test_what_is_end_to_end_passes(name):
    assert (name, b"as it was") in forwarded_to_backend((name, b"as it was"))


def test_what_connection_lists_goes_with_it_in_any_order_and_case():
    fields = forwarded_to_backend(
        (b"x-before", b"1"), (b"connection", b"keep-alive, X-Before ,x-after"), (b"connection", b"accept"),
        (b"x-after", b"2"), (b"accept", b"*/*"), (b"x-stays", b"3"),
    )  # fmt: skip
    assert names(fields) & {b"x-before", b"x-after", b"accept", b"x-stays"} == {b"x-stays"}


def test_connection_takes_away_nothing_of_ours():
    listed = b", ".join(
        [b"host", b"content-length", b"via", *IDENTITY, *FORWARDED, b"x-pixel-id", b"transfer-encoding"]
    )
    fields = forwarded_to_backend((b"connection", listed), content_length=3)
    assert names(fields) == names(forwarded_to_backend(content_length=3))
    assert (b"content-length", b"3") in fields


@pytest.mark.parametrize(
    ("framing", "expected"),
    [
        ({}, []),
        ({"content_length": 0}, [(b"content-length", b"0")]),
        ({"content_length": 12}, [(b"content-length", b"12")]),
        ({"chunked": True}, [(b"transfer-encoding", b"chunked")]),
    ],
)
def test_framing_is_the_transports_and_not_the_clients(framing, expected):
    fields = forwarded_to_backend((b"content-length", b"99"), (b"transfer-encoding", b"gzip"), **framing)
    assert [field for field in fields if field[0] in (b"content-length", b"transfer-encoding")] == expected


@pytest.mark.parametrize(("version", "via"), [("1.1", b"1.1 pixelgate"), ("1.0", b"1.0 pixelgate")])
def test_via_is_added_to_those_before(version, via):
    fields = forwarded_to_backend((b"via", b"1.1 proxy"), http_version=version)
    assert values(fields, b"via") == [b"1.1 proxy", via]


def test_a_trusted_proxys_words_are_kept_and_added_to():
    said = request(
        (b"x-forwarded-for", b"198.51.100.1"), (b"x-forwarded-for", b"198.51.100.2"), (b"x-forwarded-proto", b"https"),
        (b"x-forwarded-host", b"shop.example"), (b"x-real-ip", b"198.51.100.1"), (b"x-forwarded-port", b"443"),
        (b"forwarded", b"for=198.51.100.1"), (b"x-forwarded-a_b", b"no"),
    )  # fmt: skip
    fields = dict(RULES.apply(said, OURS, Forwarded("10.0.0.9", trusted=True)))
    assert {name: value for name, value in fields.items() if name.startswith((b"x-f", b"x-real", b"forw"))} == {
        b"x-forwarded-for": b"198.51.100.1, 198.51.100.2, 10.0.0.9",
        b"x-forwarded-proto": b"https",
        b"x-forwarded-host": b"shop.example",
        b"x-forwarded-port": b"443",
        b"x-real-ip": b"198.51.100.1",
        b"forwarded": b'for=198.51.100.1, for=10.0.0.9;host="api.example";proto=http',
    }


@pytest.mark.parametrize(
    ("client", "host", "element"),
    [
        ("2001:db8::1", b"[::1]:80", b'for="[2001:db8::1]";host="[::1]:80";proto=https'),
        ("", b"h", b'for=unknown;host="h";proto=https'),
        ("192.0.2.1", b'h";for=evil', b"for=192.0.2.1;proto=https"),
        ("192.0.2.1", b"", b"for=192.0.2.1;proto=https"),
    ],
)
def test_forwarded_is_quoted_as_rfc_7239_has_it(client, host, element):
    asked = request(client=client, scheme="https", fields=((b"host", host),))
    assert values(RULES.apply(asked, ()), b"forwarded") == [element]


def test_the_function_gives_what_the_rules_give():
    asked = request((b"accept", b"*/*"), (b"x-api-key", b"secret"))
    by_function = request_fields(asked, host=b"h", identity=OURS, strip=frozenset({b"x-api-key"}))
    assert by_function == RequestFieldRules(host=b"h", strip={b"x-api-key"}).apply(asked, OURS)


ANSWER_RULES = ResponseFieldRules(vary=(b"x-api-key", b"x-pixel-id"))
LIMITS = ((b"x-ratelimit-limit", b"100"), (b"x-request-id", b"r1"))


def returned(*fields: tuple[bytes, bytes]) -> Fields:
    return ANSWER_RULES.apply(fields, LIMITS)


def test_a_whole_answer_field_by_field():
    assert returned((b"content-type", b"text/plain"), (b"content-length", b"2")) == (
        (b"content-type", b"text/plain"),
        (b"content-length", b"2"),
        (b"cache-control", b"private, no-store"),
        (b"vary", b"x-api-key, x-pixel-id"),
        (b"via", b"1.1 pixelgate"),
        *LIMITS,
    )


@pytest.mark.parametrize(
    "name",
    [
        *sorted(HOP_BY_HOP), b"proxy-authenticate", b"proxy-connection", b"x-ratelimit-limit", b"x-ratelimit-policy",
        b"x-ratelimit", b"ratelimit", b"ratelimit-policy", b"ratelimit-remaining", b"x-request-id",
    ],
)  # fmt: skip
def test_a_backend_cannot_say(name):
    assert (name, b"theirs") not in returned((name, b"theirs"))


def test_what_a_backends_connection_lists_goes_but_for_what_protects_the_answer():
    fields = returned(
        (b"connection", b"close, x-internal, Content-Length, cache-control, vary, set-cookie"), (b"x-internal", b"1"),
        (b"content-length", b"2"), (b"cache-control", b"no-cache"), (b"vary", b"accept"), (b"set-cookie", b"a=b"),
    )  # fmt: skip
    assert b"x-internal" not in names(fields)
    assert {b"content-length", b"cache-control", b"set-cookie", b"vary"} < names(fields)


def test_cookies_stay_apart_and_in_order():
    cookies = ((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2; Expires=Thu, 01 Jan 1970 00:00:00 GMT"))
    assert values(returned(*cookies), b"set-cookie") == [value for _, value in cookies]


def test_the_backends_word_on_caching_stands():
    assert values(returned((b"cache-control", b"public, max-age=60")), b"cache-control") == [b"public, max-age=60"]


def test_vary_is_extended_and_a_star_needs_nothing_more():
    assert values(returned((b"vary", b"accept")), b"vary") == [b"accept", b"x-api-key, x-pixel-id"]
    assert values(returned((b"vary", b"*")), b"vary") == [b"*"]
    assert values(ResponseFieldRules(vary=()).apply((), ()), b"vary") == []
