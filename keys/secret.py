"""The text of a key: made, parsed, hinted at. Pure but for the random numbers of `mint_text`.

    PREFIX_ + 10 characters of key id + 24 of secret + 6 of checksum, all base62

The id finds the record by an index; the secret (24 * log2(62) > 142 bits) is what only the holder knows; the checksum is
the CRC32 of everything before it, so that a mistyped or invented key is refused without asking anybody, and a scanner
of source code tells a real key from random text offline. Only prefix and id are ever shown, logged or stored.
"""

from __future__ import annotations

import re
import secrets
import string
from typing import NamedTuple
from zlib import crc32

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
ID_LENGTH = 10
SECRET_LENGTH = 24
CHECKSUM_LENGTH = 6
BODY_LENGTH = ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH

PREFIX_PATTERN = r"[a-z][a-z0-9_]{0,30}[a-z0-9]|[a-z]"
"""What a prefix may look like (it ends before the last `_` of the text, so it never ends in one itself)."""

TOKEN_PREFIX = "op"  # noqa: S105 - it begins every token, and is none
"""What operator tokens begin with (see keys.operators), and no key."""

_HINT = re.compile(rf"[a-z][a-z0-9_]*_([0-9A-Za-z]{{{ID_LENGTH}}})(?:…|\.\.\.)?")
_is_id = re.compile(rf"[0-9A-Za-z]{{{ID_LENGTH}}}").fullmatch
_KEY_IN_TEXT = re.compile(rf"[a-z0-9]_[0-9A-Za-z]{{{BODY_LENGTH}}}(?![0-9A-Za-z])")
_is_body = re.compile(rf"[0-9A-Za-z]{{{BODY_LENGTH}}}").fullmatch


class MintedText(NamedTuple):
    """A new key: the whole text, to be shown once and forgotten, and the id that stays."""

    text: str
    id: str

    def __repr__(self) -> str:
        return f"MintedText(id={self.id!r})"


class ParsedKey(NamedTuple):
    """A well-formed key: `id` says whose it claims to be. Nothing is proven yet."""

    id: str


def mint_text(prefix: str) -> MintedText:
    """A new random key text with this prefix, from the operating system's random numbers."""
    body = _random(ID_LENGTH + SECRET_LENGTH)
    text = f"{prefix}_{body}"
    return MintedText(text + checksum(text), body[:ID_LENGTH])


def new_id() -> str:
    """The id of a key whose text was made elsewhere."""
    return _random(ID_LENGTH)


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def parse_key(text: str, prefix: str) -> ParsedKey | None:
    """The id in a presented key, or None if it is not, byte for byte, a key text of this prefix. Never raises."""
    start = len(prefix) + 1
    body = text[start:]
    if text[:start] != prefix + "_" or _is_body(body) is None:
        return None
    if checksum(text[:-CHECKSUM_LENGTH]) != body[-CHECKSUM_LENGTH:]:
        return None
    return ParsedKey(body[:ID_LENGTH])


def checksum(text: str) -> str:
    """The CRC32 of an ASCII text as six base62 digits, zero padded (62^6 > 2^32)."""
    rest = crc32(text.encode())
    digits = []
    for _ in range(CHECKSUM_LENGTH):
        rest, digit = divmod(rest, 62)
        digits.append(ALPHABET[digit])
    return "".join(reversed(digits))


def display_hint(prefix: str, key_id: str) -> str:
    """How a key is shown to people who must recognise it and must not be able to use it."""
    return f"{prefix}_{key_id}…"


def is_key_id(text: str) -> bool:
    """Has this the form of a key's id?"""
    return _is_id(text) is not None


def key_id_in(text: str) -> str:
    """The id in what a person pastes: a whole key, a hint with its prefix, the id itself; any other text as it is."""
    prefix = text.rpartition("_")[0]
    parsed = parse_key(text, prefix) if prefix else None
    if parsed is not None:
        return parsed.id
    found = _HINT.fullmatch(text)
    return found[1] if found else text


def contains_key(text: str) -> bool:
    """Does this hold something of the form of a key? For refusing a secret in a name, a label or a reason."""
    return _KEY_IN_TEXT.search(text) is not None


def looks_like_key(text: str) -> bool:
    """Is this the whole text of some key, of whatever prefix? For refusing to take one where an id belongs."""
    prefix, _, _ = text.rpartition("_")
    return bool(prefix) and parse_key(text, prefix) is not None
