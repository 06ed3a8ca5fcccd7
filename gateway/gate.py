"""What the request path works with: every service of it, wired once by gateway/app.py and never changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.authenticate import Authenticator
    from gateway.charging import Charging
    from gateway.forward import Forwarder
    from gateway.last_used import LastUsed
    from gateway.ownership import Ownership
    from gateway.record import Recorder
    from gateway.routes import Routes


@dataclass(frozen=True, slots=True)
class Gate:
    """One set of settings, ready to decide with. A reload builds another and swaps it in whole."""

    routes: Routes
    authenticator: Authenticator
    charging: Charging
    ownership: Ownership
    forwarder: Forwarder
    last_used: LastUsed
    recorder: Recorder
    monotonic: Callable[[], float]
