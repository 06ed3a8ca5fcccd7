"""Whose id a request has: the client's, if nothing in it could do harm to a log or a header."""

from __future__ import annotations

import re

import pytest

from gateway.request_id import new_request_id, request_id_of


@pytest.mark.parametrize("value", [b"a", b"job-7.retry_2", b"x" * 64])
def test_a_well_formed_id_is_kept(value: bytes):
    assert request_id_of(((b"accept", b"*/*"), (b"x-request-id", value))).encode() == value


@pytest.mark.parametrize("values", [[], [b""], [b"x" * 65], [b"a b"], [b"a\x1b[0m"], [b"a\n"], [b"\xe9"], [b"a", b"a"]])
def test_any_other_is_replaced_by_a_new_one(values: list[bytes]):
    made = request_id_of(tuple((b"x-request-id", value) for value in values))
    assert re.fullmatch("[0-9a-f]{32}", made)


@pytest.mark.parametrize("value", [b"acme_" + b"k" * 40, b"job-acme_" + b"k" * 40])
def test_one_that_holds_a_key_is_replaced_too(value: bytes):
    assert request_id_of(((b"x-request-id", value),)).encode() != value


def test_new_ids_differ():
    assert len({new_request_id() for _ in range(1000)}) == 1000
