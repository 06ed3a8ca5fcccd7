"""The scope table."""

from __future__ import annotations

import pytest

from keys.errors import Rejected
from keys.scopes import Rights, ScopeTable
from tests.keys.builders import settings


@pytest.fixture
def table():
    return settings().scope_table()


@pytest.mark.parametrize(
    ("stored", "granted", "legacy"),
    [
        ((), (), ()),
        (("reports:read",), ("reports:read",), ()),
        (("boards:write",), ("boards:read", "boards:write"), ()),
        (("boards:admin",), ("boards:admin", "boards:read", "boards:write"), ()),
        (("boards:read",), ("boards:read",), ()),
        (("old_query",), ("reports:read",), ("old_query",)),
        (("old_query", "boards:write"), ("boards:read", "boards:write", "reports:read"), ("old_query",)),
        (("never:heard", "*", "old_quer", "OLD_QUERY", "reports:read "), (), ()),
    ],
)
def test_expansion(table, stored, granted, legacy):
    assert table.expand(frozenset(stored)) == Rights(frozenset(granted), frozenset(legacy))


def test_implications_in_a_circle_end():
    table = ScopeTable({"a": "px", "b": "px"}, {"a": ["b"], "b": ["a"]})
    assert table.expand(frozenset("a")).scopes == {"a", "b"}


@pytest.mark.parametrize(
    ("implies", "legacy"),
    [({"a": ["x"]}, {}), ({"x": ["a"]}, {}), ({}, {"old": ["x"]}), ({}, {"a": ["a"]})],
)
def test_a_table_of_unknown_names_cannot_be_made(implies, legacy):
    with pytest.raises(ValueError, match="must be known"):
        ScopeTable({"a": "px"}, implies, legacy)


def test_mintable_scopes_pass(table):
    table.require_mintable({"boards:read", "reports:read"}, "px")
    table.require_mintable((), "op")


def test_every_unmintable_scope_is_named_with_why_and_what_is_allowed(table):
    with pytest.raises(Rejected) as caught:
        table.require_mintable(["old_query", "feed:read", "never", "boards:read"], "px")
    allowed = "boards:admin, boards:read, boards:write, reports:read"
    assert [(one.value, one.message) for one in caught.value.rejections] == [
        ("feed:read", "'feed:read' is a scope of ac keys, not of px keys"),
        ("never", "'never' is not a known scope"),
        ("old_query", "'old_query' is a legacy scope: existing keys keep it, no new key gets it"),
    ]
    assert {one.allowed for one in caught.value.rejections} == {allowed}


def test_a_prefix_without_scopes_says_so(table):
    with pytest.raises(Rejected, match="none \\(keys of op carry no scopes\\)"):
        table.require_mintable(["boards:read"], "op")


def test_the_tables_can_be_read_and_not_written(table):
    assert table.known["feed:read"] == "ac"
    assert table.legacy["old_query"] == {"reports:read"}
    with pytest.raises(TypeError):
        table.known["more"] = "px"
