"""The opaque text in `next` and `after`: where a page of keys ended. Pure."""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from math import isfinite
from typing import TYPE_CHECKING

from keys.admin.asked import invalid
from keys.secret import is_key_id
from keys.store import KeyCursor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keys.model import Key


def next_of(page: Sequence[Key], limit: int) -> str | None:
    """The text for the page behind this one; None when this is the last."""
    if len(page) < limit:
        return None
    return urlsafe_b64encode(json.dumps(list(KeyCursor.after(page[-1]))).encode()).decode().rstrip("=")


def cursor_of(text: str | None) -> KeyCursor | None:
    """The place that a text means. Raises Problem (422) for one that `next_of` has not made."""
    if text is None:
        return None
    try:
        created_at, key_id = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise invalid("after", "is no `next` of a page") from None
    if not isinstance(created_at, float) or not isfinite(created_at):
        raise invalid("after", "is no `next` of a page")
    if not isinstance(key_id, str) or not is_key_id(key_id):
        raise invalid("after", "is no `next` of a page")
    return KeyCursor(created_at, key_id)
