"""A short body is read whole before a backend's connection is taken; a long one streams, nothing lost or reordered."""

from __future__ import annotations

import pytest

from gateway.read_ahead import READ_AHEAD_BYTES, read_ahead


async def pieces(*parts: bytes):
    for part in parts:
        yield part


@pytest.mark.parametrize("parts", [(), (b"",), (b"a", b"", b"bc"), (b"x" * (READ_AHEAD_BYTES - 1),)])
async def test_a_short_body_is_whole(parts):
    assert await read_ahead(pieces(*parts)) == b"".join(parts)


async def test_a_long_body_streams_from_its_beginning():
    asked = []

    async def source():
        for number in range(4):
            asked.append(number)
            yield bytes([number]) * (READ_AHEAD_BYTES // 2)

    body = await read_ahead(source())
    assert asked == [0, 1]
    assert not isinstance(body, bytes)
    assert b"".join([piece async for piece in body]) == b"".join(
        bytes([number]) * (READ_AHEAD_BYTES // 2) for number in range(4)
    )
