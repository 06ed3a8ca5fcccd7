"""How keys are verified, and how long a verified one is believed."""

import os

from pydantic import Field

from gateway.settings.values import Count, Seconds
from keys import Section

_MOST_THREADS = 8


class AuthenticateSettings(Section):
    """Caches and threads of authentication, for each process."""

    cache_keys: Count = Field(
        default=100_000,
        description="Verified keys kept in memory, as keyed digests; the least recently used goes first.",
    )
    cache_rejected: Count = Field(
        default=10_000,
        description="Refused credentials kept apart from the verified ones, so that junk never drops these.",
    )
    rejected_ttl_s: Seconds = Field(
        default=5.0, le=60, description="How long a refused credential is refused without work."
    )
    verifier_threads: int | None = Field(
        default=None, ge=1, le=64, description="Threads that compute Argon2id; by default one for each core, at most 8."
    )
    verifier_queue: Count = Field(default=64, description="Verifications that may wait for a thread; more: 503.")
    stale_s: Seconds = Field(
        default=60.0, description="How long known keys are believed while changes of keys cannot be read; then 503."
    )
    change_poll_s: float = Field(
        default=0.2,
        ge=0.01,
        le=5.0,
        description="How often changes of keys are asked for: a revocation is seen this late.",
    )

    @property
    def threads(self) -> int:
        """The verifier threads, the default worked out for this machine."""
        return self.verifier_threads or min(os.cpu_count() or 1, _MOST_THREADS)
