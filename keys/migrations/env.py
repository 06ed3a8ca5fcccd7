"""Alembic's entry: runs revisions on the connection that keys.store.migrate hands over. Nothing else starts it."""

from __future__ import annotations

from alembic import context

from keys.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter most things in place: revisions copy the table instead.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
