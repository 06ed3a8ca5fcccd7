"""Settings, records and stores for the tests of keys/: one good value each, changed by keyword."""

from __future__ import annotations

from dataclasses import replace

from keys.model import Account, Key, Limit
from keys.rules import MintOrder
from keys.settings import KeysSettings
from keys.verify import HashingParams

NOW = 1_800_000_000.0
CHEAP = HashingParams(memory_kib=8, iterations=1)
DIGEST = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"

SETTINGS = {
    "store": "sqlite:///keys.db",
    "hashing": {"memory_kib": 8, "iterations": 1},
    "prefixes": {"px": {"tenant": "required"}, "ac": {"tenant": "none"}, "any": {"tenant": "optional"}},
    "scopes": {
        "reports:read": {"prefix": "px"},
        "boards:read": {"prefix": "px"},
        "boards:write": {"prefix": "px", "implies": ["boards:read"]},
        "boards:admin": {"prefix": "px", "implies": ["boards:write"]},
        "feed:read": {"prefix": "ac"},
    },
    "legacy_scopes": {"old_query": ["reports:read"]},
    "plans": {
        "small": {"limit": 100},
        "fast": {"limit": 5, "per": "second", "burst": 20, "by": "account"},
        "own": {"limit": "custom"},
    },
}


def settings(**changes) -> KeysSettings:
    return KeysSettings.model_validate(SETTINGS | changes)


def rules():
    return settings().mint_rules()


class Clock:
    """A clock that the test sets."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


KEY = Key(
    id="AAAAAAAAA0",
    prefix="px",
    name="A key",
    account="acme",
    tenant="pixel-1",
    resources=None,
    scopes=frozenset({"boards:write"}),
    plan=None,
    limit=None,
    digest=DIGEST,
    created_at=NOW,
    created_by="test",
)
ACCOUNT = Account("acme", "Acme", "small", None, NOW)
ORDER = MintOrder("px", "A key", "acme", "pixel-1", scopes=frozenset({"boards:write"}))
OWN_LIMIT = Limit(7, 60, 9)


def a_key(**changes) -> Key:
    return replace(KEY, **changes)


def an_order(**changes) -> MintOrder:
    return replace(ORDER, **changes)
