"""Records check themselves: an impossible one cannot be made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from keys.model import Limit, Operator, Role
from tests.keys.builders import KEY, NOW

OPERATOR = Operator("OOOOOOOOO0", "Ann", Role.ADMIN, None, "digest of the token", NOW, "test")


@pytest.mark.parametrize("numbers", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (-1, 1, 1)])
def test_a_limit_admits_something(numbers: tuple[int, int, int]):
    with pytest.raises(ValueError, match="at least 1"):
        Limit(*numbers)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("account", [None, "acme"])
def test_an_owner_has_an_account_and_nobody_else_has(role: Role, account: str | None):
    if (role is Role.OWNER) == (account is not None):
        assert replace(OPERATOR, role=role, account=account).account == account
    else:
        with pytest.raises(ValueError, match="owner"):
            replace(OPERATOR, role=role, account=account)


def test_no_record_shows_its_digest():
    assert KEY.digest not in repr(KEY)
    assert OPERATOR.digest not in repr(OPERATOR)
