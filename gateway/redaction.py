"""What may stand in a log: no secret, no control character, nothing endless. Pure."""

from __future__ import annotations

import re

FIELD_BYTES = 1024
CERTAINLY_SHORT = FIELD_BYTES // 4
"""A character is at most four bytes, so this many need no counting."""

_SECRETS = (
    # the text of a key: its id stays, for whoever must revoke it; the secret and the checksum go
    (re.compile(r"(_[0-9A-Za-z]{10})[0-9A-Za-z]{30,}"), r"\1***"),
    # the user and the password of a connection string
    (re.compile(r"(://)[^/\s@\"']+@"), r"\1***@"),
    (re.compile(r"(?i)\b(bearer|basic)(\s+)[^\s\"',]+"), r"\1\2***"),
)


def redact(text: str) -> str:
    """The text without what looks like a secret. The last line of defence: nothing should log one at all."""
    for secret, shown in _SECRETS:
        text = secret.sub(shown, text)
    return text


def clean(text: str) -> str:
    r"""The text as one field of a log: what does not print is written `\n`, `\x1b`, `\ud800`; cut at 1 KiB."""
    if len(text) <= CERTAINLY_SHORT and text.isprintable():
        return text
    shown = "".join(letter if letter.isprintable() else _escaped(letter) for letter in text[: FIELD_BYTES + 1])
    encoded = shown.encode()
    return shown if len(encoded) <= FIELD_BYTES else encoded[: FIELD_BYTES - 3].decode(errors="ignore") + "…"


def _escaped(letter: str) -> str:
    return letter.encode("unicode_escape").decode("ascii")
