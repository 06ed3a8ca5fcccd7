"""JSON documents on disk, each with an id and an owner: what the services keep while the demo runs, and after.

SQLite, called from the event loop: a call is some ten microseconds, and what one handler does between two awaits is
atomic. Every change is one statement. `synchronous=NORMAL`: a crash of the machine may lose the last changes, never
the file; samples need no more.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS document (id TEXT PRIMARY KEY, owner TEXT NOT NULL, body BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS document_owner ON document (owner);
"""

Document = dict[str, Any]


class Documents:
    """A shelf of documents in one file, or in memory when `path` is None."""

    def __init__(self, path: Path | None) -> None:
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.executescript(SCHEMA)

    def is_empty(self) -> bool:
        """Whether nothing was ever put here, or all of it was removed."""
        return self._db.execute("SELECT 1 FROM document LIMIT 1").fetchone() is None

    def put(self, owner: str, document: Document) -> None:
        """Keep `document` (its `id` names it), in place of the one that had the id."""
        self.put_all(owner, [document])

    def put_all(self, owner: str, documents: list[Document]) -> None:
        """Keep several at once: all or none."""
        rows = [(document["id"], owner, orjson.dumps(document)) for document in documents]
        self._db.execute("BEGIN IMMEDIATE")
        with self._db:  # commits, or rolls back
            self._db.executemany("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", rows)

    def find(self, id_: str) -> tuple[str, Document] | None:
        """The owner and the document, or None."""
        row = self._db.execute("SELECT owner, body FROM document WHERE id = ?", (id_,)).fetchone()
        return None if row is None else (row[0], orjson.loads(row[1]))

    def owner(self, id_: str) -> str | None:
        """Whose the document is, or None: one indexed look-up either way."""
        row = self._db.execute("SELECT owner FROM document WHERE id = ?", (id_,)).fetchone()
        return None if row is None else row[0]

    def owned(self, owner: str) -> list[Document]:
        """Every document of an owner."""
        rows = self._db.execute("SELECT body FROM document WHERE owner = ? ORDER BY id", (owner,))
        return [orjson.loads(body) for (body,) in rows]

    def remove(self, id_: str) -> None:
        """Forget a document."""
        self._db.execute("DELETE FROM document WHERE id = ?", (id_,))

    def close(self) -> None:
        """Close the file."""
        self._db.close()
