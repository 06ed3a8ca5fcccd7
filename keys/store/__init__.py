"""Where keys are kept: one schema for SQLite and PostgreSQL, on SQLAlchemy Core.

tables     the schema, with what must always hold
engine     from a URL to a connection pool; what SQLite is told
faults     driver errors -> StoreUnavailable
rows       records <-> rows
filters    which keys a list shows
store      KeyStore: reading, the change feed
statements how statements are run
sessions   signed-in browsers
bulk_rows  questions about many at once, for imports
node_rows  the processes that serve keys
listen     LISTEN/NOTIFY: hearing of changes early
writing    one changing transaction, with its audit events
open       open_store
schema     the version of a database; creating a fresh one
migrate    upgrading an old one (loads Alembic)
"""

from keys.store.engine import StoreLimits
from keys.store.filters import KeyCursor, KeyFilter
from keys.store.open import open_store
from keys.store.store import KeyStore
from keys.store.writing import Writing

__all__ = ["KeyCursor", "KeyFilter", "KeyStore", "StoreLimits", "Writing", "open_store"]
