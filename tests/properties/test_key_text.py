"""Key texts: what is minted is parsed, and what is not minted is refused without raising."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from keys.secret import ALPHABET, PREFIX_PATTERN, checksum, mint_text, parse_key

prefixes = st.from_regex(PREFIX_PATTERN, fullmatch=True)


@st.composite
def key_texts(draw):
    start = draw(prefixes) + "_" + draw(st.text(ALPHABET, min_size=34, max_size=34))
    return start + checksum(start)


@given(prefixes)
def test_round_trip(prefix):
    minted = mint_text(prefix)
    parsed = parse_key(minted.text, prefix)
    assert parsed is not None
    assert parsed.id == minted.id


@given(st.text(), st.text(max_size=40))
def test_any_text_is_parsed_without_raising(text, prefix):
    assert parse_key(text, prefix) is None or text.startswith(prefix + "_")


@given(key_texts(), st.data())
def test_one_wrong_character_is_always_noticed(text, data):
    """A CRC32 finds every burst of up to 32 bits, so every change of one character."""
    prefix = text[:-41]
    position = data.draw(st.integers(len(prefix) + 1, len(text) - 1))
    other = data.draw(st.sampled_from([letter for letter in ALPHABET if letter != text[position]]))
    assert parse_key(text, prefix) is not None
    assert parse_key(text[:position] + other + text[position + 1 :], prefix) is None


@given(key_texts(), prefixes)
def test_a_key_is_of_one_prefix_only(text, prefix):
    assert (parse_key(text, prefix) is not None) == (prefix == text[:-41])
