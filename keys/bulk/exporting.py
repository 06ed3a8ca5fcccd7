"""Keys -> records, by the names that an import reads, with what became of them. No secret and no digest is in it."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from keys.bulk.reading import Format
from keys.plans import describe_limit
from keys.secret import display_hint
from keys.store import KeyCursor
from keys.times import iso_time
from keys.verify import IMPORTED, judge

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TextIO

    from keys.model import Key
    from keys.store import KeyFilter, KeyStore

PAGE = 1000
_TIMES = ("created_at", "expires_at", "disabled_at", "revoked_at", "last_used_at")
COLUMNS = (
    *("id", "hint", "state", "prefix", "name", "account", "tenant", "resources", "scopes", "plan", "limit", "labels"),
    *("created_by", "revoked_by", "revoked_why", "rotated_from", "rotated_to", "awaits_first_use", *_TIMES),
)


async def export_keys(store: KeyStore, wanted: KeyFilter, form: Format, out: TextIO, now: float) -> int:
    """Writes every key that fits to `out`, newest first; gives their number. Raises StoreUnavailable."""
    write = _writer(form, out)
    count, after = 0, None
    while page := await store.list_keys(wanted, after, PAGE, now):
        for key in page:
            write(export_record(key, now))
        count += len(page)
        after = KeyCursor.after(page[-1])
    return count


def export_record(key: Key, now: float) -> dict[str, Any]:
    """One key. `awaits_first_use`: imported, and still known by the SHA-256 of its text alone."""
    return {
        **{name: getattr(key, name) for name in ("id", "prefix", "name", "account", "tenant", "plan")},
        **{name: getattr(key, name) for name in ("created_by", "revoked_by", "revoked_why")},
        **{name: getattr(key, name) for name in ("rotated_from", "rotated_to")},
        **{name: None if (at := getattr(key, name)) is None else iso_time(at) for name in _TIMES},
        "hint": display_hint(key.prefix, key.id),
        "state": judge(key, now).value,
        "resources": None if key.resources is None else list(key.resources),
        "scopes": sorted(key.scopes),
        "limit": describe_limit(key.limit) if key.limit else None,
        "labels": dict(key.labels),
        "awaits_first_use": key.digest.startswith(IMPORTED),
    }


def _writer(form: Format, out: TextIO) -> Any:
    if form is Format.JSONL:
        return lambda record: out.write(json.dumps({name: record[name] for name in COLUMNS}) + "\n")
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    return lambda record: table.writerow([_cell(record, name) for name in COLUMNS])


def _cell(record: Mapping[str, Any], name: str) -> str:
    """A value as a cell. A text that a spreadsheet would take for a formula is marked as a text."""
    value = record[name]
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, dict):
        return ";".join(f"{label}={text}" for label, text in value.items())
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value
