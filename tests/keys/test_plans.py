"""Plans and the limit that a key lives under."""

from __future__ import annotations

import pytest

from keys.model import Account, KeyRecord, Limit, LimitBy, Plan
from keys.plans import EffectivePlan, PlanBook, describe_limit, parse_limit
from tests.keys.builders import NOW, OWN_LIMIT, a_key, settings

ACCOUNT_LIMIT = Limit(50, 3600, 50)
SMALL = Limit(100, 3600, 100)
FAST = Limit(5, 1, 20)
STORED = Limit(3, 86400, 3)


def record(*, key_plan=None, key_limit=None, account_plan="small", account_limit=None):
    account = Account("acme", "Acme", account_plan, account_limit, NOW)
    return KeyRecord(a_key(plan=key_plan, limit=key_limit), account)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ("small", SMALL, LimitBy.KEY)),
        ({"key_plan": "fast"}, ("fast", FAST, LimitBy.ACCOUNT)),
        ({"key_plan": "added"}, ("added", STORED, LimitBy.TENANT)),
        ({"account_limit": ACCOUNT_LIMIT}, ("small", ACCOUNT_LIMIT, LimitBy.KEY)),
        ({"account_limit": ACCOUNT_LIMIT, "key_limit": OWN_LIMIT}, ("small", OWN_LIMIT, LimitBy.KEY)),
        ({"account_plan": "own", "key_limit": OWN_LIMIT}, ("own", OWN_LIMIT, LimitBy.KEY)),
        ({"account_plan": "own", "account_limit": ACCOUNT_LIMIT}, ("own", ACCOUNT_LIMIT, LimitBy.KEY)),
    ],
)
def test_the_limit_is_the_keys_else_the_accounts_else_the_plans(given, expected):
    book = PlanBook(settings().declared_plans(), [Plan("added", STORED, LimitBy.TENANT)])
    assert book.resolve(record(**given)) == EffectivePlan(*expected)


@pytest.mark.parametrize("given", [{"account_plan": "own"}, {"account_plan": "gone"}, {"key_plan": "gone"}])
def test_where_nobody_said_how_much_there_is_no_limit_to_guess(given):
    assert PlanBook(settings().declared_plans()).resolve(record(**given)) is None


def test_the_settings_win_over_a_stored_plan_of_the_same_name():
    book = PlanBook(settings().declared_plans(), [Plan("small", STORED)])
    assert book.find("small").limit == SMALL
    assert [plan.name for plan in book.plans()] == ["fast", "own", "small"]
    assert book.is_declared("small")
    assert book.names() == "fast, own, small"
    assert PlanBook({}).names() == "none yet"


@pytest.mark.parametrize(
    ("text", "burst", "limit", "described"),
    [
        ("100/hour", None, Limit(100, 3600, 100), "100/hour"),
        ("5/second", 20, Limit(5, 1, 20), "5/second, burst 20"),
        ("1/day", None, Limit(1, 86400, 1), "1/day"),
        ("1000000000/minute", 1, Limit(10**9, 60, 1), "1000000000/minute, burst 1"),
    ],
)
def test_a_limit_as_people_write_it(text, burst, limit, described):
    assert parse_limit(text, burst) == limit
    assert describe_limit(limit) == described


def test_other_limits_are_described_too():
    assert describe_limit(None) == "custom"
    assert describe_limit(Limit(2, 90, 2)) == "2/90s"


@pytest.mark.parametrize(
    "text", ["", "100", "0/hour", "-1/hour", "1.5/hour", "100/year", "100 /hour", "1000000001/day", "٣/day"]
)
def test_what_is_no_limit_is_refused_with_what_is(text):
    with pytest.raises(ValueError, match="COUNT/PERIOD"):
        parse_limit(text)


@pytest.mark.parametrize("burst", [0, -1, 10**9 + 1])
def test_what_is_no_burst_is_refused(burst):
    with pytest.raises(ValueError, match="no burst"):
        parse_limit("1/hour", burst)
