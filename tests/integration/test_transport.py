"""What is refused before it is a request (framing, sizes, targets, versions): JSON, with an id and the limit's headers."""

from __future__ import annotations

import json
import re

import pytest

from tests.integration.asking import LIMIT_FIELDS, MEASURES
from tests.integration.raw import exchange

GET = f"GET {MEASURES} HTTP/1.1\r\n"
HOST = "Host: a\r\n"

# name: the bytes, the status, the code
REFUSED = {
    "no host": (GET + "\r\n", 400, "host_invalid"),
    "two hosts": (GET + HOST + "Host: b\r\n\r\n", 400, "host_invalid"),
    "two lengths": (GET + HOST + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400, "ambiguous_framing"),
    "length and chunked": (
        GET + HOST + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
        "ambiguous_framing",
    ),
    "signed length": (GET + HOST + "Content-Length: +1\r\n\r\nx", 400, "ambiguous_framing"),
    "another coding": (GET + HOST + "Transfer-Encoding: gzip\r\n\r\n", 501, "transfer_encoding_unsupported"),
    "version": (f"GET {MEASURES} HTTP/3.0\r\n{HOST}\r\n", 505, "version_unsupported"),
    "target": (f"GET /{'a' * 9000} HTTP/1.1\r\n{HOST}\r\n", 414, "target_too_long"),
    "header": (GET + HOST + f"X-Long: {'a' * 20_000}\r\n\r\n", 431, "headers_too_large"),
    "fields": (GET + HOST + "".join(f"X-{number}: 1\r\n" for number in range(120)) + "\r\n", 431, "headers_too_large"),
    "expectation": (GET + HOST + "Expect: tea\r\n\r\n", 417, "expectation_unsupported"),
    "field name": (GET + HOST + "X Y: 1\r\n\r\n", 400, "malformed_request"),
    "folded": (GET + HOST + "X: 1\r\n 2\r\n\r\n", 400, "malformed_request"),
    "absolute target": ("GET http://elsewhere/ HTTP/1.1\r\nHost: elsewhere\r\n\r\n", 400, "target_invalid"),
    "asterisk": (f"GET * HTTP/1.1\r\n{HOST}\r\n", 400, "target_invalid"),
    "no HTTP": ("\x16\x03\x01\x02\x00\x01\r\n\r\n", 400, "malformed_request"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_of_the_transport_is_a_whole_answer(demo, name):
    text, status, code = REFUSED[name]
    answer = exchange(demo.base_url, text)
    document = json.loads(answer.body)
    assert (answer.status, document["code"]) == (status, code)
    assert document["message"]
    assert answer.headers["connection"] == "close"
    assert answer.headers["x-request-id"] == document["request_id"]
    assert all(re.fullmatch("[0-9]+", answer.headers[name]) for name in LIMIT_FIELDS)
    assert '"anonymous"' in answer.headers["ratelimit-policy"]
    assert '"anonymous"' in answer.headers["ratelimit"]


def test_the_status_listener_refuses_the_same_and_counts_nothing(demo):
    answer = exchange(demo.admin_url, GET + HOST + "Host: b\r\n\r\n")
    assert answer.status == 400
    assert "x-ratelimit-limit" not in answer.headers
