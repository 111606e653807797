"""the first schema

Revision: 0001, after .
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.execute(sa.schema.CreateSequence(sa.Sequence("change_order")))
    op.create_table(
        "companies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
    )
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_attempts")),
    )
    op.create_index(op.f("ix_sign_in_attempts_subject_at"), "sign_in_attempts", ["subject", "at"], unique=False)
    op.create_table(
        "superusers",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_superusers_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_superusers")),
        sa.UniqueConstraint("email", name=op.f("uq_superusers_email")),
    )
    op.create_table(
        "company_roles",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("role_name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_company_roles_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_company_roles")),
        sa.UniqueConstraint("company_id", "role_name", name=op.f("uq_company_roles_company_id_role_name")),
    )
    op.create_table(
        "users",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=False),
        sa.Column("last_name", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("away", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), server_default="system", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("theme IN ('system', 'light', 'dark')", name=op.f("ck_users_theme")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lower")),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_users_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "activity_log",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("superuser_id", sa.BigInteger(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("values", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id", "actor_id"],
            ["users.company_id", "users.id"],
            name=op.f("fk_activity_log_company_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_activity_log_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_activity_log")),
    )
    op.create_index(
        op.f("ix_activity_log_company_id_subject_subject_id_id"),
        "activity_log",
        ["company_id", "subject", "subject_id", "id"],
        unique=False,
    )
    op.create_table(
        "api_tokens",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"], ["users.company_id", "users.id"], name=op.f("fk_api_tokens_company_id_user_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_index(op.f("ix_api_tokens_company_id_user_id"), "api_tokens", ["company_id", "user_id"], unique=False)
    op.create_table(
        "drafts",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("entered", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"], ["users.company_id", "users.id"], name=op.f("fk_drafts_company_id_user_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "user_id", "subject", name=op.f("pk_drafts")),
    )
    op.create_table(
        "file_uploads",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("ext_key", sa.Text(), nullable=False),
        sa.Column("file_type", sa.Text(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("uploaded_by", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "uploaded_by"],
            ["users.company_id", "users.id"],
            name=op.f("fk_file_uploads_company_id_uploaded_by"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_file_uploads_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_file_uploads")),
        sa.UniqueConstraint("company_id", "ext_key", name=op.f("uq_file_uploads_company_id_ext_key")),
    )
    op.create_index(
        op.f("ix_file_uploads_company_id_uploaded_by_id"),
        "file_uploads",
        ["company_id", "uploaded_by", "id"],
        unique=False,
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.Text(), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("body", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"],
            ["users.company_id", "users.id"],
            name=op.f("fk_idempotency_keys_company_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("company_id", "user_id", "key", "method", "path", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_company_id_created_at"),
        "idempotency_keys",
        ["company_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "user_company_roles",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "role"],
            ["company_roles.company_id", "company_roles.id"],
            name=op.f("fk_user_company_roles_company_id_role"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"],
            ["users.company_id", "users.id"],
            name=op.f("fk_user_company_roles_company_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("company_id", "user_id", "role", name=op.f("pk_user_company_roles")),
    )
    op.create_index(
        op.f("ix_user_company_roles_company_id_role"), "user_company_roles", ["company_id", "role"], unique=False
    )
    op.create_table(
        "user_loads",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("last_assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("available", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("company_roles", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.CheckConstraint("active >= 0", name=op.f("ck_user_loads_active_not_negative")),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"], ["users.company_id", "users.id"], name=op.f("fk_user_loads_company_id_user_id")
        ),
        sa.PrimaryKeyConstraint("company_id", "user_id", name=op.f("pk_user_loads")),
    )
    op.create_index(
        "ix_user_loads_least",
        "user_loads",
        ["company_id", "active", sa.literal_column("last_assigned_at NULLS FIRST"), "user_id"],
        unique=False,
        postgresql_where=sa.text("available"),
    )
    op.create_table(
        "user_sessions",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_agent", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"],
            ["users.company_id", "users.id"],
            name=op.f("fk_user_sessions_company_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_user_sessions_token_hash")),
    )
    op.create_index(
        op.f("ix_user_sessions_company_id_user_id"), "user_sessions", ["company_id", "user_id"], unique=False
    )
    op.create_table(
        "user_system_roles",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "role IN ('admin', 'user', 'ticket_admin', 'task_worker', 'workflow_creator')",
            name=op.f("ck_user_system_roles_role"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "user_id"],
            ["users.company_id", "users.id"],
            name=op.f("fk_user_system_roles_company_id_user_id"),
        ),
        sa.PrimaryKeyConstraint("company_id", "user_id", "role", name=op.f("pk_user_system_roles")),
    )
    op.create_table(
        "workflow_definitions",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("fields_schema", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), server_default="DRAFT", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), server_default="", nullable=False),
        sa.Column("source_format", sa.Text(), server_default="json", nullable=False),
        sa.Column("warnings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("ext_ref", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("display_layout", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("status IN ('DRAFT', 'ACTIVE', 'ARCHIVED')", name=op.f("ck_workflow_definitions_status")),
        sa.ForeignKeyConstraint(
            ["company_id", "created_by"],
            ["users.company_id", "users.id"],
            name=op.f("fk_workflow_definitions_company_id_created_by"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_workflow_definitions_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_workflow_definitions")),
        sa.UniqueConstraint(
            "company_id", "key", "version", name=op.f("uq_workflow_definitions_company_id_key_version")
        ),
    )
    op.create_index(
        "uq_workflow_definitions_active",
        "workflow_definitions",
        ["company_id", "key"],
        unique=True,
        postgresql_where=sa.text("status = 'ACTIVE'"),
    )
    op.create_index(
        "uq_workflow_definitions_draft",
        "workflow_definitions",
        ["company_id", "key"],
        unique=True,
        postgresql_where=sa.text("status = 'DRAFT'"),
    )
    op.create_table(
        "task_definitions",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("task_type", sa.Text(), nullable=False),
        sa.Column("input_fields", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("output_fields", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("optional_fields", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("context_fields", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("clears", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("condition", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("cancel_when", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column(
            "required_when",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("wait_for", sa.Text(), server_default="any", nullable=False),
        sa.Column("on_retrigger", sa.Text(), server_default="parallel", nullable=False),
        sa.Column("on_demand", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "assignment",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'\"least_loaded\"'"),
            nullable=False,
        ),
        sa.Column("company_role_access", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("edit_layout", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("action_url", sa.Text(), nullable=True),
        sa.Column("input_transform", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("output_transform", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("timeout_seconds", sa.Double(), nullable=True),
        sa.Column("workflow_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("ext_ref", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("display_layout", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "on_retrigger IN ('parallel', 'restart', 'queue', 'ignore')", name=op.f("ck_task_definitions_on_retrigger")
        ),
        sa.CheckConstraint(
            "task_type IN ('FORM', 'SYNC_ACTION', 'ASYNC_ACTION')", name=op.f("ck_task_definitions_task_type")
        ),
        sa.CheckConstraint("wait_for IN ('any', 'all')", name=op.f("ck_task_definitions_wait_for")),
        sa.ForeignKeyConstraint(
            ["company_id", "created_by"],
            ["users.company_id", "users.id"],
            name=op.f("fk_task_definitions_company_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workflow_id"],
            ["workflow_definitions.company_id", "workflow_definitions.id"],
            name=op.f("fk_task_definitions_company_id_workflow_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_task_definitions")),
        sa.UniqueConstraint(
            "company_id", "workflow_id", "key", name=op.f("uq_task_definitions_company_id_workflow_id_key")
        ),
    )
    op.create_table(
        "ticket_definitions",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("fields", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("optional_fields", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("company_role_access", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("edit_layout", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("workflow_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("ext_ref", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("display_layout", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id", "created_by"],
            ["users.company_id", "users.id"],
            name=op.f("fk_ticket_definitions_company_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workflow_id"],
            ["workflow_definitions.company_id", "workflow_definitions.id"],
            name=op.f("fk_ticket_definitions_company_id_workflow_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_ticket_definitions")),
        sa.UniqueConstraint(
            "company_id", "workflow_id", "key", name=op.f("uq_ticket_definitions_company_id_workflow_id_key")
        ),
    )
    op.create_index(
        op.f("ix_ticket_definitions_company_id_key"), "ticket_definitions", ["company_id", "key"], unique=False
    )
    op.create_table(
        "workflow_completion",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("completion_status", sa.Text(), nullable=False),
        sa.Column("fields", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("condition", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("when_idle", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("workflow_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("ext_ref", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("display_layout", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "completion_status IN ('COMPLETED', 'CANCELLED', 'ON_HOLD')",
            name=op.f("ck_workflow_completion_completion_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "created_by"],
            ["users.company_id", "users.id"],
            name=op.f("fk_workflow_completion_company_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workflow_id"],
            ["workflow_definitions.company_id", "workflow_definitions.id"],
            name=op.f("fk_workflow_completion_company_id_workflow_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_workflow_completion")),
        sa.UniqueConstraint(
            "company_id", "workflow_id", "key", name=op.f("uq_workflow_completion_company_id_workflow_id_key")
        ),
    )
    op.create_table(
        "ticket_instances",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_type_id", sa.BigInteger(), nullable=False),
        sa.Column("workflow_id", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="NOT_STARTED", nullable=False),
        sa.Column("data", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("advance_attempts", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("advance_after", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "status IN ('NOT_STARTED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED', 'ON_HOLD')",
            name=op.f("ck_ticket_instances_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "created_by"],
            ["users.company_id", "users.id"],
            name=op.f("fk_ticket_instances_company_id_created_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "ticket_type_id"],
            ["ticket_definitions.company_id", "ticket_definitions.id"],
            name=op.f("fk_ticket_instances_company_id_ticket_type_id"),
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_ticket_instances_company_id")),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_ticket_instances")),
    )
    op.create_index(
        op.f("ix_ticket_instances_company_id_created_by_status_id"),
        "ticket_instances",
        ["company_id", "created_by", "status", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ticket_instances_company_id_status_id"),
        "ticket_instances",
        ["company_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ticket_instances_company_id_ticket_type_id_status_id"),
        "ticket_instances",
        ["company_id", "ticket_type_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        "ix_ticket_instances_inbox",
        "ticket_instances",
        ["company_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'NOT_STARTED'"),
    )
    op.create_table(
        "ticket_log",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("iteration", sa.BigInteger(), nullable=True),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("key", sa.Text(), nullable=True),
        sa.Column("values", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id", "ticket_id"],
            ["ticket_instances.company_id", "ticket_instances.id"],
            name=op.f("fk_ticket_log_company_id_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_ticket_log")),
    )
    op.create_index(
        op.f("ix_ticket_log_company_id_ticket_id_id"), "ticket_log", ["company_id", "ticket_id", "id"], unique=False
    )
    op.create_table(
        "workflow_instances",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workflow_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default="IN_PROGRESS", nullable=False),
        sa.Column("iteration", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "field_versions",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column(
            "task_counts",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
        sa.Column("held", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("advance_due", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("iteration_limit", sa.BigInteger(), nullable=False),
        sa.Column("stalled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("completion_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('NOT_STARTED', 'IN_PROGRESS', 'COMPLETED', 'CANCELLED', 'ON_HOLD')",
            name=op.f("ck_workflow_instances_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "ticket_id"],
            ["ticket_instances.company_id", "ticket_instances.id"],
            name=op.f("fk_workflow_instances_company_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workflow_id"],
            ["workflow_definitions.company_id", "workflow_definitions.id"],
            name=op.f("fk_workflow_instances_company_id_workflow_id"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_workflow_instances")),
        sa.UniqueConstraint("company_id", "ticket_id", name=op.f("uq_workflow_instances_company_id_ticket_id")),
    )
    op.create_index(
        op.f("ix_workflow_instances_company_id_workflow_id_status"),
        "workflow_instances",
        ["company_id", "workflow_id", "status"],
        unique=False,
    )
    op.create_index(
        "ix_workflow_instances_inbox",
        "workflow_instances",
        ["company_id", "id"],
        unique=False,
        postgresql_where=sa.text("advance_due"),
    )
    op.create_table(
        "corrections",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workflow_instance_id", sa.BigInteger(), nullable=False),
        sa.Column("data", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.BigInteger(), nullable=False),
        sa.Column("change_order", sa.BigInteger(), server_default=sa.text("nextval('change_order')"), nullable=False),
        sa.Column("iteration", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "actor_id"],
            ["users.company_id", "users.id"],
            name=op.f("fk_corrections_company_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workflow_instance_id"],
            ["workflow_instances.company_id", "workflow_instances.id"],
            name=op.f("fk_corrections_company_id_workflow_instance_id"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_corrections")),
    )
    op.create_index(
        "ix_corrections_inbox",
        "corrections",
        ["company_id", "workflow_instance_id"],
        unique=False,
        postgresql_where=sa.text("iteration IS NULL"),
    )
    op.create_table(
        "task_instances",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workflow_instance_id", sa.BigInteger(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("task_definition_id", sa.BigInteger(), nullable=False),
        sa.Column("made_at_iteration", sa.BigInteger(), nullable=False),
        sa.Column("item", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("start_iteration", sa.BigInteger(), nullable=False),
        sa.Column("end_iteration", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Text(), server_default="PENDING", nullable=False),
        sa.Column("output", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("change_order", sa.BigInteger(), nullable=True),
        sa.Column("assigned_to", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'COMPLETED', 'CANCELLED', 'ERROR')",
            name=op.f("ck_task_instances_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "assigned_to"],
            ["users.company_id", "users.id"],
            name=op.f("fk_task_instances_company_id_assigned_to"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "completed_by"],
            ["users.company_id", "users.id"],
            name=op.f("fk_task_instances_company_id_completed_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "task_definition_id"],
            ["task_definitions.company_id", "task_definitions.id"],
            name=op.f("fk_task_instances_company_id_task_definition_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "ticket_id"],
            ["ticket_instances.company_id", "ticket_instances.id"],
            name=op.f("fk_task_instances_company_id_ticket_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workflow_instance_id"],
            ["workflow_instances.company_id", "workflow_instances.id"],
            name=op.f("fk_task_instances_company_id_workflow_instance_id"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_task_instances")),
        sa.UniqueConstraint(
            "company_id",
            "workflow_instance_id",
            "task_definition_id",
            "made_at_iteration",
            "item",
            name=op.f("uq_task_instances_company_id_workflow_instance_id_task_definition_id_made_at_iteration_item"),
        ),
    )
    op.create_index(
        "ix_task_instances_active",
        "task_instances",
        ["company_id", "workflow_instance_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR')"),
    )
    op.create_index(
        "ix_task_instances_claimable",
        "task_instances",
        ["company_id", "task_definition_id", "id"],
        unique=False,
        postgresql_where=sa.text("assigned_to IS NULL AND status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR')"),
    )
    op.create_index(
        op.f("ix_task_instances_company_id_status_id"), "task_instances", ["company_id", "status", "id"], unique=False
    )
    op.create_index(
        op.f("ix_task_instances_company_id_ticket_id_id"),
        "task_instances",
        ["company_id", "ticket_id", "id"],
        unique=False,
    )
    op.create_index(
        "ix_task_instances_done_by",
        "task_instances",
        ["company_id", "completed_by", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'COMPLETED'"),
    )
    op.create_index(
        "ix_task_instances_lost",
        "task_instances",
        ["company_id", "assigned_to", "id"],
        unique=False,
        postgresql_where=sa.text(
            "status = 'CANCELLED' OR (status = 'COMPLETED' AND completed_by IS DISTINCT FROM assigned_to)"
        ),
    )
    op.create_index(
        "ix_task_instances_inbox",
        "task_instances",
        ["company_id", "workflow_instance_id"],
        unique=False,
        postgresql_where=sa.text("status = 'COMPLETED' AND end_iteration IS NULL"),
    )
    op.create_index(
        "ix_task_instances_queue",
        "task_instances",
        ["company_id", "assigned_to", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR')"),
    )
    op.create_table(
        "workflow_data",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("workflow_id", sa.BigInteger(), nullable=False),
        sa.Column("iteration", sa.BigInteger(), nullable=False),
        sa.Column("workflow_data", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
        sa.Column("written", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("cleared", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("writer", sa.Text(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("writer IN ('submission', 'task', 'correction')", name=op.f("ck_workflow_data_writer")),
        sa.ForeignKeyConstraint(
            ["company_id", "actor_id"],
            ["users.company_id", "users.id"],
            name=op.f("fk_workflow_data_company_id_actor_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "workflow_id"],
            ["workflow_instances.company_id", "workflow_instances.id"],
            name=op.f("fk_workflow_data_company_id_workflow_id"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_workflow_data")),
        sa.UniqueConstraint(
            "company_id", "workflow_id", "iteration", name=op.f("uq_workflow_data_company_id_workflow_id_iteration")
        ),
    )
    op.create_table(
        "ticket_errors",
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("task_id", sa.BigInteger(), nullable=True),
        sa.Column("error_type", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("stack_trace", sa.Text(), nullable=True),
        sa.Column("error_status", sa.Text(), server_default="NEW", nullable=False),
        sa.Column("resolution_notes", sa.Text(), server_default="", nullable=False),
        sa.Column("resolved_by", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "error_status IN ('NEW', 'REVIEWED', 'RESOLVED')", name=op.f("ck_ticket_errors_error_status")
        ),
        sa.CheckConstraint(
            "error_type IN ('WORKFLOW_CREATION', 'TASK_CREATION', 'TASK_UPDATE', 'WORKFLOW_TRANSITION')",
            name=op.f("ck_ticket_errors_error_type"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "resolved_by"],
            ["users.company_id", "users.id"],
            name=op.f("fk_ticket_errors_company_id_resolved_by"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "task_id"],
            ["task_instances.company_id", "task_instances.id"],
            name=op.f("fk_ticket_errors_company_id_task_id"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "ticket_id"],
            ["ticket_instances.company_id", "ticket_instances.id"],
            name=op.f("fk_ticket_errors_company_id_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("pk_ticket_errors")),
    )
    op.create_index(
        op.f("ix_ticket_errors_company_id_error_status_id"),
        "ticket_errors",
        ["company_id", "error_status", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ticket_errors_company_id_ticket_id_id"),
        "ticket_errors",
        ["company_id", "ticket_id", "id"],
        unique=False,
    )
    op.create_index(
        "uq_ticket_errors_open_cause",
        "ticket_errors",
        ["company_id", "ticket_id", "cause"],
        unique=True,
        postgresql_where=sa.text("error_status <> 'RESOLVED'"),
    )
    op.create_foreign_key(
        op.f("fk_ticket_instances_company_id_workflow_id"),
        "ticket_instances",
        "workflow_instances",
        ["company_id", "workflow_id"],
        ["company_id", "id"],
    )
    op.create_foreign_key(
        op.f("fk_workflow_data_company_id_task_id"),
        "workflow_data",
        "task_instances",
        ["company_id", "task_id"],
        ["company_id", "id"],
    )
