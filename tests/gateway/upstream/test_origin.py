"""Where an upstream is, and its limits."""

from __future__ import annotations

import pytest

from gateway.upstream import Origin, UpstreamLimits


@pytest.mark.parametrize(
    ("url", "origin", "authority"),
    [
        ("http://127.0.0.1:9101", Origin("http", "127.0.0.1", 9101), b"127.0.0.1:9101"),
        ("http://backend", Origin("http", "backend", 80), b"backend"),
        ("http://backend:80/", Origin("http", "backend", 80), b"backend"),
        ("https://backend", Origin("https", "backend", 443), b"backend"),
        ("https://Backend:80", Origin("https", "backend", 80), b"backend:80"),
        ("http://[::1]:9101", Origin("http", "::1", 9101), b"[::1]:9101"),
        ("http://[::1]", Origin("http", "::1", 80), b"[::1]"),
    ],
)
def test_a_url_is_an_origin(url, origin, authority):
    assert Origin.parse(url) == origin
    assert origin.authority == authority
    assert Origin.parse(str(origin)) == origin


@pytest.mark.parametrize(
    "url",
    [
        "backend", "//backend", "ftp://backend", "http://", "http://:80", "http://u:p@backend", "http://backend/path",
        "http://backend?query", "http://backend#part", "http://backend:0", "http://backend:65536", "http://backend:x",
        "http://bäckend",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(url):
    with pytest.raises(ValueError):
        Origin.parse(url)


def test_limits_are_above_0_and_the_error_names_those_that_are_not():
    with pytest.raises(ValueError, match="max_connections, keep_idle_s"):
        UpstreamLimits(max_connections=0, keep_idle_s=-1)


def test_the_defaults_are_those_of_the_docs():
    assert UpstreamLimits() == UpstreamLimits(
        max_connections=256, queue_timeout_s=1, connect_timeout_s=2, first_byte_timeout_s=30, idle_timeout_s=30,
        keep_idle_s=4, max_head_bytes=32_768, max_head_fields=128, max_interim_answers=8, max_buffered_bytes=65_536,
    )  # fmt: skip


@pytest.mark.parametrize(("keep_idle_s", "sweep_s"), [(0.001, 0.005), (0.8, 0.1), (60, 0.25)])
def test_deadlines_are_looked_at_often_enough(keep_idle_s, sweep_s):
    assert UpstreamLimits(keep_idle_s=keep_idle_s).sweep_s == pytest.approx(sweep_s)
