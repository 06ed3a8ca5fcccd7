"""The first schema: plans, accounts, tenants, keys, operators and their sessions, the change feed, the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None

_ID = sa.String(128)
_JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_SEQUENCE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_LIMIT_IS_WHOLE = (
    "(limit_count IS NULL) = (limit_period_s IS NULL) AND (limit_count IS NULL) = (limit_burst IS NULL)"
    " AND (limit_count IS NULL OR (limit_count >= 1 AND limit_period_s >= 1 AND limit_burst >= 1))"
)

_DIGEST_IS_STRONG_OR_IMPORTED = (
    "digest LIKE '$argon2id$%' OR (imported_sha256 IS NOT NULL AND digest = 'sha256:' || imported_sha256)"
)


def upgrade() -> None:
    _create_customers()
    _create_keys()
    _create_operators()
    _create_nodes()
    _create_logs()


def downgrade() -> None:
    for table in ("ledger", "nodes", "audit_events", "changes", "repeatable_requests", "sessions", "operators"):
        op.drop_table(table)
    for table in ("keys", "tenants", "accounts", "plans"):
        op.drop_table(table)


def _limit() -> list[sa.Column[int]]:
    return [
        sa.Column("limit_count", sa.BigInteger),
        sa.Column("limit_period_s", sa.Integer),
        sa.Column("limit_burst", sa.BigInteger),
    ]


def _create_customers() -> None:
    op.create_table(
        "plans",
        sa.Column("name", _ID, primary_key=True),
        *_limit(),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.CheckConstraint(_LIMIT_IS_WHOLE, name="limit_is_whole"),
        sa.CheckConstraint("\"by\" IN ('key', 'account', 'tenant')", name="by_is_known"),
        comment="Plans added by command; those of the settings file are not here.",
    )
    op.create_table(
        "accounts",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("plan", _ID, nullable=False, comment="A plan of the settings file or of the table plans."),
        *_limit(),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.CheckConstraint(_LIMIT_IS_WHOLE, name="limit_is_whole"),
    )
    op.create_index(None, "accounts", ["plan"])
    op.create_table(
        "tenants",
        sa.Column("id", _ID, primary_key=True),
        sa.Column("account", _ID, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.UniqueConstraint("account", "id"),
    )


def _create_keys() -> None:
    op.create_table(
        "keys",
        sa.Column("id", sa.String(10), primary_key=True),
        sa.Column("prefix", sa.String(32), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("account", _ID, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("tenant", _ID),
        sa.Column("resources", _JSON, comment="NULL: every resource of the tenant."),
        sa.Column("scopes", _JSON, nullable=False, comment="As minted; legacy names are expanded on reading."),
        sa.Column("plan", _ID, comment="NULL: the plan of the account."),
        *_limit(),
        sa.Column(
            "digest", sa.String(255), nullable=False, comment="Argon2id of the whole key text, which is nowhere."
        ),
        sa.Column(
            "imported_sha256",
            sa.String(64),
            comment="What an imported key is found by; its digest until its first use.",
        ),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("expires_at", sa.Double),
        sa.Column("disabled_at", sa.Double),
        sa.Column("revoked_at", sa.Double),
        sa.Column("revoked_by", sa.String(200)),
        sa.Column("revoked_why", sa.String(500)),
        sa.Column("last_used_at", sa.Double),
        sa.Column("rotated_from", sa.String(10), sa.ForeignKey("keys.id")),
        sa.Column("rotated_to", sa.String(10), sa.ForeignKey("keys.id")),
        sa.Column("labels", _JSON, nullable=False),
        sa.CheckConstraint(_LIMIT_IS_WHOLE, name="limit_is_whole"),
        sa.CheckConstraint("length(id) = 10", name="id_has_10_characters"),
        sa.CheckConstraint(_DIGEST_IS_STRONG_OR_IMPORTED, name="digest_is_argon2id_or_imported"),
        sa.CheckConstraint("expires_at > created_at", name="expires_after_creation"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revocation_has_an_actor"),
        sa.ForeignKeyConstraint(["account", "tenant"], ["tenants.account", "tenants.id"]),
        sa.UniqueConstraint("rotated_from"),
        sa.UniqueConstraint("imported_sha256"),
    )
    op.create_index(None, "keys", ["created_at", "id"])
    op.create_index(None, "keys", ["account", "created_at", "id"])
    op.create_index(None, "keys", ["tenant", "created_at", "id"])
    op.create_index(None, "keys", ["plan"])
    op.create_index(None, "keys", ["expires_at"])
    for name, column in (("ix_keys_revoked", "revoked_at"), ("ix_keys_disabled", "disabled_at")):
        has_one = sa.text(f"{column} IS NOT NULL")
        op.create_index(name, "keys", ["created_at", "id"], postgresql_where=has_one, sqlite_where=has_one)
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_keys_scopes", "keys", ["scopes"], postgresql_using="gin")


def _create_operators() -> None:
    op.create_table(
        "operators",
        sa.Column("id", sa.String(10), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("account", _ID, sa.ForeignKey("accounts.id"), comment="The one account of an owner."),
        sa.Column("digest", sa.String(255), nullable=False, comment="Argon2id of the whole token, which is nowhere."),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("created_by", sa.String(200), nullable=False),
        sa.Column("revoked_at", sa.Double),
        sa.Column("revoked_by", sa.String(200)),
        sa.CheckConstraint("length(id) = 10", name="id_has_10_characters"),
        sa.CheckConstraint("role IN ('viewer', 'operator', 'admin', 'owner')", name="role_is_known"),
        sa.CheckConstraint("(role = 'owner') = (account IS NOT NULL)", name="owner_has_an_account"),
        sa.CheckConstraint("digest LIKE '$argon2id$%'", name="digest_is_argon2id"),
        sa.CheckConstraint("(revoked_at IS NULL) = (revoked_by IS NULL)", name="revocation_has_an_actor"),
    )
    op.create_table(
        "sessions",
        sa.Column("id_hash", sa.String(64), primary_key=True, comment="SHA-256 of the cookie, which is nowhere."),
        sa.Column("operator", sa.String(10), sa.ForeignKey("operators.id"), nullable=False),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("seen_at", sa.Double, nullable=False),
        comment="Signed-in browsers. Rows of the past are removed when somebody signs in.",
    )
    op.create_index(None, "sessions", ["operator"])
    op.create_index(None, "sessions", ["seen_at"])
    op.create_table(
        "repeatable_requests",
        sa.Column("operator", sa.String(10), sa.ForeignKey("operators.id"), primary_key=True),
        sa.Column("token_hash", sa.String(64), primary_key=True, comment="SHA-256 of the Idempotency-Key."),
        sa.Column("fingerprint", sa.String(64), nullable=False, comment="SHA-256 of what was asked."),
        sa.Column(
            "key_id", sa.String(10), sa.ForeignKey("keys.id"), nullable=False, comment="The key that came of it."
        ),
        sa.Column("at", sa.Double, nullable=False),
        comment="What an Idempotency-Key has made already, for a day.",
    )
    op.create_index(None, "repeatable_requests", ["at"])


def _create_nodes() -> None:
    op.create_table(
        "nodes",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column(
            "pid_space",
            sa.String(64),
            nullable=False,
            comment="Where pids are of one kind: a boot of a host, a container.",
        ),
        sa.Column("version", sa.String(32), nullable=False),
        sa.Column(
            "applied", sa.BigInteger, nullable=False, comment="The number of the last change that it has applied."
        ),
        sa.Column(
            "trust_s",
            sa.Double,
            nullable=False,
            comment="How long behind renewed_at it goes on serving the keys it knows.",
        ),
        sa.Column("started_at", sa.Double, nullable=False),
        sa.Column("renewed_at", sa.Double, nullable=False, comment="By the database's clock, as is started_at."),
        comment="One row per process that serves keys; it ends with the process, or with its trust.",
    )


def _create_logs() -> None:
    op.create_table(
        "changes",
        sa.Column("seq", _SEQUENCE, primary_key=True, autoincrement=False),
        sa.Column("subject", sa.String(16), nullable=False),
        sa.Column("subject_id", _ID, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.CheckConstraint("subject IN ('key', 'account', 'plan', 'import')", name="subject_is_known"),
        comment="The change feed, without gaps and in the order of the commits: see ledger.",
    )
    op.create_table(
        "audit_events",
        sa.Column("seq", _SEQUENCE, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("tag", sa.String(64), nullable=False),
        sa.Column("subject_id", _ID, nullable=False),
        sa.Column(
            "details", sa.Text, nullable=False, comment="Canonical JSON, byte for byte what was hashed. Never a secret."
        ),
        sa.Column("prev", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.UniqueConstraint("prev"),
        sa.UniqueConstraint("hash"),
        sa.CheckConstraint("seq >= 1", name="seq_counts_from_1"),
        comment="Append only. Each row's hash covers the row and the hash before it.",
    )
    op.create_index(None, "audit_events", ["subject_id", "seq"])
    ledger = op.create_table(
        "ledger",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("change_seq", sa.BigInteger, nullable=False),
        sa.Column("audit_seq", sa.BigInteger, nullable=False),
        sa.Column("audit_hash", sa.String(64), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        comment="Where changes and audit_events end. Locked first by each changing transaction: the order of the "
        "numbers is the order of the commits, which a sequence of PostgreSQL would not promise.",
    )
    op.bulk_insert(ledger, [{"id": 1, "change_seq": 0, "audit_seq": 0, "audit_hash": "0" * 64}])
