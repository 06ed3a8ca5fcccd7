"""The history of the key store's schema, one Alembic revision per change; shipped in the wheel, run by `keys db upgrade`."""
