"""Whose request it is behind proxies: the right-most hop that is not ours."""

from __future__ import annotations

import json
from ipaddress import ip_network

import pytest

from gateway.http.client_address import client_address, forwarded_scheme, is_trusted
from tests.gateway.http.harness import EchoApp, connect, read_answer, running
from tests.gateway.http.requests import get

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
PEER = "10.0.0.1"

HOPS = [
    ([], PEER),
    ([b""], PEER),
    ([b"192.0.2.1"], "192.0.2.1"),
    ([b"6.6.6.6, 192.0.2.1"], "192.0.2.1"),
    ([b"6.6.6.6", b"192.0.2.1"], "192.0.2.1"),
    ([b"6.6.6.6, 192.0.2.1, 10.0.0.2,\t10.0.0.3 "], "192.0.2.1"),
    ([b"10.0.0.2"], "10.0.0.2"),
    ([b"192.0.2.1, unknown"], PEER),
    ([b"192.0.2.1, unknown, 10.0.0.9"], "10.0.0.9"),
    ([b"192.0.2.1:4711"], "192.0.2.1"),
    ([b"[2001:db8::1]:4711"], "2001:db8::1"),
    ([b"2001:db8::1"], "2001:db8::1"),
    ([b"192.0.2.1, fd00::5"], "192.0.2.1"),
    ([b"::ffff:192.0.2.1"], "192.0.2.1"),
    ([b"192.0.2.1, ::ffff:10.1.1.1"], "192.0.2.1"),
    ([b"\xff, 999.1.1.1"], PEER),
]


@pytest.mark.parametrize(("forwarded", "client"), HOPS)
def test_right_most_untrusted_hop(forwarded, client):
    assert client_address(PEER, forwarded, TRUSTED) == client


@pytest.mark.parametrize(
    ("values", "scheme"),
    [
        ([], "http"),
        ([b"https"], "https"),
        ([b"http, HTTPS"], "https"),
        ([b"https", b"http"], "http"),
        ([b"gopher"], "http"),
    ],
)
def test_scheme_of_the_nearest_proxy(values, scheme):
    assert forwarded_scheme(values, "http") == scheme


def test_what_is_no_address_is_not_trusted():
    assert is_trusted("10.9.9.9", TRUSTED)
    assert is_trusted("::ffff:10.9.9.9", TRUSTED)
    assert not is_trusted("unix", TRUSTED)
    assert not is_trusted("11.0.0.1", TRUSTED)


@pytest.mark.parametrize(
    ("trusted", "client", "scheme"), [("127.0.0.0/8", "192.0.2.7", "https"), ("10.0.0.0/8", "127.0.0.1", "http")]
)
def test_in_the_scope(trusted, client, scheme):
    with running(EchoApp(), trusted_proxies=(ip_network(trusted),)) as server, connect(server.port) as socket:
        socket.sendall(get(b"X-Forwarded-For: 6.6.6.6, 192.0.2.7", b"X-Forwarded-Proto: https"))
        seen = json.loads(read_answer(socket).body)
        assert (seen["client"], seen["scheme"]) == (client, scheme)
