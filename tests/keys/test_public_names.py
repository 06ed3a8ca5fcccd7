"""What `keys` offers, and that importing it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import keys


def test_every_public_name_is_there():
    assert len(set(keys.__all__)) == len(keys.__all__)
    assert set(keys.__all__) == keys._MODULE_OF.keys()
    for name in keys.__all__:
        assert getattr(keys, name).__name__ == name
    assert dir(keys) == sorted(keys.__all__)


def test_any_other_name_is_not():
    with pytest.raises(AttributeError, match="'keys' has no attribute 'nope'"):
        _ = keys.nope


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import keys", "sqlalchemy pydantic argon2 alembic typer rich"),
        ("from keys import Limit, parse_key, judge", "sqlalchemy pydantic alembic typer rich"),
        ("from keys import KeysSettings", "sqlalchemy alembic typer rich"),
        ("from keys import open_store, Lifecycle, ChangeFeed", "alembic typer rich"),
    ],
)
def test_only_what_is_used_is_loaded(code, heavy):
    check = f"{code}; import sys; print([name for name in {heavy.split()} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], check=True, capture_output=True, text=True, timeout=60)
    assert done.stdout == "[]\n"
