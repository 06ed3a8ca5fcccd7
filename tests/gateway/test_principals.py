"""From a key's record to a principal: what it may do, under which limit, and what its backend is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.limits.policy import LimitPolicy
from gateway.principals import Principals
from gateway.problems import Reason, Refused
from keys import Account, Key, KeyRecord, Limit, LimitBy, Plan, ScopeTable

SCOPES = ScopeTable(
    {"views:read": "px", "views:write": "px"}, {"views:write": ["views:read"]}, {"old_read": ["views:read"]}
)
SMALL = Plan("small", Limit(100, 3600, 100), LimitBy.KEY)
BIG = Plan("big", Limit(1000, 3600, 1000), LimitBy.KEY)
CUSTOM = Plan("custom", None, LimitBy.KEY)
KEY = Key("K1", "px", "A key", "acme", "pixel-1", None, frozenset({"views:write"}), None, None, "digest", 0.0, "test")
ACCOUNT = Account("acme", "Acme", "small", None, 0.0)


class KeptPlans:
    """The plans of a store, as they are now."""

    def __init__(self, *plans: Plan) -> None:
        self.plans = plans

    async def list_plans(self) -> tuple[Plan, ...]:
        return self.plans


@pytest.fixture
def principals() -> Principals:
    declared = {plan.name: plan for plan in (SMALL, CUSTOM)}
    return Principals(SCOPES, declared, LimitPolicy(Limit(10, 1, 100)))


def record(account: Account = ACCOUNT, **changes: object) -> KeyRecord:
    return KeyRecord(replace(KEY, **changes), account)


def test_the_backend_is_told_who_it_is(principals: Principals):
    identity = dict(principals.principal_of(record()).identity)
    assert identity == {
        b"x-key-id": b"K1",
        b"x-account-id": b"acme",
        b"x-scopes": b"views:read views:write",
        b"x-plan": b"small",
    }


def test_a_key_of_certain_resources_says_which(principals: Principals):
    principal = principals.principal_of(record(resources=("c2", "c1")))
    assert principal.resources == {"c1", "c2"}
    assert dict(principal.identity)[b"x-resources"] == b"c1,c2"
    assert principals.principal_of(record()).resources is None


def test_a_legacy_scope_is_expanded_and_named(principals: Principals):
    principal = principals.principal_of(record(scopes=frozenset({"old_read", "unheard_of"})))
    assert principal.scopes == {"views:read"}
    assert principal.legacy == {"old_read"}


def test_the_limit_is_the_plans(principals: Principals):
    principal = principals.principal_of(record())
    assert (principal.allowance.plan, principal.allowance.limit) == ("small", SMALL.limit)


@pytest.mark.parametrize("plan", ["custom", "big"])
def test_a_key_of_which_nobody_said_how_much_is_refused_as_our_fault(principals: Principals, plan: str):
    with pytest.raises(Refused) as refused:
        principals.principal_of(record(plan=plan))
    assert refused.value.reason is Reason.PLAN_UNKNOWN
    assert refused.value.problem.status == 503
    assert plan in refused.value.detail


def test_the_plan_that_is_missing_may_be_the_accounts(principals: Principals):
    with pytest.raises(Refused, match="plan_unknown") as refused:
        principals.principal_of(record(replace(ACCOUNT, plan="big")))
    assert refused.value.detail == "plan big"


async def test_a_plan_of_the_store_counts_from_its_reading_until_it_is_gone_from_there(principals: Principals):
    await principals.reload_plans(KeptPlans(BIG))
    assert principals.principal_of(record(plan="big")).allowance.limit == BIG.limit
    await principals.reload_plans(KeptPlans())
    with pytest.raises(Refused):
        principals.principal_of(record(plan="big"))
