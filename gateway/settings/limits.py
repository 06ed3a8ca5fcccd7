"""Limits that belong to no plan, and where the buckets of a fleet are. The plans themselves are settings of the keys."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.limits.limiter import OnFailure
from gateway.limits.redis.address import FORMS, RedisAddress
from gateway.settings.values import Count
from keys import Limit, Section, WrongValue

PERIODS_S = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}


def _redis_url(url: str) -> str:
    try:
        RedisAddress.parse(url)
    except ValueError as error:
        raise WrongValue(str(error), FORMS) from None
    return url


class AnonymousLimit(Section):
    """The bucket of a client address for requests whose key was not proven, kept in each process."""

    # 600 a minute rather than 10 a second, which is the same bucket: no answer shows more remaining than its limit
    limit: Count = Field(default=600, description="Requests for each period.")
    per: Literal["second", "minute", "hour", "day"] = Field(default="minute", description="The period.")
    burst: Count = Field(default=100, description="Requests at once: the size of the bucket.")

    @property
    def rate(self) -> Limit:
        """The same as the limiter takes it."""
        return Limit(self.limit, PERIODS_S[self.per], self.burst)


class RedisSettings(Section):
    """The Redis in which all gateways of a fleet keep the buckets of keys."""

    url: Annotated[str, AfterValidator(_redis_url)] = Field(
        description="redis://[USER:PASSWORD@]HOST[:PORT][/DB], redis+sentinel://HOST,.../SERVICE[/DB] or "
        "redis+cluster://HOST,...; rediss for TLS, with ?ca_file=FILE for an authority of your own. "
        "Take it from ${NAME}: it holds a password.",
    )
    timeout_ms: int = Field(
        default=50, ge=1, le=10_000, description="How long a request waits for Redis before on_failure decides."
    )
    on_failure: OnFailure = Field(
        default=OnFailure.LOCAL,
        description="What happens to requests while Redis is gone, slow or full. local: this node admits its share of "
        "each limit; deny: 503; allow: let through, uncounted.",
    )
    nodes: int = Field(
        default=1,
        ge=1,
        le=10_000,
        description="How many gateways share this Redis, for the share of local. Each splits its own among its workers.",
    )
    prefix: str = Field(default="gateway:", max_length=64, description="What every key in Redis begins with.")


class LimitSettings(Section):
    """Limits beside those of the plans."""

    anonymous: AnonymousLimit = Field(
        default=AnonymousLimit(), description="For each client address, while its requests prove no key."
    )
    redis: RedisSettings | None = Field(
        default=None, description="Where a fleet keeps its buckets; absent: in each process, which has its share."
    )
