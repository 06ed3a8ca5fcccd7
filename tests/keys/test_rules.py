"""The rules of minting: every mistake of an order, at once."""

from __future__ import annotations

import pytest

from keys.errors import Rejected
from keys.model import Account
from keys.plans import PlanBook
from keys.rules import LATEST_EXPIRY
from tests.keys.builders import ACCOUNT, NOW, OWN_LIMIT, an_order, rules

ON_OWN_PLAN = Account("acme", "Acme", "own", None, NOW)


def mistakes(order, *, account=ACCOUNT, holder=None):
    """The (field, message) of everything wrong with an order."""
    book = PlanBook(rules().declared_plans)
    try:
        rules().require_mintable(order, account=account, tenant_holder=holder, book=book, now=NOW)
    except Rejected as rejected:
        return [(one.field, one.message) for one in rejected.rejections]
    return []


@pytest.mark.parametrize(
    "order",
    [
        an_order(),
        an_order(prefix="ac", tenant=None, scopes=frozenset({"feed:read"})),
        an_order(prefix="any", tenant=None, scopes=frozenset()),
        an_order(prefix="any", scopes=frozenset()),
        an_order(resources=("r-1", "r-2"), labels={"team": "blue"}),
        an_order(plan="fast", expires_at=NOW + 1),
        an_order(plan="own", limit=OWN_LIMIT),
        an_order(name="Ünïcode & <b>tags</b>", expires_at=LATEST_EXPIRY),
    ],
)
def test_a_good_order_passes(order):
    assert mistakes(order) == []


def test_the_tenants_own_account_passes():
    assert mistakes(an_order(), holder="acme") == []


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"prefix": "zz"}, "prefix", "'zz' is not a declared prefix"),
        ({"name": ""}, "name", "'' is not a name"),
        ({"name": " x"}, "name", "' x' is not a name"),
        ({"name": "a\nb"}, "name", "'a\\nb' is not a name"),
        ({"name": "a\u2028b"}, "name", "'a\\u2028b' is not a name"),
        ({"name": "x" * 201}, "name", f"'{'x' * 201}' is not a name"),
        ({"tenant": None}, "tenant", "a key of prefix px is for one tenant, and none is named"),
        ({"tenant": "two words"}, "tenant", "'two words' is not an id"),
        ({"tenant": "a\r\nx-admin: 1"}, "tenant", "'a\\r\\nx-admin: 1' is not an id"),
        ({"tenant": ""}, "tenant", "'' is not an id"),
        ({"resources": ("a,b",)}, "resources", "'a,b' is not an id"),
        ({"resources": ()}, "resources", "0 resources, some perhaps twice"),
        ({"resources": ("a", "a")}, "resources", "2 resources, some perhaps twice"),
        ({"scopes": frozenset({"boards:raed"})}, "scopes", "'boards:raed' is not a known scope"),
        ({"plan": "gone"}, "plan", "there is no plan 'gone'"),
        ({"plan": "own"}, "limit", "plan 'own' is custom, and neither the key nor account 'acme' has a limit"),
        ({"labels": {"Bad Name": "x"}}, "labels", "'Bad Name' is not a label"),
        ({"labels": {"ok": "a\x00"}}, "labels", "'ok' is not a label"),
        ({"labels": {f"l{n}": "" for n in range(21)}}, "labels", "21 labels are too many"),
        ({"expires_at": NOW}, "expires_at", "2027-01-15T08:00:00Z is not in the future, or too far in it"),
        ({"expires_at": float("nan")}, "expires_at", "nans is not in the future, or too far in it"),
        ({"expires_at": float("inf")}, "expires_at", "infs is not in the future, or too far in it"),
    ],
)
def test_one_mistake(changes, field, message):
    assert mistakes(an_order(**changes)) == [(field, message)]


def test_a_prefix_without_tenants_refuses_one():
    order = an_order(prefix="ac", scopes=frozenset())
    assert mistakes(order) == [("tenant", "a key of prefix ac has no tenant: its account is the tenant")]


def test_a_tenant_of_another_account_is_refused():
    assert mistakes(an_order(), holder="other") == [("tenant", "tenant 'pixel-1' belongs to another account")]


def test_an_unknown_account_is_refused():
    assert mistakes(an_order(), account=None) == [("account", "there is no account 'acme'")]


def test_a_malformed_account_is_named_once():
    assert mistakes(an_order(account="a b"), account=None) == [("account", "'a b' is not an id")]


def test_an_account_on_a_custom_plan_needs_a_limit_somewhere():
    assert [field for field, _ in mistakes(an_order(), account=ON_OWN_PLAN)] == ["limit"]
    assert mistakes(an_order(limit=OWN_LIMIT), account=ON_OWN_PLAN) == []
    limited = Account("acme", "Acme", "own", OWN_LIMIT, NOW)
    assert mistakes(an_order(), account=limited) == []


def test_all_mistakes_come_at_once():
    order = an_order(name="", tenant=None, scopes=frozenset({"old_query", "feed:read"}), plan="gone", expires_at=1.0)
    found = [field for field, _ in mistakes(order, account=None)]
    assert found == ["name", "account", "tenant", "scopes", "scopes", "plan", "expires_at"]
