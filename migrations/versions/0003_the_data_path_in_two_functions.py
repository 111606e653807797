"""the data path: one function that locks and reads an instance, one that writes what was decided

Revision: 0003, after 0002.

Both run as their caller, behind row-level security, and decide nothing (docs/decisions/0004-data-path.md). In a
volatile function each statement sees what was committed before it began, so the reads behind the lock are the newest.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

READ = """
CREATE FUNCTION lock_and_read(company bigint, instance bigint, reserve integer) RETURNS jsonb
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    it workflow_instances;
    tasks jsonb;
BEGIN
    -- The lock comes before the reads: two people may finish at once.
    SELECT * INTO it FROM workflow_instances w WHERE w.company_id = company AND w.id = instance FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- Locked too: a completion that commits meanwhile is waited for and then seen as completed, never overwritten.
    SELECT coalesce(jsonb_agg(to_jsonb(k)), '[]') INTO tasks
      FROM (SELECT id, task_definition_id, status, made_at_iteration, start_iteration, item, assigned_to, output,
                   change_order, completed_by, applied
              FROM task_instances
             WHERE company_id = company AND workflow_instance_id = instance
               AND (status IN ('OPEN', 'IN_PROGRESS', 'PENDING', 'ERROR')
                    OR (status = 'COMPLETED' AND end_iteration IS NULL))
             ORDER BY id
               FOR UPDATE) k;
    RETURN jsonb_build_object(
        'id', it.id, 'status', it.status, 'iteration', it.iteration,
        'field_versions', it.field_versions, 'task_counts', it.task_counts, 'held', it.held,
        'advance_due', it.advance_due, 'iteration_limit', it.iteration_limit,
        'completion_key', it.completion_key, 'stalled', it.stalled,
        'tasks', tasks,
        'workspace', (SELECT workflow_data FROM workflow_data
                       WHERE company_id = company AND workflow_id = instance ORDER BY iteration DESC LIMIT 1),
        'corrections', CASE WHEN it.advance_due THEN
            (SELECT jsonb_agg(jsonb_build_object('id', id, 'data', data, 'reason', reason, 'actor_id', actor_id,
                                                 'change_order', change_order))
               FROM corrections
              WHERE company_id = company AND workflow_instance_id = instance AND corrections.iteration IS NULL) END,
        'workers', workers_of(company),
        'ids', (SELECT jsonb_agg(nextval('task_instances_id_seq')) FROM generate_series(1, reserve)));
END
$body$
"""

WORKERS = """
CREATE FUNCTION workers_of(company bigint) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $body$
    SELECT coalesce(jsonb_agg(jsonb_build_array(user_id, active, last_assigned_at, company_roles)), '[]')
      FROM user_loads WHERE company_id = company AND available
$body$
"""

WRITE = """
CREATE FUNCTION write_advance(plan jsonb, now timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    company bigint := plan -> 'company';
    instance bigint := plan -> 'instance';
    ticket bigint := plan -> 'ticket';
    state jsonb := plan -> 'state';
    one jsonb;
BEGIN
    FOR one IN SELECT * FROM jsonb_array_elements(plan -> 'new_tasks') LOOP
        INSERT INTO task_instances (company_id, id, workflow_instance_id, ticket_id, task_definition_id,
                                    made_at_iteration, start_iteration, item, status, assigned_to, created_at,
                                    updated_at)
        VALUES (company, (one -> 'id')::bigint, instance, ticket, (one -> 'definition')::bigint,
                (one -> 'made_at')::bigint, (one -> 'start')::bigint, (one -> 'item')::bigint, one ->> 'status',
                (one ->> 'assigned_to')::bigint, now, now);
    END LOOP;
    FOR one IN SELECT * FROM jsonb_array_elements(plan -> 'tasks') LOOP
        UPDATE task_instances
           SET status = one ->> 'status', end_iteration = (one ->> 'end_iteration')::bigint, updated_at = now
         WHERE company_id = company AND id = (one -> 'id')::bigint;
    END LOOP;
    FOR one IN SELECT * FROM jsonb_array_elements(plan -> 'iterations') LOOP
        INSERT INTO workflow_data (company_id, workflow_id, iteration, workflow_data, written, cleared, writer,
                                   task_id, actor_id, reason, created_at)
        VALUES (company, instance, (one -> 'iteration')::bigint, one -> 'workspace',
                ARRAY(SELECT jsonb_array_elements_text(one -> 'written')),
                ARRAY(SELECT jsonb_array_elements_text(one -> 'cleared')), one ->> 'writer',
                (one ->> 'task')::bigint, (one ->> 'actor')::bigint, one ->> 'reason', now);
    END LOOP;
    INSERT INTO ticket_log (company_id, ticket_id, at, iteration, event, task_id, key, "values", actor_id)
    SELECT company, ticket, now, r.iteration, r.event, r.task_id, r.key, r."values", r.actor_id
      FROM jsonb_to_recordset(plan -> 'log')
        AS r(iteration bigint, event text, task_id bigint, key text, "values" jsonb, actor_id bigint);
    UPDATE workflow_instances
       SET status = state ->> 'status', iteration = (state -> 'iteration')::bigint,
           field_versions = state -> 'field_versions', task_counts = state -> 'task_counts',
           held = nullif(state -> 'held', 'null'), advance_due = false,
           iteration_limit = (state -> 'iteration_limit')::bigint, completion_key = state ->> 'completion_key',
           stalled = (state -> 'stalled')::boolean, updated_at = now,
           ended_at = CASE WHEN (state -> 'ended')::boolean THEN coalesce(ended_at, now) END
     WHERE company_id = company AND id = instance;
    -- Last, one row each in the order of user_id: in another order they deadlock.
    FOR one IN SELECT * FROM jsonb_array_elements(plan -> 'loads') LOOP
        UPDATE user_loads
           SET active = active + (one -> 'change')::bigint,
               last_assigned_at = greatest(last_assigned_at, (one ->> 'assigned_at')::timestamptz)
         WHERE company_id = company AND user_id = (one -> 'user')::bigint;
    END LOOP;
END
$body$
"""


def upgrade() -> None:
    op.execute(WORKERS)
    op.execute(READ)
    op.execute(WRITE)
    for function in (
        "workers_of(bigint)",
        "lock_and_read(bigint, bigint, integer)",
        "write_advance(jsonb, timestamptz)",
    ):
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
