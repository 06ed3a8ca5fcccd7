"""Scopes: what a route needs, all of it, must be granted: SECURITY.md S2."""

import pytest

from gateway.authorize import require_scopes
from gateway.problems import Reason, Refused
from tests.gateway.builders import principal, route


@pytest.mark.parametrize(
    ("needed", "granted"), [((), ()), ((), ("a",)), (("a",), ("a", "b")), (("a", "b"), ("a", "b"))]
)
def test_enough_scopes_let_on(needed: tuple, granted: tuple) -> None:
    require_scopes(route("GET", "/x", scopes=needed), principal(scopes=granted))


@pytest.mark.parametrize(("needed", "granted", "lacking"), [(("a",), (), "a"), (("b", "a"), ("c",), "a"), (("a", "b"), ("a",), "b")])  # fmt: skip
def test_a_lacking_scope_is_named(needed: tuple, granted: tuple, lacking: str) -> None:
    with pytest.raises(Refused) as refused:
        require_scopes(route("GET", "/x", scopes=needed), principal(scopes=granted))
    assert refused.value.reason is Reason.INSUFFICIENT_SCOPE
    assert refused.value.words == {"scope": lacking}
