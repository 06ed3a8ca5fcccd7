"""Which bucket a request fills."""

from __future__ import annotations

import itertools

import pytest

from gateway.limits.policy import ALLOWANCES_KEPT, Allowance, LimitPolicy, address_bucket, bucket_of
from keys import Key, Limit, LimitBy

HOURLY = Limit(count=100, period_s=3600, burst=100)
ANONYMOUS = Limit(count=10, period_s=1, burst=100)


def key(id_="abcdefghij", account="acme", tenant="pixel", limit=None):
    return Key(
        id=id_,
        prefix="upstack",
        name="n",
        account=account,
        tenant=tenant,
        resources=None,
        scopes=frozenset(),
        plan=None,
        limit=limit,
        digest="",
        created_at=0.0,
        created_by="t",
    )


def bucket(by, plan="starter", **parts):
    return bucket_of(Allowance.of(plan, HOURLY, by), key(**parts))


def test_the_bucket_of_a_key_is_its_own_under_every_plan():
    assert bucket(LimitBy.KEY) == bucket(LimitBy.KEY, plan="agency", account="b", tenant=None)
    assert bucket(LimitBy.KEY) != bucket(LimitBy.KEY, id_="bbbbbbbbbb")


@pytest.mark.parametrize(("by", "shared_by"), [(LimitBy.ACCOUNT, {"id_": "b"}), (LimitBy.TENANT, {"id_": "b"})])
def test_keys_share_the_bucket_of_their_account_or_tenant_under_one_plan(by, shared_by):
    assert bucket(by) == bucket(by, **shared_by)
    assert bucket(by) != bucket(by, account="other")
    assert bucket(by) != bucket(by, plan="agency")


def test_two_tenants_of_one_account_have_two_buckets_by_tenant_and_one_by_account():
    assert bucket(LimitBy.TENANT) != bucket(LimitBy.TENANT, tenant="other")
    assert bucket(LimitBy.ACCOUNT) == bucket(LimitBy.ACCOUNT, tenant="other")


def test_a_key_without_a_tenant_acts_for_its_account():
    assert bucket(LimitBy.TENANT, tenant=None) == bucket(LimitBy.TENANT, tenant=None, id_="b")
    assert bucket(LimitBy.TENANT, tenant=None) != bucket(LimitBy.TENANT)


@pytest.mark.parametrize("by", LimitBy)
def test_a_key_with_its_own_limit_has_its_own_bucket(by):
    own = bucket(by, limit=Limit(1, 1, 1))
    assert own == bucket(LimitBy.KEY)
    assert own != bucket(by, id_="bbbbbbbbbb", limit=Limit(1, 1, 1))


def test_no_two_subjects_are_written_alike():
    # `a:b` + `c` is not `a` + `b:c` (SECURITY.md S6); nor is one kind of subject another.
    words = ["a", "a:b", "b:c", "c", ":", "1:a", ""]
    buckets = [
        bucket(by, plan=plan, id_=account, account=account, tenant=tenant)
        for by in (LimitBy.ACCOUNT, LimitBy.TENANT)
        for plan, account, tenant in itertools.product(words, words, words)
    ]
    by_account, by_tenant = set(buckets[: len(buckets) // 2]), set(buckets[len(buckets) // 2 :])
    assert len(by_account) == len(words) ** 2
    assert len(by_tenant) == len(words) ** 3
    assert not by_account & by_tenant
    assert not {bucket(LimitBy.KEY, id_=word) for word in words} & (by_account | by_tenant)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2001:db8::1", "2001:db8:0:0:ffff:ffff:ffff:ffff"),  # one /64
        ("2001:db8::1", "2001:DB8::2"),
        ("::ffff:192.0.2.7", "192.0.2.7"),  # a dual-stack socket's way to write an IPv4 address
        ("fe80::1%eth0", "fe80::2%eth1"),
        ("", "no address at all"),
        ("/run/gateway.sock", "a\0b:c"),
    ],
)
def test_addresses_that_share_a_bucket(one, other):
    assert address_bucket(one) == address_bucket(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("192.0.2.7", "192.0.2.8"),
        ("2001:db8::1", "2001:db8:0:1::1"),
        ("::ffff:192.0.2.7", "::ffff:192.0.2.8"),
        ("192.0.2.7", ""),
    ],
)
def test_addresses_that_do_not(one, other):
    assert address_bucket(one) != address_bucket(other)


def test_an_address_bucket_is_no_key_bucket():
    assert address_bucket("192.0.2.7").split(":")[1].startswith("anonymous")
    assert bucket(LimitBy.KEY, id_="c0000207") != address_bucket("192.0.2.7")


def test_strangers_are_on_the_anonymous_plan():
    policy = LimitPolicy(ANONYMOUS)
    charge = policy.anonymous_charge("192.0.2.7")
    assert policy.anonymous.plan == "anonymous"
    assert (charge.bucket, charge.rule, charge.cost) == (address_bucket("192.0.2.7"), policy.anonymous.rule, 1)
    assert charge.rule.burst == 100


def test_an_allowance_is_made_once():
    policy = LimitPolicy(ANONYMOUS)
    first = policy.allowance("starter", HOURLY, LimitBy.KEY)
    assert policy.allowance("starter", Limit(100, 3600, 100), LimitBy.KEY) is first
    assert policy.allowance("starter", Limit(200, 3600, 100), LimitBy.KEY) is not first
    assert policy.allowance("starter", HOURLY, LimitBy.ACCOUNT).by is LimitBy.ACCOUNT


def test_allowances_are_bounded():
    policy = LimitPolicy(ANONYMOUS)
    for count in range(1, ALLOWANCES_KEPT + 10):
        policy.allowance("custom", Limit(count, 3600, 1), LimitBy.KEY)
    assert len(policy._allowances) <= ALLOWANCES_KEPT
