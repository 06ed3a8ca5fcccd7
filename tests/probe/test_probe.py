"""The prober finds nothing at a deployed gateway, and finds what is planted."""

from __future__ import annotations

import http.server
import random
import threading

import pytest

from tests.hostile.deployed import deployed
from tests.hostile.keyring import OTHER_PIXEL
from tests.probe.__main__ import main
from tests.probe.keys_file import write_keys_file
from tests.probe.samples import difference

GENEROUS_MS = 10.0
"""A verification takes some 25 ms: leaving it out for one of two is found, the noise of a shared machine is not."""


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with deployed(tmp_path_factory.mktemp("probe")) as running:
        yield running


def probe(base_url: str, file, *more: str) -> int:
    common = ("--base-url", base_url, "--keys-file", str(file), "--bound-ms", str(GENEROUS_MS))
    return main([*common, "--tries", "15", "--path", "/api/things", "--foreign", "/api/things/foreign", *more])


def test_nothing_can_be_told_apart(gateway, tmp_path, capsys):
    file = write_keys_file(tmp_path, gateway.keys)
    dead = ("--dead", "upstack_revoked", "upstack_expired", "upstack_disabled")
    assert probe(f"http://127.0.0.1:{gateway.port}", file, *dead) == 0, capsys.readouterr().out
    printed = capsys.readouterr().out
    assert printed.count("alike") == 9
    assert "missing resource, foreign resource" in printed


class Telltale(http.server.BaseHTTPRequestHandler):
    """Answers 401 in other words when the tenant exists."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave together

    def do_GET(self) -> None:
        body = b"not yours" if self.headers["x-pixel-id"] == OTHER_PIXEL else b"no such tenant"
        self.send_response(401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Nobody reads it."""


def test_what_is_told_is_found(gateway, tmp_path, capsys):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Telltale) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        found = probe(f"http://127.0.0.1:{server.server_port}", write_keys_file(tmp_path, gateway.keys))
        server.shutdown()
    assert found == 1
    assert [line[:17] for line in capsys.readouterr().out.splitlines() if "DIFFER" in line] == ["invented tenant, "]


def test_the_statistics_tell_a_shift_from_noise():
    rng = random.Random(1)
    noise = [[rng.gauss(1, 0.1) for _ in range(500)] for _ in range(2)]
    assert abs(difference(*noise).z) < 3
    shifted = [value + 0.06 for value in noise[1]]
    assert difference(noise[0], shifted).z > 4
    assert difference(noise[0], shifted).median_s == pytest.approx(0.06, abs=0.03)


def test_the_statistics_of_equal_samples_and_ties():
    assert difference([1.0] * 9, [1.0] * 9).z == 0
    assert difference([1.0, 2.0, 2.0], [1.0, 2.0, 2.0]).z == 0
    assert difference([1.0, 2.0], [3.0, 4.0]).z == pytest.approx(1.549, abs=0.001)
