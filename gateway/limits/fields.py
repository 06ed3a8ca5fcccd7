"""What a response says of a decision, in two forms: the `X-RateLimit-*` that clients know, and the IETF draft's.

The draft is draft-ietf-httpapi-ratelimit-headers-11 (May 2026): `RateLimit-Policy` says what is sold, `q` requests per
`w` seconds, `RateLimit` what is left, `r` requests, of which no more become due for `t` seconds; both are structured
fields (RFC 9651), so a policy's name stands in quotes. Retry-After is RFC 9110, section 10.2.3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.limits.bucket import MICROSECONDS, Basis

if TYPE_CHECKING:
    from gateway.limits.bucket import Decision
    from gateway.message import Field, Fields
    from keys import Limit

LIMIT = b"x-ratelimit-limit"
REMAINING = b"x-ratelimit-remaining"
RESET = b"x-ratelimit-reset"
POLICY = b"ratelimit-policy"
RATELIMIT = b"ratelimit"
RETRY_AFTER = b"retry-after"
DEGRADED = (b"x-ratelimit-policy", b"degraded")
"""The limits of the fleet are out of reach: the other fields are what this node guesses."""


class LimitTexts(NamedTuple):
    """What is the same in every response under one limit; made once, when the limit is first used.

    `item` is a format: the plan's name, with places for `r` and `t`.
    """

    limit: Field
    policy: Field
    item: bytes


def texts_of(plan: str, limit: Limit) -> LimitTexts:
    """The constant texts of a plan's limit: the count sold per period, not the burst."""
    name = _quoted(plan)
    return LimitTexts(
        (LIMIT, b"%d" % limit.count),
        (POLICY, b"%s;q=%d;w=%d" % (name, limit.count, limit.period_s)),
        name.replace(b"%", b"%%") + b";r=%d;t=%d",
    )


def limit_fields(texts: LimitTexts, decision: Decision, now_s: float) -> Fields:
    """The fields of a response, with `Retry-After` if the request was refused. `now_s` is Unix time.

    Names are in lower case. All times are rounded up: who waits as long as told is not told to wait again.
    """
    fields: Fields = (
        texts.limit,
        (REMAINING, b"%d" % decision.remaining),
        (RESET, b"%d" % -(-(int(now_s * MICROSECONDS) + decision.reset_after_us) // MICROSECONDS)),
        texts.policy,
        (RATELIMIT, texts.item % (decision.remaining, -(-decision.refill_after_us // MICROSECONDS))),
    )
    if decision.basis is not Basis.BUCKET:
        fields = (*fields, DEGRADED)
    return fields if decision.allowed else (*fields, (RETRY_AFTER, _retry_after(decision)))


def _retry_after(decision: Decision) -> bytes:
    """At least a second, as any wait is rounded up, and never before the `t` of `RateLimit` (section 6 of the draft).

    A request that costs more than its bucket holds is never admitted; it is told to wait until the bucket is full.
    """
    wait_us = decision.retry_after_us
    if wait_us is None:
        wait_us = max(decision.reset_after_us, decision.refill_after_us)
    return b"%d" % -(-wait_us // MICROSECONDS)


def _quoted(plan: str) -> bytes:
    r"""A structured field's string (RFC 9651, section 3.3.3): printable ASCII, `"` and `\\` escaped, others as `?`."""
    printable = "".join(letter if " " <= letter <= "~" else "?" for letter in plan)
    escaped = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.encode("ascii")
