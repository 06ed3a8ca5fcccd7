"""The schema: one for SQLite and PostgreSQL. What must always hold is said here too, so that the database refuses it.

Every change of a table is a new revision in keys/migrations/; a test compares the two. Times are Unix seconds.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from keys.audit import FIRST_PREV

SCHEMA_VERSION = "0001"
"""The Alembic revision that these tables are; a store at another one is SchemaOutdated."""

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_ID = String(128)
_JSON = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
# SQLite gives out row ids only to a column that is INTEGER to the letter, and its integers have 64 bits anyway.
_SEQUENCE = BigInteger().with_variant(Integer(), "sqlite")

# A comparison with NULL is no refusal, so that the three are NULL together must be said apart.
_LIMIT_IS_WHOLE = (
    "(limit_count IS NULL) = (limit_period_s IS NULL) AND (limit_count IS NULL) = (limit_burst IS NULL)"
    " AND (limit_count IS NULL OR (limit_count >= 1 AND limit_period_s >= 1 AND limit_burst >= 1))"
)

_DIGEST_IS_STRONG_OR_IMPORTED = (
    "digest LIKE '$argon2id$%' OR (imported_sha256 IS NOT NULL AND digest = 'sha256:' || imported_sha256)"
)


def _limit_columns() -> tuple[Column[int], Column[int], Column[int]]:
    """A limit, or three times NULL. A fresh copy for each table."""
    return Column("limit_count", BigInteger), Column("limit_period_s", Integer), Column("limit_burst", BigInteger)


def _index_of_rare(name: str, column: str) -> Index:
    """An index, in the order of lists, of the keys that have a value there."""
    has_one = text(f"{column} IS NOT NULL")
    return Index(name, "created_at", "id", postgresql_where=has_one, sqlite_where=has_one)


plans = Table(
    "plans",
    metadata,
    Column("name", _ID, primary_key=True),
    *_limit_columns(),
    Column("by", String(16), nullable=False),
    Column("created_at", Double, nullable=False),
    CheckConstraint(_LIMIT_IS_WHOLE, name="limit_is_whole"),
    CheckConstraint("\"by\" IN ('key', 'account', 'tenant')", name="by_is_known"),
    comment="Plans added by command; those of the settings file are not here.",
)

accounts = Table(
    "accounts",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("plan", _ID, nullable=False, comment="A plan of the settings file or of the table plans."),
    *_limit_columns(),
    Column("created_at", Double, nullable=False),
    CheckConstraint(_LIMIT_IS_WHOLE, name="limit_is_whole"),
    Index(None, "plan"),
)

tenants = Table(
    "tenants",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("account", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("created_at", Double, nullable=False),
    # What the foreign key of `keys` refers to: a key's tenant is one of the key's own account.
    UniqueConstraint("account", "id"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", String(10), primary_key=True),
    Column("prefix", String(32), nullable=False),
    Column("name", String(200), nullable=False),
    Column("account", _ID, ForeignKey("accounts.id"), nullable=False),
    Column("tenant", _ID),
    Column("resources", _JSON, comment="NULL: every resource of the tenant."),
    Column("scopes", _JSON, nullable=False, comment="As minted; legacy names are expanded on reading."),
    Column("plan", _ID, comment="NULL: the plan of the account."),
    *_limit_columns(),
    Column("digest", String(255), nullable=False, comment="Argon2id of the whole key text, which is nowhere."),
    Column("imported_sha256", String(64), comment="What an imported key is found by; its digest until its first use."),
    Column("created_at", Double, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("expires_at", Double),
    Column("disabled_at", Double),
    Column("revoked_at", Double),
    Column("revoked_by", String(200)),
    Column("revoked_why", String(500)),
    Column("last_used_at", Double),
    Column("rotated_from", String(10), ForeignKey("keys.id")),
    Column("rotated_to", String(10), ForeignKey("keys.id")),
    Column("labels", _JSON, nullable=False),
    CheckConstraint(_LIMIT_IS_WHOLE, name="limit_is_whole"),
    CheckConstraint("length(id) = 10", name="id_has_10_characters"),
    CheckConstraint(_DIGEST_IS_STRONG_OR_IMPORTED, name="digest_is_argon2id_or_imported"),
    CheckConstraint("expires_at > created_at", name="expires_after_creation"),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revocation_has_an_actor"),
    ForeignKeyConstraint(["account", "tenant"], ["tenants.account", "tenants.id"]),
    UniqueConstraint("rotated_from"),
    UniqueConstraint("imported_sha256"),
    # Lists are read newest first, page by page: see keys/store/filters.py.
    Index(None, "created_at", "id"),
    Index(None, "account", "created_at", "id"),
    Index(None, "tenant", "created_at", "id"),
    Index(None, "plan"),
    Index(None, "expires_at"),
    # What is rare is found without reading what is not: a page of them takes as long as any.
    _index_of_rare("ix_keys_revoked", "revoked_at"),
    _index_of_rare("ix_keys_disabled", "disabled_at"),
    Index("ix_keys_scopes", "scopes", postgresql_using="gin").ddl_if(dialect="postgresql"),
)

operators = Table(
    "operators",
    metadata,
    Column("id", String(10), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("role", String(16), nullable=False),
    Column("account", _ID, ForeignKey("accounts.id"), comment="The one account of an owner."),
    Column("digest", String(255), nullable=False, comment="Argon2id of the whole token, which is nowhere."),
    Column("created_at", Double, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("revoked_at", Double),
    Column("revoked_by", String(200)),
    CheckConstraint("length(id) = 10", name="id_has_10_characters"),
    CheckConstraint("role IN ('viewer', 'operator', 'admin', 'owner')", name="role_is_known"),
    CheckConstraint("(role = 'owner') = (account IS NOT NULL)", name="owner_has_an_account"),
    CheckConstraint("digest LIKE '$argon2id$%'", name="digest_is_argon2id"),
    CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revocation_has_an_actor"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True, comment="SHA-256 of the cookie, which is nowhere."),
    Column("operator", String(10), ForeignKey("operators.id"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Index(None, "operator"),
    Index(None, "seen_at"),
    comment="Signed-in browsers. Rows of the past are removed when somebody signs in.",
)

repeatable_requests = Table(
    "repeatable_requests",
    metadata,
    Column("operator", String(10), ForeignKey("operators.id"), primary_key=True),
    Column("token_hash", String(64), primary_key=True, comment="SHA-256 of the Idempotency-Key."),
    Column("fingerprint", String(64), nullable=False, comment="SHA-256 of what was asked."),
    Column("key_id", String(10), ForeignKey("keys.id"), nullable=False, comment="The key that came of it."),
    Column("at", Double, nullable=False),
    Index(None, "at"),
    comment="What an Idempotency-Key has made already, for a day.",
)

changes = Table(
    "changes",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=False),
    Column("subject", String(16), nullable=False),
    Column("subject_id", _ID, nullable=False),
    Column("at", Double, nullable=False),
    CheckConstraint("subject IN ('key', 'account', 'plan', 'import')", name="subject_is_known"),
    comment="The change feed, without gaps and in the order of the commits: see ledger.",
)

audit_events = Table(
    "audit_events",
    metadata,
    Column("seq", _SEQUENCE, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("tag", String(64), nullable=False),
    Column("subject_id", _ID, nullable=False),
    Column("details", Text, nullable=False, comment="Canonical JSON, byte for byte what was hashed. Never a secret."),
    Column("prev", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("prev"),
    UniqueConstraint("hash"),
    CheckConstraint("seq >= 1", name="seq_counts_from_1"),
    Index(None, "subject_id", "seq"),
    comment="Append only. Each row's hash covers the row and the hash before it.",
)

nodes = Table(
    "nodes",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column(
        "pid_space", String(64), nullable=False, comment="Where pids are of one kind: a boot of a host, a container."
    ),
    Column("version", String(32), nullable=False),
    Column("applied", BigInteger, nullable=False, comment="The number of the last change that it has applied."),
    Column(
        "trust_s", Double, nullable=False, comment="How long behind renewed_at it goes on serving the keys it knows."
    ),
    Column("started_at", Double, nullable=False),
    Column("renewed_at", Double, nullable=False, comment="By the database's clock, as is started_at."),
    comment="One row per process that serves keys; it ends with the process, or with its trust.",
)

ledger = Table(
    "ledger",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("change_seq", BigInteger, nullable=False),
    Column("audit_seq", BigInteger, nullable=False),
    Column("audit_hash", String(64), nullable=False),
    CheckConstraint("id = 1", name="one_row"),
    comment="Where changes and audit_events end. Locked first by each changing transaction: the order of the numbers is "
    "the order of the commits, which a sequence of PostgreSQL would not promise.",
)

LEDGER_START = {"id": 1, "change_seq": 0, "audit_seq": 0, "audit_hash": FIRST_PREV}
"""The only row of `ledger`, before anything happened."""
