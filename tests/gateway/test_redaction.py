"""What may stand in a log."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.redaction import clean, redact
from keys import mint_text


def test_the_secret_of_a_key_goes_and_its_id_stays():
    minted = mint_text("upstack")
    line = redact(f'presented "{minted.text}" twice: {minted.text}')
    assert line == f'presented "upstack_{minted.id}***" twice: upstack_{minted.id}***'


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://keys:hunter2@db/keys", "postgresql://***@db/keys"),
        ("redis://:hunter2@cache:6379/0", "redis://***@cache:6379/0"),
        ("Authorization: Bearer dt-imported-key", "Authorization: Bearer ***"),
        ("authorization: basic aGk6aGk=", "authorization: basic ***"),
        ("http://127.0.0.1:9101/db-mgmt/", "http://127.0.0.1:9101/db-mgmt/"),
        ("view_from_preset", "view_from_preset"),
    ],
)
def test_what_looks_like_a_secret_goes_and_nothing_else(text, shown):
    assert redact(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET", "GET"),
        ("Zoë's pixel ✓", "Zoë's pixel ✓"),
        ("a\r\nHTTP/1.1 200", r"a\r\nHTTP/1.1 200"),
        ("\x1b[2J\x07\x7f\x9b", r"\x1b[2J\x07\x7f\x9b"),
        ("line\u2028break \u202e", r"line\u2028break \u202e"),
        ("half \ud800", r"half \ud800"),
    ],
)
def test_what_does_not_print_is_written_out(text, shown):
    assert clean(text) == shown


@given(st.text(max_size=3000) | st.text("aé✓😀\n", min_size=200, max_size=2000))
def test_a_field_prints_and_is_at_most_a_kibibyte(text):
    shown = clean(text)
    assert shown.isprintable()
    assert len(shown.encode()) <= 1024


def test_a_long_field_ends_in_a_sign_that_it_was_cut():
    assert clean("x" * 1024) == "x" * 1024
    assert clean("x" * 1025) == "x" * 1021 + "…"
