"""Key management: what a key is, how it is hashed, stored, minted and revoked. It imports nothing of `gateway`.

    secret      the text of a key: made, parsed, hinted at
    scopes      what a key may do; legacy scopes
    verify      a key's state at a moment; Argon2id
    model       the records: Key, Account, Plan, Limit
    plans       which limit a key lives under
    rules       what an order of a new key must satisfy
    lifecycle   mint, revoke, disable, enable; each with its audit event in one transaction
    accounts    accounts and plans, in the same way
    store/      SQLite and PostgreSQL, one schema; migrations/ for Alembic
    changes     the change feed: what other processes must drop
    nodes       which processes serve keys, and how far each has come
    acknowledge waiting until all of them have applied a change
    operators   who may use the admin API; tokens, session: how they prove it
    rotation    a successor with the same rights; editing, mass_revocation: changing keys
    admin/      the admin API
    settings    the `keys:` section of the settings file
    cli         the `keys` command

`gateway` uses the names below and nothing else. They are loaded on first use, so that importing this package costs
nothing: a command that only checks a settings file never loads a database driver.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from keys.accounts import AccountChange, Accounts, Plans
    from keys.acknowledge import Acknowledgement, wait_until_applied
    from keys.admin import Desk, admin_app
    from keys.changes import ChangeFeed, FeedState
    from keys.errors import (
        DigestInvalid,
        KeysError,
        Missing,
        Rejected,
        Rejection,
        SchemaOutdated,
        StoreError,
        StoreMissing,
        StoreUnavailable,
    )
    from keys.lifecycle import Lifecycle, Minted
    from keys.model import (
        Account,
        Change,
        ChangeSubject,
        Key,
        KeyRecord,
        KeyState,
        Limit,
        LimitBy,
        Plan,
        Role,
        Tenant,
        TenantRule,
    )
    from keys.nodes import Lease, Node
    from keys.operators import Issued, Operators
    from keys.plans import EffectivePlan, PlanBook
    from keys.rules import MintOrder, MintRules
    from keys.scopes import Rights, ScopeTable
    from keys.secret import MintedText, ParsedKey, display_hint, mint_text, parse_key
    from keys.settings import KeysSettings
    from keys.settings_file import Cross, CrossErrors, Mistake, Section, SettingsError, SettingsFile, WrongValue
    from keys.store import KeyCursor, KeyFilter, KeyStore, open_store
    from keys.verify import Hasher, HashingParams, judge

_NAMES_BY_MODULE = {
    "keys.accounts": "AccountChange Accounts Plans",
    "keys.admin": "Desk admin_app",
    "keys.acknowledge": "Acknowledgement wait_until_applied",
    "keys.changes": "ChangeFeed FeedState",
    "keys.errors": "DigestInvalid KeysError Missing Rejected Rejection SchemaOutdated StoreError StoreMissing "
    "StoreUnavailable",
    "keys.lifecycle": "Lifecycle Minted",
    "keys.model": "Account Change ChangeSubject Key KeyRecord KeyState Limit LimitBy Plan Role Tenant TenantRule",
    "keys.nodes": "Lease Node",
    "keys.operators": "Issued Operators",
    "keys.plans": "EffectivePlan PlanBook",
    "keys.rules": "MintOrder MintRules",
    "keys.scopes": "Rights ScopeTable",
    "keys.secret": "MintedText ParsedKey display_hint mint_text parse_key",
    "keys.settings": "KeysSettings",
    "keys.settings_file": "Cross CrossErrors Mistake Section SettingsError SettingsFile WrongValue",
    "keys.store": "KeyCursor KeyFilter KeyStore open_store",
    "keys.verify": "Hasher HashingParams judge",
}
_MODULE_OF = {name: module for module, names in _NAMES_BY_MODULE.items() for name in names.split()}

__all__ = [  # noqa: RUF022 - grouped as above; a test compares
    "AccountChange", "Accounts", "Plans",
    "Desk", "admin_app",
    "Acknowledgement", "wait_until_applied",
    "ChangeFeed", "FeedState",
    "DigestInvalid", "KeysError", "Missing", "Rejected", "Rejection", "SchemaOutdated", "StoreError", "StoreMissing",
    "StoreUnavailable",
    "Lifecycle", "Minted",
    "Account", "Change", "ChangeSubject", "Key", "KeyRecord", "KeyState", "Limit", "LimitBy", "Plan", "Role", "Tenant",
    "TenantRule",
    "Lease", "Node",
    "Issued", "Operators",
    "EffectivePlan", "PlanBook",
    "MintOrder", "MintRules",
    "Rights", "ScopeTable",
    "MintedText", "ParsedKey", "display_hint", "mint_text", "parse_key",
    "KeysSettings",
    "Cross", "CrossErrors", "Mistake", "Section", "SettingsError", "SettingsFile", "WrongValue",
    "KeyCursor", "KeyFilter", "KeyStore", "open_store",
    "Hasher", "HashingParams", "judge",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """Loads a public name's module on first use (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'keys' has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
