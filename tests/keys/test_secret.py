"""The text of a key."""

from __future__ import annotations

from zlib import crc32

import pytest

from keys.secret import (
    ALPHABET,
    checksum,
    contains_key,
    display_hint,
    is_key_id,
    key_id_in,
    looks_like_key,
    mint_text,
    parse_key,
)

GOOD = "upstack_" + "0123456789" + "abcdefghijklmnopqrstuvwx"
GOOD += checksum(GOOD)


def test_a_minted_text_is_prefix_and_forty_characters():
    minted = mint_text("upstack")
    prefix, _, body = minted.text.partition("_")
    assert prefix == "upstack"
    assert len(body) == 40
    assert set(body) <= set(ALPHABET)
    assert parse_key(minted.text, "upstack").id == minted.id == body[:10]


def test_the_checksum_is_the_crc32_in_base62_most_significant_digit_first():
    digits = [ALPHABET.index(digit) for digit in checksum("upstack_x")]
    assert sum(digit * 62**power for power, digit in enumerate(reversed(digits))) == crc32(b"upstack_x")


@pytest.mark.parametrize("text", ["", "x"])
def test_the_checksum_is_zero_padded(text):
    assert len(checksum(text)) == 6


def test_two_minted_texts_share_nothing_but_the_prefix():
    texts = {mint_text("dt").text for _ in range(200)}
    assert len(texts) == len({text[3:13] for text in texts}) == 200


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("", "upstack"),
        ("upstack", "upstack"),
        ("upstack_", "upstack"),
        (GOOD, "dt"),
        (GOOD, "upstac"),
        (GOOD, "upstack_"),
        (GOOD, ""),
        (GOOD[:-1], "upstack"),
        (GOOD + "0", "upstack"),
        (GOOD + "\n", "upstack"),
        (" " + GOOD, "upstack"),
        (GOOD.upper(), "upstack"),
        (GOOD.replace("upstack_", "upstack-"), "upstack"),
        (GOOD[:-1] + ("0" if GOOD[-1] != "0" else "1"), "upstack"),
        (GOOD.replace("a", "b", 1) if "a" in GOOD[8:] else "", "upstack"),
        (GOOD[:20] + "_" + GOOD[21:], "upstack"),
        (GOOD[:20] + "é" + GOOD[21:], "upstack"),
        (GOOD[:20] + "٣" + GOOD[21:], "upstack"),
        (GOOD[:20] + "\ud800" + GOOD[21:], "upstack"),
        (GOOD[:20] + "\x00" + GOOD[21:], "upstack"),
    ],
)
def test_anything_else_is_no_key(text, prefix):
    assert parse_key(text, prefix) is None


def test_a_prefix_may_hold_an_underscore():
    minted = mint_text("sk_live")
    assert parse_key(minted.text, "sk_live").id == minted.id
    assert parse_key(minted.text, "sk") is None


def test_what_is_shown_of_a_key_is_its_prefix_and_id_alone():
    minted = mint_text("dt")
    assert display_hint("dt", minted.id) == f"dt_{minted.id}…"
    assert minted.text not in repr(minted)
    assert minted.text[13:] not in repr(minted)


def test_a_whole_key_is_told_from_an_id():
    minted = mint_text("sk_live")
    assert looks_like_key(minted.text)
    assert not looks_like_key(minted.id)
    assert not looks_like_key(display_hint("sk_live", minted.id))
    assert not looks_like_key(minted.text[:-1] + "!")


KEY = "px_K2pzB7ax0GqqBp07TTb2Wbie7Vc7nNQPf91ziCeM"


@pytest.mark.parametrize(
    ("text", "key_id"),
    [
        (KEY, "K2pzB7ax0G"),
        ("px_K2pzB7ax0G…", "K2pzB7ax0G"),
        ("px_K2pzB7ax0G...", "K2pzB7ax0G"),
        ("px_K2pzB7ax0G", "K2pzB7ax0G"),
        ("K2pzB7ax0G", "K2pzB7ax0G"),
        ("a name", "a name"),
        (KEY[:-1] + "N", KEY[:-1] + "N"),
        ("px_K2pz", "px_K2pz"),
    ],
)
def test_what_a_person_pastes_is_turned_into_the_id(text, key_id):
    assert key_id_in(text) == key_id


@pytest.mark.parametrize("text", [KEY, f"see https://x/?k={KEY}&a=b", f"{KEY}.", KEY[:-1] + "N"])
def test_a_secret_in_a_text_is_found_whatever_its_checksum(text):
    assert contains_key(text)


@pytest.mark.parametrize("text", ["", "a name", "px_K2pzB7ax0G…", KEY[:-1], KEY + "x", "_" + "A" * 40])
def test_no_other_text_is_taken_for_a_secret(text):
    assert not contains_key(text)


@pytest.mark.parametrize(
    ("text", "is_one"), [("K2pzB7ax0G", True), ("K2pzB7ax0", False), ("K2pzB7ax0-", False), (KEY, False)]
)
def test_an_id_has_ten_characters(text, is_one):
    assert is_key_id(text) is is_one
