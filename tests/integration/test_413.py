"""413, and 415: bodies that are too large, or of a kind that the gateway cannot read the pixel in."""

from __future__ import annotations

import json

import pytest

from deploy.demo.seed import CLIENT
from tests.integration.asking import CLIENTS, NEW_PRESET, PRESET, QUERY, QUESTION, VIEWS
from tests.integration.raw import exchange

MAX_BYTES = 1 << 20
"""What the sample services take; the gateway itself takes more."""

GATEWAY_MAX_BYTES = 10 * MAX_BYTES


def padded(size: int) -> bytes:
    """A good question of this many bytes."""
    text = json.dumps(QUESTION)
    return text.encode() + b" " * (size - len(text))


@pytest.mark.parametrize(("size", "status"), [(MAX_BYTES, 200), (MAX_BYTES + 1, 413)])
@pytest.mark.parametrize("chunked", [False, True])
def test_the_bound_is_exact(full, size, status, chunked):
    body = padded(size)
    content = iter([body[: size // 2], body[size // 2 :]]) if chunked else body
    response = full.post(QUERY, content=content, headers={"content-type": "application/json"})
    assert response.status_code == status


def test_the_gateways_own_bound(full):
    response = full.post(QUERY, content=iter([padded(1 << 20)] * 11), headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_a_declared_length_over_it_is_refused_before_the_body(demo):
    credentials = "".join(f"{name}: {value}\r\n" for name, value in demo.headers("upstack_full").items())
    answer = exchange(
        demo.base_url,
        f"POST {QUERY} HTTP/1.1\r\nHost: a\r\n{credentials}Content-Length: {GATEWAY_MAX_BYTES + 1}\r\n\r\n",
    )
    assert answer.status == 413
    assert answer.headers["x-ratelimit-limit"] == "10000"


def test_a_body_that_streams_to_its_backend_is_bounded_too(agency):
    path = f"{CLIENTS}/{CLIENT}/projects"
    for content in (b" " * (GATEWAY_MAX_BYTES + 1), iter([b" " * MAX_BYTES] * 11)):
        assert agency.post(path, content=content).status_code == 413


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("APPLICATION/JSON;charset=UTF-8", 200),
        ("application/vnd.upstack+json", 200),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonp", 415),
        ("", 415),
        (None, 415),
    ],
)
def test_content_types(full, content_type, status):
    headers = {} if content_type is None else {"content-type": content_type}
    assert full.post(QUERY, content=padded(500), headers=headers).status_code == status


@pytest.mark.parametrize(("coding", "status"), [("identity", 201), ("gzip", 415), ("br, identity", 415)])
def test_a_coded_body_is_not_read(full, coding, status):
    assert full.post(PRESET, json=NEW_PRESET, headers={"content-encoding": coding}).status_code == status


def test_a_copy_needs_no_body_and_so_no_type(full, view):
    assert full.post(f"{VIEWS}/{view['id']}/copy").status_code == 201
