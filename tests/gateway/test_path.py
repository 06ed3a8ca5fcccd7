"""Path hygiene, a row per trick: SECURITY.md H13."""

import pytest

from gateway.path import is_unambiguous

PLAIN = [
    b"/",
    b"/v1/clients",
    b"/v1/clients/",
    b"/a-b._~!$&'()*+,=:@/c",
    b"/caf%C3%A9",
    b"/a%20b",
    b"/..a/b..",
    b"/a.b/.c",
    b"/%7Euser",
    b"/100%25",
    b"/a%25zz",
]
AMBIGUOUS = [
    b"",
    b"v1",
    b"*",
    b"//",
    b"//host/v1",
    b"/a//b",
    b"/a/b//",
    b"/.",
    b"/..",
    b"/a/./b",
    b"/a/../b",
    b"/a/..",
    b"/a/%2e%2e/b",
    b"/a/.%2E/b",
    b"/a/%2e",
    b"/a%2fb",
    b"/a%2Fb",
    b"/a%5cb",
    b"/a\\b",
    b"/a;b",
    b"/a%3bb",
    b"/a%00",
    b"/a%1f",
    b"/a%0d%0a",
    b"/a%7f",
    b"/a%",
    b"/a%2",
    b"/a%zz",
    b"/a%+1",
    b"/a%252e",
    b"/a%2541",
    b"/a%c0%af",
    b"/a%e0%80%af",
    b"/a%ed%a0%80",
    b"/a%ff",
    b"/caf\xc3\xa9",
    b"/a b",
    b"/a\x00",
    b"/a?b",
    b"/a%3fb",
    b"/a#b",
    b"/a%23b",
    b"/a|b",
    b'/a"b',
    b"/a\n",
    b"/v1/clients\n",
]


@pytest.mark.parametrize("path", PLAIN)
def test_a_path_that_all_servers_read_alike_passes(path: bytes) -> None:
    assert is_unambiguous(path)


@pytest.mark.parametrize("path", AMBIGUOUS)
def test_a_path_that_two_servers_may_read_differently_is_refused(path: bytes) -> None:
    assert not is_unambiguous(path)
