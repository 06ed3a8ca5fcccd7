"""Bodies bound to the tenant: read strictly, so that no backend's parser can see another tenant than ours did."""

from collections.abc import AsyncIterator

import pytest

from gateway.message import Request
from gateway.problems import Reason, Refused
from gateway.read_ahead import READ_AHEAD_BYTES
from gateway.routes import BodyRule
from gateway.validate import bounded, read_bound_body, require_size, validate_body
from tests.gateway.builders import request

RULE = BodyRule(1000, (("pixelId",), ("view", "pixelId")))
JSON = ((b"content-type", b"application/json"),)


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def posted(body: bytes, fields: tuple = JSON) -> Request:
    return request("POST", b"/q", fields, length=len(body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"pixelId": "p1"}',
        b'{"pixelId":"p1","view":{"pixelId":"p1"}}',
        b'{"view": {"name": "x"}}',
        b'{"view": "text"}',
        b'{"view": null}',
        b'{"measures": [1, 2.5, -3e2]}',
        b"{}",
        b"",
        '{"pixelId": "p1", "name": "café"}'.encode(),
        b'{"pixelId": "\\u0070\\u0031"}',
    ],
)
async def test_a_body_of_the_tenant_passes_byte_for_byte(body: bytes) -> None:
    halves = body[: len(body) // 2], body[len(body) // 2 :]
    assert await read_bound_body(posted(body), pieces(*halves), RULE, "p1") == body


@pytest.mark.parametrize(
    ("body", "member"),
    [
        (b'{"pixelId": "p2"}', "pixelId"),
        (b'{"pixelId": ""}', "pixelId"),
        (b'{"pixelId": "P1"}', "pixelId"),
        (b'{"pixelId": "p1", "view": {"pixelId": "p2"}}', "view.pixelId"),
    ],
)
async def test_another_tenant_in_the_body_is_403(body: bytes, member: str) -> None:
    with pytest.raises(Refused) as refused:
        await read_bound_body(posted(body), pieces(body), RULE, "p1")
    assert (refused.value.reason, refused.value.words) == (Reason.BODY_TENANT_MISMATCH, {"member": member})


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"p1"',
        b"nothing",
        b'{"pixelId": "p1", "pixelId": "p2"}',
        b'{"pixelId": "p1", "\\u0070ixelId": "p2"}',
        b'{"a": {"x": 1, "x": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b'{"pixelId": 7}',
        b'{"pixelId": null}',
        b'{"pixelId": ["p1"]}',
        b"[" * 900,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
async def test_a_body_with_more_than_one_reading_is_400_and_says_where(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        await read_bound_body(posted(body), pieces(body), RULE, "p1")
    assert refused.value.reason is Reason.BODY_INVALID
    assert refused.value.errors


@pytest.mark.parametrize(
    "fields",
    [
        (),
        ((b"content-type", b"text/plain"),),
        ((b"content-type", b"application/x-www-form-urlencoded"),),
        ((b"content-type", b"application/json; charset=utf-16"),),
        ((b"content-type", b"application/json"), (b"content-type", b"application/json")),
        ((b"content-type", b"application/json"), (b"content-encoding", b"gzip")),
    ],
)
async def test_what_cannot_be_read_as_plain_json_is_415(fields: tuple) -> None:
    with pytest.raises(Refused) as refused:
        await read_bound_body(posted(b"{}", fields), pieces(b"{}"), RULE, "p1")
    assert refused.value.reason is Reason.MEDIA_TYPE_UNSUPPORTED


@pytest.mark.parametrize(
    "value", [b"application/json", b"Application/JSON", b"application/json; charset=utf-8", b'application/json;charset="UTF-8"', b"application/vnd.api+json"]
)  # fmt: skip
async def test_every_way_to_say_json_is_json(value: bytes) -> None:
    assert await read_bound_body(posted(b"{}", ((b"content-type", value),)), pieces(b"{}"), RULE, "p1") == b"{}"


async def test_a_stream_over_its_limit_is_cut() -> None:
    stream = bounded(pieces(b"x" * 6, b"x" * 4, b"x"), 10)
    assert [await anext(stream), await anext(stream)] == [b"x" * 6, b"x" * 4]
    with pytest.raises(Refused) as refused:
        await anext(stream)
    assert refused.value.reason is Reason.BODY_TOO_LARGE


def test_a_declared_length_over_the_limit_is_refused_before_reading() -> None:
    require_size(request(length=1000), RULE)
    with pytest.raises(Refused) as refused:
        require_size(request(length=1001), RULE)
    assert refused.value.problem.status == 413


class Sender:
    """The part of an exchange that a body comes from; says whether it was asked for."""

    def __init__(self, *parts: bytes) -> None:
        self.parts = parts
        self.asked = False

    def body(self) -> AsyncIterator[bytes]:
        self.asked = True
        return pieces(*self.parts)


async def test_a_request_without_a_body_has_none_to_forward() -> None:
    assert await validate_body(request(), Sender(b"never"), RULE, "p1") is None


async def test_a_long_body_of_which_nothing_is_bound_is_streamed_and_still_bounded() -> None:
    begun = b"x" * READ_AHEAD_BYTES
    body = await validate_body(posted(begun), Sender(begun, b"xx", b"x" * 7), BodyRule(len(begun) + 5), "p1")
    assert [await anext(body), await anext(body)] == [begun, b"xx"]
    with pytest.raises(Refused):
        await anext(body)


async def test_a_short_body_is_read_whole_and_bounded() -> None:
    assert await validate_body(posted(b"x" * 4), Sender(b"xx", b"xx"), BodyRule(10), "p1") == b"xxxx"
    with pytest.raises(Refused):
        await validate_body(posted(b"x" * 4), Sender(b"xx", b"x" * 9), BodyRule(10), "p1")


async def test_a_bound_body_is_read_whole_before_anything_is_forwarded() -> None:
    whole = b'{"pixelId": "p1"}'
    assert await validate_body(posted(whole), Sender(whole[:5], whole[5:]), RULE, "p1") == whole


async def test_a_body_that_says_it_is_too_long_is_not_asked_for() -> None:
    sender = Sender(b"x")
    with pytest.raises(Refused):
        await validate_body(posted(b"x" * 1001), sender, RULE, "p1")
    assert not sender.asked
