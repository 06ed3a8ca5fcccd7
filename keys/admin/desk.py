"""What the endpoints work with: the settings, the store, every use case. Made once for each process, and never changed."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from keys.accounts import Accounts, Plans
from keys.admin.throttle import Throttle
from keys.editing import Editing
from keys.lifecycle import Lifecycle
from keys.mass_revocation import MassRevocation
from keys.operators import Operators
from keys.rotation import Rotation
from keys.session import Sessions
from keys.tokens import TokenVerifier
from keys.verify import Hasher

if TYPE_CHECKING:
    from collections.abc import Callable

    from keys.settings import KeysSettings
    from keys.store import KeyStore

LOGIN_FAILURES_PER_MINUTE = 5
REFUSALS_PER_MINUTE = 60
MINUTE_S = 60.0


def _nothing() -> None:
    """Nobody in this process follows the change feed."""


@dataclass(frozen=True, slots=True)
class Desk:
    """`clock` gives Unix seconds, `monotonic` seconds. `on_change` is called after every request that may have changed
    something: whoever follows the change feed in this process need not wait for its next turn.
    """

    settings: KeysSettings
    store: KeyStore
    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    on_change: Callable[[], None] = _nothing
    hasher: Hasher = field(init=False)
    tokens: TokenVerifier = field(init=False)
    login_failures: Throttle = field(init=False)
    refusals: Throttle = field(init=False)

    def __post_init__(self) -> None:
        hasher = Hasher(self.settings.hashing_params())
        made = {
            "hasher": hasher,
            "tokens": TokenVerifier(self.store, hasher),
            "login_failures": Throttle(LOGIN_FAILURES_PER_MINUTE, MINUTE_S, self.monotonic),
            "refusals": Throttle(REFUSALS_PER_MINUTE, MINUTE_S, self.monotonic),
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)

    @property
    def lifecycle(self) -> Lifecycle:
        return Lifecycle(self.store, self.settings.mint_rules(), self.hasher, clock=self.clock)

    @property
    def rotation(self) -> Rotation:
        return Rotation(self.store, self.settings.mint_rules(), self.hasher, clock=self.clock)

    @property
    def editing(self) -> Editing:
        return Editing(self.store, self.settings.mint_rules(), clock=self.clock)

    @property
    def mass_revocation(self) -> MassRevocation:
        return MassRevocation(self.store, self.clock)

    @property
    def accounts(self) -> Accounts:
        return Accounts(self.store, self.settings.declared_plans(), clock=self.clock)

    @property
    def plans(self) -> Plans:
        return Plans(self.store, self.settings.declared_plans(), clock=self.clock)

    @property
    def operators(self) -> Operators:
        return Operators(self.store, self.hasher, clock=self.clock)

    @property
    def sessions(self) -> Sessions:
        return Sessions(self.store, clock=self.clock)
