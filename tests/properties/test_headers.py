"""Field rules against any fields, and against a naive model that reads like SECURITY.md and knows no shortcut."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from gateway.headers import FORWARDED, HOP_BY_HOP, IDENTITY, OVERRIDES, RequestFieldRules, ResponseFieldRules
from gateway.message import Fields, Request

STRIP = frozenset({b"x-api-key", b"authorization", b"x-pixel-id"})
DANGEROUS = [
    *HOP_BY_HOP, *IDENTITY, *OVERRIDES, *FORWARDED, *STRIP, b"host", b"content-length", b"expect", b"proxy-x", b"x_key_id",
    b"x-forwarded-port", b"connection", b"connection",
]  # fmt: skip
HARMLESS = [b"accept", b"cookie", b"via", b"user-agent", b"x-custom", b"content-type", b"set-cookie", b"vary"]

token = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.!", min_size=1, max_size=12).map(str.encode)
field_name = st.sampled_from(DANGEROUS) | st.sampled_from(HARMLESS) | token
listed = st.lists(st.sampled_from([*DANGEROUS, *HARMLESS]) | token, max_size=4).map(b" , ".join)
field_value = st.just(b"from the client") | listed
any_fields = st.lists(st.tuples(field_name, field_value), max_size=25).map(tuple)
OURS = tuple((name, b"ours") for name in [*sorted(IDENTITY), b"x-pixel-id"])


def nominated(fields: Fields) -> set[bytes]:
    values = [value for name, value in fields if name == b"connection"]
    return {name.strip().lower() for value in values for name in value.split(b",")}


def model(fields: Fields) -> list[tuple[bytes, bytes]]:
    """What of a client's fields a backend may get."""
    forbidden = HOP_BY_HOP | IDENTITY | OVERRIDES | FORWARDED | STRIP | {b"host", b"content-length", b"expect"}
    forbidden |= nominated(fields)
    prefixes = (b"proxy-", b"x-forwarded-", b"forwarded", b"x-real-ip")
    return [
        (name, value)
        for name, value in fields
        if name not in forbidden and b"_" not in name and not name.startswith(prefixes)
    ]


@given(any_fields)
@example(((b"x-a", b"from the client"), (b"connection", b"x-a"), (b"connection", b"host, x-key-id")))
def test_a_backend_gets_what_the_model_lets_through_and_ours(fields):
    rules = RequestFieldRules(host=b"backend", strip=STRIP)
    asked = Request("GET", b"/", b"/", fields, "192.0.2.1", "r1", content_length=5)
    result = rules.apply(asked, OURS)
    ours = {b"host", b"content-length", b"via", *FORWARDED}
    assert result[0] == (b"host", b"backend")
    assert [field for field in result if field[0] == b"content-length"] == [(b"content-length", b"5")]
    assert result[-len(OURS) :] == OURS
    theirs = [field for field in result[: -len(OURS)] if field[0] not in ours or field == (b"via", b"from the client")]
    assert [field for field in theirs if field[0] != b"via"] == [field for field in model(fields) if field[0] != b"via"]
    assert [value for name, value in result if name in IDENTITY | {b"x-pixel-id"}] == [b"ours"] * len(OURS)


@given(any_fields)
def test_forwarding_what_was_forwarded_adds_no_identity(fields):
    """What a backend gets, sent to us as a request: reserved names are dropped wherever they come from."""
    rules = RequestFieldRules(host=b"backend", strip=STRIP)
    once = rules.apply(Request("GET", b"/", b"/", fields, "192.0.2.1", "r1"), OURS)
    twice = rules.apply(Request("GET", b"/", b"/", once, "192.0.2.1", "r1"), ())
    assert not {name for name, _ in twice} & (IDENTITY | STRIP)


@given(any_fields)
def test_an_answer_keeps_the_backends_end_to_end_fields_in_order(fields):
    own = ((b"x-ratelimit-remaining", b"9"), (b"x-request-id", b"r1"))
    result = ResponseFieldRules(vary=(b"x-api-key",)).apply(fields, own)
    protected = {b"content-length", b"content-type", b"cache-control", b"set-cookie", b"vary"}
    gone = HOP_BY_HOP | {b"x-request-id"} | (nominated(fields) - protected)
    prefixes = (b"proxy-", b"ratelimit", b"x-ratelimit")
    expected = [(n, v) for n, v in fields if n not in gone and not n.startswith(prefixes)]
    assert list(result[: len(expected)]) == expected
    assert result[-len(own) :] == own
    added = [name for name, _ in result[len(expected) : -len(own)]]
    assert added[-1] == b"via"
    assert set(added) <= {b"cache-control", b"vary", b"via"}
    assert b"cache-control" in {name for name, _ in result}
