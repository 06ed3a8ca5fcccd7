"""The keys of a deployed test gateway: one for every state that a key can be in, and two that were never minted."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keys import Accounts, Hasher, Lifecycle, MintOrder, MintRules, mint_text, open_store
from keys.secret import CHECKSUM_LENGTH, ID_LENGTH, checksum

if TYPE_CHECKING:
    from gateway.settings import Loaded
    from keys import KeyStore

PIXEL, OTHER_PIXEL = "pixel-a", "pixel-b"
ACCOUNT, OTHER_ACCOUNT = "account-a", "account-b"
ACTOR = "test"
DAY_S = 86_400.0


def _acme(*scopes: str, pixel: str = PIXEL, account: str = ACCOUNT, plan: str = "ample", **more) -> MintOrder:
    return MintOrder("acme", "test", account, tenant=pixel, scopes=frozenset(scopes), plan=plan, **more)


ORDERS = {
    "KEY": _acme("things:write"),
    "READER": _acme("things:read"),
    "BARE": _acme(),
    "OTHER": _acme("things:write", pixel=OTHER_PIXEL, account=OTHER_ACCOUNT),
    "TINY": _acme("things:write", plan="tiny"),
    "REVOKED": _acme("things:write"),
    "DISABLED": _acme("things:write"),
    "EXPIRED": _acme("things:write"),
    "BEARER": MintOrder("plain", "test", ACCOUNT, plan="ample"),
    "BEARER_OTHER": MintOrder("plain", "test", OTHER_ACCOUNT, plan="ample"),
}


@dataclass(frozen=True)
class Keyring:
    """Texts by name. `UNKNOWN` was never minted, `WRONG` has the id of `KEY` and another secret."""

    texts: dict[str, str]
    ids: dict[str, str]

    def fill(self, raw: bytes) -> bytes:
        """`raw` with each `{NAME}` replaced by that key's text."""
        for name, text in self.texts.items():
            raw = raw.replace(b"{%b}" % name.encode(), text.encode())
        return raw


def with_another_secret(text: str) -> str:
    """A well-formed key with the same id."""
    prefix, _, body = text.rpartition("_")
    wrong = mint_text(prefix).text.rpartition("_")[2]
    start = f"{prefix}_{body[:ID_LENGTH]}{wrong[ID_LENGTH:-CHECKSUM_LENGTH]}"
    return start + checksum(start)


async def mint_keyring(loaded: Loaded) -> Keyring:
    """Create the store and every key."""
    store = await open_store(loaded.settings.keys.store_url(loaded.folder), create=True)
    try:
        return await _mint_all(store, loaded)
    finally:
        await store.close()


async def _mint_all(store: KeyStore, loaded: Loaded) -> Keyring:
    accounts = Accounts(store, loaded.settings.keys.declared_plans())
    for account in (ACCOUNT, OTHER_ACCOUNT):
        await accounts.add(account, account, "ample", None, ACTOR)
    rules: MintRules = loaded.settings.keys.mint_rules()
    hasher = Hasher(loaded.settings.keys.hashing_params())
    now = Lifecycle(store, rules, hasher)
    a_week_ago = Lifecycle(store, rules, hasher, clock=lambda: time.time() - 7 * DAY_S)
    minted = {}
    for name, order in ORDERS.items():
        if name == "EXPIRED":
            yesterday = _acme("things:write", expires_at=time.time() - DAY_S)
            minted[name] = await a_week_ago.mint(yesterday, ACTOR)
        else:
            minted[name] = await now.mint(order, ACTOR)
    await now.revoke(minted["REVOKED"].key.id, ACTOR, "a test")
    await now.disable(minted["DISABLED"].key.id, ACTOR)
    texts = {name: each.text for name, each in minted.items()}
    texts["UNKNOWN"] = mint_text("acme").text
    texts["WRONG"] = with_another_secret(texts["KEY"])
    return Keyring(texts, {name: each.key.id for name, each in minted.items()})
