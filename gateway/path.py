"""Path hygiene: a path that two servers could read differently is refused, never "normalised and let through".

Pure. Takes the raw bytes of a path, so that what is authorised is what is forwarded (RFC 3986 section 3.3).
"""

from __future__ import annotations

import re

# Segments of unreserved characters and sub-delims but `;` (matrix parameters: some servers cut there), ":" and "@";
# none empty but the last, so that neither `//` nor an empty path passes.
_PLAIN = re.compile(rb"(?:/[A-Za-z0-9\-._~!$&'()*+,=:@%]+)*/?\Z")
_DOT_SEGMENT = re.compile(rb"/\.{1,2}(?:/|\Z)")
_PERCENT = re.compile(rb"%(.{0,2})", re.DOTALL)
_HEX_PAIR = re.compile(rb"[0-9A-Fa-f]{2}\Z")
_STILL_ENCODED = re.compile(rb"%[0-9A-Fa-f]{2}")
_MEANINGFUL = re.compile(rb"[\x00-\x1f\x7f\\;?#]")


def is_unambiguous(path: bytes) -> bool:
    """Whether every server reads `path` alike: no dot segment, empty segment, encoded separator or control character,
    backslash, double encoding, malformed percent or invalid UTF-8.
    """
    if not path or not _PLAIN.match(path) or _DOT_SEGMENT.search(path):
        return False
    return b"%" not in path or _is_cleanly_encoded(path)


def _is_cleanly_encoded(path: bytes) -> bool:
    if not all(_HEX_PAIR.match(pair) for pair in _PERCENT.findall(path)):
        return False
    decoded = _PERCENT.sub(lambda escape: bytes([int(escape[1], 16)]), path)
    if decoded.count(b"/") != path.count(b"/") or _MEANINGFUL.search(decoded) or _STILL_ENCODED.search(decoded):
        return False
    return not _DOT_SEGMENT.search(decoded) and _is_utf8(decoded)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode("utf-8", "strict")
    except UnicodeDecodeError:
        return False
    return True
