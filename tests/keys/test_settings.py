"""The `keys:` section: what it means, and every mistake that it can hold, each at its line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from keys.commands.session import KeysFile
from keys.model import Limit, LimitBy, Plan, TenantRule
from keys.settings_file import SettingsError, SettingsFile
from keys.verify import HashingParams
from tests.keys.builders import SETTINGS, settings


def read(section):
    """The section read from a file, as the command does."""
    content = yaml.safe_dump({"version": 1, "keys": section}, sort_keys=False).encode()
    return SettingsFile.parse(content, Path("gateway.yaml"), {}).read(KeysFile).keys


def mistakes(section):
    with pytest.raises(SettingsError) as caught:
        read(section)
    return [(mistake.key, mistake.message, mistake.allowed) for mistake in caught.value.mistakes]


def test_the_section_turns_into_rules():
    rules = settings().mint_rules()
    assert rules.tenant_rules == {"px": TenantRule.REQUIRED, "ac": TenantRule.NONE, "any": TenantRule.OPTIONAL}
    assert rules.scopes.expand(frozenset({"boards:admin"})).scopes == {"boards:admin", "boards:write", "boards:read"}
    assert rules.declared_plans == {
        "small": Plan("small", Limit(100, 3600, 100), LimitBy.KEY),
        "fast": Plan("fast", Limit(5, 1, 20), LimitBy.ACCOUNT),
        "own": Plan("own", None, LimitBy.KEY),
    }


def test_the_demos_section_is_right():
    demo = Path(__file__).parents[2] / "deploy" / "demo" / "gateway.yaml"
    keys = SettingsFile.load(demo, {}).read(KeysFile).keys
    assert keys.scope_table().expand(frozenset({"db_query"})).scopes == {"analytics:read"}
    assert keys.declared_plans()["enterprise"].limit is None
    assert keys.warnings() == ()


def test_what_is_not_said_is_safe():
    keys = read({"prefixes": {"px": {"tenant": "optional"}}})
    assert keys.hashing_params() == HashingParams(19456, 2, 1)
    assert keys.scope_table().known == {}
    assert keys.warnings() == ()


def test_cheap_hashing_is_allowed_and_warned_about():
    assert "memory_kib is 8" in settings().warnings()[0]


@pytest.mark.parametrize(
    ("store", "url"),
    [
        ("sqlite:///keys.db", "sqlite:////srv/app/keys.db"),
        ("sqlite:///./sub/keys.db", "sqlite:////srv/app/sub/keys.db"),
        ("sqlite:////var/keys.db", "sqlite:////var/keys.db"),
        ("postgresql://h/keys", "postgresql://h/keys"),
    ],
)
def test_a_relative_file_is_beside_the_settings(store, url):
    assert settings(store=store).store_url(Path("/srv/app")) == url


PREFIX_FORM = "a-z 0-9 _, at most 32, a letter first, no _ at the end"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"prefixes": {}}, ("keys.prefixes", "has too few entries", "1 or more")),
        (
            {"prefixes": {"px": {"tenant": "maybe"}}, "scopes": {}, "legacy_scopes": {}},
            ("keys.prefixes.px.tenant", "is not allowed", "'required', 'optional' or 'none'"),
        ),
        (
            {"prefixes": {"op": {"tenant": "none"}}, "scopes": {}, "legacy_scopes": {}},
            ("keys.prefixes.op", "is the prefix of operator tokens", "another prefix"),
        ),
        (
            {"admin": {"hosts": ["https://keys.example.com"]}},
            ("keys.admin.hosts[0]", "has not the form it must have", "a host name or address, no port"),
        ),
        (
            {"scopes": {"a:b": {"prefix": "zz"}}, "legacy_scopes": {}},
            ("keys.scopes.a:b.prefix", "is not declared under keys.prefixes", "ac, any, px"),
        ),
        (
            {"scopes": {"a:b": {"prefix": "px", "implies": ["a:c"]}}, "legacy_scopes": {}},
            ("keys.scopes.a:b.implies[0]", "is not another scope of the same prefix", "none is declared"),
        ),
        (
            {"scopes": {"a": {"prefix": "px", "implies": ["b"]}, "b": {"prefix": "ac"}}, "legacy_scopes": {}},
            ("keys.scopes.a.implies[0]", "is not another scope of the same prefix", "none is declared"),
        ),
        (
            {"scopes": {"a": {"prefix": "px", "implies": ["a"]}, "b": {"prefix": "px"}}, "legacy_scopes": {}},
            ("keys.scopes.a.implies[0]", "is not another scope of the same prefix", "b"),
        ),
        (
            {"legacy_scopes": {"old": ["reports:raed"]}},
            (
                "keys.legacy_scopes.old[0]",
                "is not declared under keys.scopes",
                "boards:admin, boards:read, boards:write, feed:read, reports:read",
            ),
        ),
        (
            {"legacy_scopes": {"feed:read": ["reports:read"]}},
            ("keys.legacy_scopes.feed:read", "is declared under keys.scopes too", "one of the two places"),
        ),
        (
            {"plans": {"p": {"limit": "custom", "burst": 5}}},
            ("keys.plans.p.burst", "stands beside limit: custom", "no burst, or a number for limit"),
        ),
        (
            {"plans": {"p": {"limit": 1, "per": "year"}}},
            ("keys.plans.p.per", "is not allowed", "'second', 'minute', 'hour' or 'day'"),
        ),
        ({"hashing": {"memory_kib": 7}}, ("keys.hashing.memory_kib", "is too small", "8 or more")),
        (
            {"hashing": {"memory_kib": 8, "lanes": 2}},
            ("keys.hashing.memory_kib", "is too little for the lanes", "16 or more"),
        ),
        ({"store": ""}, ("keys.store", "is too short", "1 characters or more")),
    ],
)
def test_one_mistake(changes, expected):
    assert mistakes(SETTINGS | changes) == [expected]


@pytest.mark.parametrize("prefix", ["Px", "1x", "px_", "_px", "p" * 33, "p-x", "p x"])
def test_a_prefix_that_cannot_begin_a_key(prefix):
    found = mistakes({"prefixes": {prefix: {"tenant": "none"}}})
    assert [(message, allowed) for _, message, allowed in found] == [("has not the form it must have", PREFIX_FORM)]


@pytest.mark.parametrize("limit", [0, -1, 1.5, "plenty", 10**9 + 1, None])
def test_a_limit_that_is_none(limit):
    assert [key for key, _, _ in mistakes(SETTINGS | {"plans": {"p": {"limit": limit}}})] == ["keys.plans.p.limit"]


def test_mistakes_of_all_kinds_come_at_once():
    section = {
        "stor": "sqlite:///x",
        "hashing": {"memory_kib": 1},
        "prefixes": {"px": {"tenant": "required"}, "ac": {"tenant": "perhaps"}},
        "scopes": {"a:b": {"prefix": "nope"}},
        "legacy_scopes": {"old": ["gone"]},
        "plans": {"p": {"limit": "custom", "burst": 1}, "q": {"limit": 0}},
    }
    keys = [key for key, _, _ in mistakes(section)]
    assert keys == [
        "keys.stor",
        "keys.hashing.memory_kib",
        "keys.prefixes.ac.tenant",
        "keys.scopes.a:b.prefix",
        "keys.legacy_scopes.old[0]",
        "keys.plans.p.burst",
        "keys.plans.q.limit",
    ]


def test_other_sections_are_not_this_commands_business():
    content = yaml.safe_dump({"version": 1, "keys": SETTINGS, "apis": "nonsense"}).encode()
    assert SettingsFile.parse(content, Path("x.yaml"), {}).read(KeysFile).keys == settings()
