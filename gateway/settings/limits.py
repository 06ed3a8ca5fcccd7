"""Limits that belong to no plan. The plans themselves are settings of the keys."""

from typing import Literal

from pydantic import Field

from gateway.settings.values import Count
from keys import Limit, Section

PERIODS_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


class AnonymousLimit(Section):
    """The bucket of a client address for requests whose key was not proven, kept in each process."""

    limit: Count = Field(default=10, description="Requests for each period.")
    per: Literal["second", "minute", "hour", "day"] = Field(default="second", description="The period.")
    burst: Count = Field(default=100, description="Requests at once: the size of the bucket.")

    @property
    def rate(self) -> Limit:
        """The same as the limiter takes it."""
        return Limit(self.limit, PERIODS_S[self.per], self.burst)


class LimitSettings(Section):
    """Limits beside those of the plans."""

    anonymous: AnonymousLimit = Field(
        default=AnonymousLimit(), description="For each client address, while its requests prove no key."
    )
