"""F1 to F4 through a whole gateway: a backend that answers wrongly, in part, late or not at all."""

from __future__ import annotations

import json

import pytest

from tests.fakes.raw_backend import ANSWERED, BROKEN_OFF, INVALID, MISBEHAVIOURS, NO_ANSWER
from tests.hostile.backend import ANSWERS
from tests.hostile.deployed import deployed
from tests.hostile.rows.row import get, sized
from tests.hostile.vitals import eventually, pool
from tests.hostile.wire import Broken

TIMEOUT_S = 0.3


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    limits = {"FIRST_BYTE_TIMEOUT_S": TIMEOUT_S, "ANSWER_TIMEOUT_S": TIMEOUT_S}
    with deployed(tmp_path_factory.mktemp("backend"), **limits) as running:
        yield running
    running.require_unharmed()


def ask(gateway, query: str, method: bytes = b"GET"):
    """The answer, or None for one that was cut off; then two more requests must get their own answers."""
    gateway.backend.forget()
    target = b"/api/things?" + query.encode()
    raw = get(target=target) if method == b"GET" else sized(b"hello", target=target, method=method)
    with gateway.connect() as wire:
        wire.send(gateway.keys.fill(raw))
        try:
            answer = wire.answer()
        except Broken:
            answer = None
    require_own_answers(gateway)
    return answer


def require_own_answers(gateway) -> None:
    for number in range(2):
        target = b"/api/ping?own=%d" % number
        with gateway.connect() as wire:
            assert wire.ask(gateway.keys.fill(get(target=target))).body == target


def tries(gateway) -> int:
    """How often the misbehaving request reached the backend."""
    return sum(b"own=" not in seen.target for seen in gateway.backend.seen)


def require_problem(answer, status: int) -> None:
    assert answer is not None
    assert answer.status == status
    document = json.loads(answer.body)
    assert document["code"].startswith("upstream_")
    assert document["request_id"] == answer.value("x-request-id")
    assert b"127.0.0.1" not in answer.raw


@pytest.mark.parametrize("name", sorted(INVALID))
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_f1_an_invalid_answer_is_502(gateway, name, method):
    require_problem(ask(gateway, f"misbehave={name}", method), 502)
    assert tries(gateway) == 1


@pytest.mark.parametrize("name", sorted(NO_ANSWER))
@pytest.mark.parametrize("method", [b"GET", b"POST", b"PUT"])
def test_f1_f4_no_answer_is_502_or_504_and_nothing_unsafe_is_sent_twice(gateway, name, method):
    require_problem(ask(gateway, f"misbehave={name}", method), 504 if name == "silence" else 502)
    assert tries(gateway) in ((1, 2) if method == b"GET" else (1,))


@pytest.mark.parametrize("name", sorted(BROKEN_OFF))
def test_f2_a_broken_answer_is_never_shown_as_whole(gateway, name):
    assert ask(gateway, f"misbehave={name}") is None
    assert tries(gateway) == 1


@pytest.mark.parametrize("name", sorted(ANSWERED - {"early"}))
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_f3_an_answer_with_more_behind_it_is_nobody_elses(gateway, name, method):
    answer = ask(gateway, f"misbehave={name}", method)
    assert answer.status in (200, 204)
    assert b"smuggled" not in answer.raw
    assert tries(gateway) == 1


def test_f3_after_an_early_answer_the_rest_of_the_body_is_nobodys_request(gateway):
    """The backend answers before it has read the body, and reads no further: its connection cannot be used again."""
    gateway.backend.forget()
    raw = sized(b"GET /evil HTTP/1.1\r\nHost: a\r\n\r\n" * 100_000, target=b"/api/things?misbehave=early")
    with gateway.connect() as wire:
        assert wire.ask(gateway.keys.fill(raw)).status == 413
    require_own_answers(gateway)
    assert tries(gateway) == 1


@pytest.mark.parametrize("way", ["cut", "reset"])
@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_f2_cut_after_every_byte(gateway, name, way):
    """For every n: an answer of which n bytes came is a 502, or cut short once its body began; all of it is an answer."""
    whole = ANSWERS[name]
    head_bytes = whole.index(b"\r\n\r\n") + 4
    for count in range(len(whole)):
        answer = ask(gateway, f"{way}={name}-{count}")
        if count < head_bytes:
            require_problem(answer, 502)
        else:
            assert answer is None or answer.status == 502, count
        assert tries(gateway) <= 2
    assert ask(gateway, f"cut={name}-{len(whole)}").body == b"hello"


def test_f1_a_backend_that_is_not_there_is_502(gateway):
    with gateway.connect() as wire:
        require_problem(wire.ask(gateway.keys.fill(get(target=b"/api/dead"))), 502)


def test_f2_the_pool_is_whole_after_all_this(gateway):
    for name in MISBEHAVIOURS.keys() - {"early"}:
        ask(gateway, f"misbehave={name}")
    eventually(lambda: pool(gateway) | {"idle": 0} == {"active": 0, "idle": 0, "waiting": 0, "in flight": 0}, "quiet")
    assert pool(gateway)["idle"] <= 4
