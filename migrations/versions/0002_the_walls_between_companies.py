"""the walls between companies: row-level security, and the few functions that may look over it

Revision: 0002, after 0001.

Every tenant table gets forced row-level security: a row is seen and written only while ``app.company_id`` is its
company. The functions below are the only way to find something before the company is known. They belong to the owner
of the tables, whom one SELECT policy on each table that they read lets through, and they answer with ids alone.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

THIS_COMPANY = "nullif(current_setting('app.company_id', true), '')::bigint"

TENANT_TABLES = (
    "activity_log",
    "api_tokens",
    "company_roles",
    "corrections",
    "drafts",
    "file_uploads",
    "idempotency_keys",
    "task_definitions",
    "task_instances",
    "ticket_definitions",
    "ticket_errors",
    "ticket_instances",
    "ticket_log",
    "user_company_roles",
    "user_loads",
    "user_sessions",
    "user_system_roles",
    "users",
    "workflow_completion",
    "workflow_data",
    "workflow_definitions",
    "workflow_instances",
)

#: What the functions read, so what the tables' owner may read across companies.
LOOKED_UP = (
    "api_tokens",
    "companies",
    "corrections",
    "task_instances",
    "ticket_instances",
    "user_sessions",
    "users",
    "workflow_instances",
)

FUNCTIONS = {
    "find_user(wanted text)": (
        "TABLE (company_id bigint, user_id bigint)",
        "SELECT u.company_id, u.id FROM users u WHERE u.email = wanted",
    ),
    "find_session(wanted text, at timestamptz)": (
        "TABLE (company_id bigint, user_id bigint, session_id bigint)",
        "SELECT s.company_id, s.user_id, s.id FROM user_sessions s WHERE s.token_hash = wanted AND s.expires_at > at",
    ),
    "find_token(wanted text)": (
        "TABLE (company_id bigint, user_id bigint, token_id bigint)",
        "SELECT t.company_id, t.user_id, t.id FROM api_tokens t WHERE t.token_hash = wanted",
    ),
    "all_companies()": ("TABLE (company_id bigint)", "SELECT c.id FROM companies c ORDER BY c.id"),
    "engine_inbox(at timestamptz, tries integer, most integer)": (
        "TABLE (company_id bigint, ticket_id bigint)",
        """
        -- What waits is found by partial indexes, and its tickets one by one (LIMIT keeps it so): PostgreSQL takes what
        -- waits for much more than it is and would go through all tickets of all companies.
        SELECT t.company_id, t.id
          FROM (SELECT n.company_id, n.id FROM ticket_instances n WHERE n.status = 'NOT_STARTED'
                UNION
                SELECT k.company_id, k.ticket_id
                  FROM task_instances k WHERE k.status = 'COMPLETED' AND k.end_iteration IS NULL
                UNION
                SELECT w.company_id, w.ticket_id FROM workflow_instances w WHERE w.advance_due) waits (company_id, id),
               LATERAL (SELECT f.company_id, f.id
                          FROM ticket_instances f
                         WHERE f.company_id = waits.company_id AND f.id = waits.id
                           AND f.status IN ('NOT_STARTED', 'IN_PROGRESS')
                           AND f.advance_attempts < tries AND (f.advance_after IS NULL OR f.advance_after <= at)
                         LIMIT 1) t
         ORDER BY t.company_id, t.id
         LIMIT most
        """,
    ),
}


def upgrade() -> None:
    op.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    wall("companies", "id")
    for table in TENANT_TABLES:
        wall(table, "company_id")
    for table in LOOKED_UP:
        op.execute(f"CREATE POLICY looked_up ON {table} FOR SELECT TO CURRENT_USER USING (true)")
    for signature, (answer, body) in FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {signature} RETURNS {answer} LANGUAGE sql STABLE SECURITY DEFINER "
            f"SET search_path = pg_catalog, public, pg_temp AS $body${body}$body$"
        )
        op.execute(f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC")


def wall(table: str, column: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY own_company ON {table} USING ({column} = {THIS_COMPANY}) WITH CHECK ({column} = {THIS_COMPANY})"
    )
