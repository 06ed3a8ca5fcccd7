"""500, 502, 503, 504 and 408: what a client sees of a backend that fails, and of its own slowness.

A second gateway on the demo's keys and routes, with short deadlines, in front of a backend that misbehaves on request.
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
from concurrent.futures import Future
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from tests.fakes.raw_backend import RawBackend, by_name
from tests.integration.asking import CLIENTS, MEASURES, QUERY, VIEWS, client_of
from tests.integration.process import Process
from tests.integration.raw import read_answer
from tests.integration.waiting import WAIT_S

QUICK_S = 0.3


async def faulty(conversation) -> None:
    """A backend with a fault of its own: it says so, with the id that support asks for, and has a limit of its own."""
    while True:
        seen = await conversation.request()
        body = b'{"message":"An internal error occurred","requestId":"%b"}' % (seen.value(b"x-request-id") or b"")
        head = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nX-RateLimit-Limit: 1\r\n"
        await conversation.send(b"%bContent-Length: %d\r\n\r\n%b" % (head, len(body), body))


@contextmanager
def backends():
    """The ports of two backends, one that misbehaves as it is asked to and one that is faulty, in a thread of their own."""
    ports: Future[tuple[int, int]] = Future()
    loop = asyncio.new_event_loop()
    done = asyncio.Event()

    async def serve() -> None:
        async with RawBackend(by_name) as asked, RawBackend(faulty) as broken:
            ports.set_result((asked.port, broken.port))
            await done.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    yield ports.result(WAIT_S)
    loop.call_soon_threadsafe(done.set)
    thread.join(WAIT_S)
    loop.close()


@pytest.fixture(scope="module")
def gateway(demo, tmp_path_factory):
    """The base URL of the second gateway, and its process."""
    folder = tmp_path_factory.mktemp("gateway")
    settings = yaml.safe_load(demo.config.read_text())
    with backends() as (asked, broken), socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # and never listens: whoever connects is refused
        ports = {"db-mgmt": asked, "accounts": broken, "dashtrack": closed.getsockname()[1]}
        for name, port in ports.items():
            settings["upstreams"][name] = {
                "url": f"http://127.0.0.1:{port}",
                "first_byte_timeout_s": QUICK_S,
                "idle_timeout_s": QUICK_S,
            }
        for listener in settings["listen"].values():
            listener["port"] = 0
        settings["http"] = {"header_timeout_s": QUICK_S, "body_timeout_s": QUICK_S}
        file = folder / "gateway.yaml"
        file.write_text(yaml.safe_dump(settings))
        process = Process(folder, "gateway", "run", "--config", str(file))
        try:
            ready = json.loads(process.hear(lambda line: '"event":"ready"' in line))
            yield f"http://127.0.0.1:{ready['ports']['proxy']}", process
        finally:
            code = process.end()
        assert code == 0


@pytest.fixture
def client(demo, gateway):
    with client_of(gateway[0], demo.headers("upstack_full")) as client:
        yield client


FAILURES = {
    "close": (502, "upstream_reset"),
    "reset": (502, "upstream_reset"),
    "half-head": (502, "upstream_reset"),
    "garbage": (502, "upstream_protocol"),
    "length-twice": (502, "upstream_protocol"),
    "head-too-long": (502, "upstream_protocol"),
    "switching": (502, "upstream_protocol"),
    "silence": (504, "upstream_timeout"),
}


@pytest.mark.parametrize("how", FAILURES)
def test_a_backend_that_fails(gateway, client, how):
    status, code = FAILURES[how]
    answered = client.get(MEASURES, params={"misbehave": how})
    document = answered.json()
    assert (answered.status_code, document["code"]) == (status, code)
    assert document["request_id"] == answered.headers["x-request-id"]
    assert answered.headers["x-ratelimit-limit"] == "10000"
    record = gateway[1].record(document["request_id"])
    assert (record["reason"], record["level"], record["upstream"]) == (code, "error", "db-mgmt")


@pytest.mark.parametrize("how", ["truncate", "truncate-chunked", "reset-in-body", "stall"])
def test_half_an_answer_is_never_shown_as_whole(client, how):
    with client.stream("GET", MEASURES, params={"misbehave": how}) as answered:
        assert answered.status_code == 200
        with pytest.raises(httpx.TransportError):
            answered.read()


def test_a_backend_that_is_not_there(demo, gateway):
    """It is asked whose the resource is, and for the answer; neither is to be had, and neither is a 404."""
    with client_of(gateway[0], demo.headers("dashtrack_agency")) as client:
        for path in (CLIENTS, f"{CLIENTS}/some/team"):
            answered = client.get(path)
            assert (answered.status_code, answered.json()["code"]) == (502, "upstream_unreachable")


def test_a_fault_of_the_backend_is_its_own_500_with_our_limits(client):
    answered = client.get(VIEWS, headers={"x-request-id": "for-support"})
    assert answered.status_code == 500
    assert answered.json() == {"message": "An internal error occurred", "requestId": "for-support"}
    assert answered.headers["x-ratelimit-limit"] == "10000"


def test_an_owner_that_cannot_be_told_is_no_404(client):
    answered = client.get(f"{VIEWS}/some")
    assert (answered.status_code, answered.json()["code"]) == (502, "upstream_protocol")


def test_after_all_that_it_serves(client):
    assert client.get("/db-mgmt/api/measures").status_code == 200


@pytest.mark.parametrize("begun", ["GET / HT", f"POST {QUERY} HTTP/1.1\r\nHost: a\r\n"])
def test_a_head_that_takes_too_long(gateway, begun):
    place = urlsplit(gateway[0])
    with socket.create_connection((place.hostname, place.port), WAIT_S) as slow, slow.makefile("rb") as stream:
        slow.sendall(begun.encode())
        answer = read_answer(stream)
        assert stream.read() == b""
    assert (answer.status, json.loads(answer.body)["code"]) == (408, "request_timeout")
    assert answer.headers["x-ratelimit-limit"].isdecimal()
    assert answer.headers["connection"] == "close"


def test_a_body_that_takes_too_long(demo, gateway):
    place = urlsplit(gateway[0])
    credentials = "".join(f"{name}: {value}\r\n" for name, value in demo.headers("upstack_full").items())
    head = (
        f"POST {QUERY} HTTP/1.1\r\nHost: a\r\n{credentials}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n"
    )
    with socket.create_connection((place.hostname, place.port), WAIT_S) as slow, slow.makefile("rb") as stream:
        slow.sendall(head.encode() + b"{")
        answer = read_answer(stream)
        assert stream.read() == b""
    assert (answer.status, json.loads(answer.body)["code"]) == (408, "request_timeout")
    assert answer.headers["x-ratelimit-limit"].isdecimal()
