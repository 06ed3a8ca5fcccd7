"""Where Redis is, as one URL says it."""

from __future__ import annotations

import pytest

from gateway.limits.redis.address import Kind, RedisAddress

GOOD = {
    "redis://cache": RedisAddress(Kind.SINGLE, (("cache", 6379),)),
    "rediss://10.0.0.7:7000/12": RedisAddress(Kind.SINGLE, (("10.0.0.7", 7000),), database=12, tls=True),
    "redis://[::1]:7000/": RedisAddress(Kind.SINGLE, (("::1", 7000),)),
    "redis://:p%40ss%2F@cache": RedisAddress(Kind.SINGLE, (("cache", 6379),), password="p@ss/"),
    "redis://limits:pass@cache": RedisAddress(Kind.SINGLE, (("cache", 6379),), username="limits", password="pass"),
    "rediss://cache?ca_file=/etc/ca.pem": RedisAddress(
        Kind.SINGLE, (("cache", 6379),), tls=True, ca_file="/etc/ca.pem"
    ),
    "redis+sentinel://a,b:7000/main/3": RedisAddress(
        Kind.SENTINEL, (("a", 26379), ("b", 7000)), service="main", database=3
    ),
    "rediss+cluster://limits:pass@a:1,[fd00::2]": RedisAddress(
        Kind.CLUSTER, (("a", 1), ("fd00::2", 6379)), username="limits", password="pass", tls=True
    ),
}

BAD = {
    "http://cache": "no URL of a Redis",
    "redis+magic://cache": "no URL of a Redis",
    "cache:6379": "no URL of a Redis",
    "redis://cache#1": "no URL of a Redis",
    "redis://": "names no host",
    "redis://a b": "names no host",
    "redis://cache:0": "names no host",
    "redis://cache:65536": "names no host",
    "redis+cluster://a,,b": "names no host",
    "redis://a,b": "several hosts",
    "redis://cache/main": "no number of a database",
    "redis://cache/1/2": "no number of a database",
    "redis+cluster://a/1": "no number of a database",
    "redis+sentinel://a": "no service",
    "redis+sentinel://a/main/x": "no number of a database",
    "redis://cache?timeout=1": "an option other than",
    "redis://cache?ca_file=": "an option other than",
}


@pytest.mark.parametrize("url", GOOD)
def test_a_url_is_read(url):
    assert RedisAddress.parse(url) == GOOD[url]


@pytest.mark.parametrize("url", BAD)
def test_a_url_that_cannot_be_meant_is_not(url):
    with pytest.raises(ValueError, match=BAD[url]):
        RedisAddress.parse(url)


@pytest.mark.parametrize(
    "url", ["redis://u:s3cr3t@a,b", "redis://u:s3cr3t@h/x", "redis://u:s3cr3t@h:0", "x://u:s3cr3t@h"]
)
def test_a_mistake_does_not_tell_the_password(url):
    with pytest.raises(ValueError) as raised:
        RedisAddress.parse(url)
    assert "s3cr3t" not in str(raised.value)


def test_nor_does_the_address_when_it_is_shown():
    assert "s3cr3t" not in repr(RedisAddress.parse("redis://u:s3cr3t@h"))
