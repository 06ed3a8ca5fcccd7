"""Refusals as bytes: messages, codes, ids, and what must not differ."""

import json

import pytest

from gateway.answers import render_refusal
from gateway.apis import Api
from gateway.problems import PROBLEMS, FieldError, Reason, Refused
from tests.gateway.builders import DASHTRACK, UPSTACK

WORDS = {"tenant_header": "x-pixel-id", "scope": "dashboards:read", "member": "pixelId"}


def document(refused: Refused, api: Api | None = UPSTACK, request_id: str = "r-1") -> dict:
    return json.loads(render_refusal(refused, api, request_id, ()).body)


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_renders_with_a_message_its_status_and_the_request_id_in_the_header(reason: Reason) -> None:
    answer = render_refusal(Refused(reason, words=WORDS), UPSTACK, "r-1", ((b"x-ratelimit-limit", b"5"),))
    fields = dict(answer.fields)
    assert answer.status == PROBLEMS[reason].status
    assert fields[b"x-request-id"] == b"r-1"
    assert fields[b"x-ratelimit-limit"] == b"5"
    assert fields[b"content-length"] == str(len(answer.body)).encode()
    assert "{" not in json.loads(answer.body)["message"]
    assert (b"www-authenticate" in fields) == (answer.status == 401)


def test_missing_wrong_revoked_and_expired_keys_answer_the_same_bytes() -> None:
    reasons = [reason for reason in Reason if PROBLEMS[reason].code == "unauthorized"]
    assert len(reasons) == 8
    assert len({render_refusal(Refused(reason), UPSTACK, f"r-{reason}", ()).body for reason in reasons}) == 1


def test_only_rows_that_hide_leave_the_request_id_out_of_the_body() -> None:
    for reason, problem in PROBLEMS.items():
        assert ("request_id" in document(Refused(reason, words=WORDS))) != problem.hides


def test_errors_are_one_entry_a_field() -> None:
    refused = Refused(Reason.BODY_INVALID, errors=[FieldError("pixelId", "must be a string")])
    assert document(refused)["errors"] == [{"field": "pixelId", "message": "must be a string"}]


def test_an_api_may_say_it_in_its_own_words() -> None:
    api = Api("x", UPSTACK.credential, None, 404, texts={Reason.INSUFFICIENT_SCOPE: "You need {scope}"})
    assert document(Refused(Reason.INSUFFICIENT_SCOPE, words=WORDS), api)["message"] == "You need dashboards:read"
    assert document(Refused(Reason.RATE_LIMITED), api)["message"] == PROBLEMS[Reason.RATE_LIMITED].message


@pytest.mark.parametrize(
    ("api", "challenge", "vary"),
    [(UPSTACK, b'ApiKey realm="upstack"', b"x-api-key, x-pixel-id"), (DASHTRACK, b'Bearer realm="dashtrack"', b"authorization")],
)  # fmt: skip
def test_the_challenge_and_what_the_answer_varies_by(api: Api, challenge: bytes, vary: bytes) -> None:
    fields = dict(render_refusal(Refused(Reason.KEY_UNKNOWN), api, "r", ()).fields)
    assert fields[b"www-authenticate"] == challenge
    assert fields[b"vary"] == vary
    assert fields[b"cache-control"] == b"private, no-store"


def test_outside_every_api_there_is_nothing_to_vary_by() -> None:
    assert not {b"vary", b"www-authenticate"} & {name for name, _ in render_refusal(Refused(Reason.ROUTE_UNKNOWN), None, "r", ()).fields}  # fmt: skip
