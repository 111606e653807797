"""The fixed SQL of the data path: complete and advance (docs/decisions/0004-data-path.md).

Every statement names the company itself, beside row-level security: it is the first column of each index. Parameters
are psycopg's named ones. Nothing is decided here.
"""

from __future__ import annotations

BEGIN = "BEGIN"
ENTER_COMPANY = "SELECT set_config('app.company_id', %(company)s::text, true)"
COMMIT = "COMMIT"
NOTIFY = "SELECT pg_notify('ticketflower', %(payload)s)"

# --- the user's change

FIND_TASK = """
SELECT k.id, k.status, k.task_definition_id, k.assigned_to, k.start_iteration, k.ticket_id,
       w.id AS instance_id, w.status AS workflow_status, w.workflow_id, w.iteration,
       t.status AS ticket_status, t.ticket_type_id, t.created_by, t.created_at, t.advance_attempts, c.time_zone
  FROM task_instances k
  JOIN workflow_instances w ON w.company_id = k.company_id AND w.id = k.workflow_instance_id
  JOIN ticket_instances t ON t.company_id = k.company_id AND t.id = k.ticket_id
  JOIN companies c ON c.id = k.company_id
 WHERE k.company_id = %(company)s AND k.id = %(task)s
"""

#: The task and its worker's load change together or not at all.
COMPLETE_TASK = """
WITH done AS (
UPDATE task_instances
   SET status = 'COMPLETED', output = %(output)s::jsonb, completed_at = %(now)s, completed_by = %(actor)s,
       started_at = coalesce(started_at, %(now)s), updated_at = %(now)s, change_order = nextval('change_order')
 WHERE company_id = %(company)s AND id = %(task)s AND status IN ('OPEN', 'IN_PROGRESS', 'PENDING')
   AND assigned_to IS NOT DISTINCT FROM %(assigned_to)s
RETURNING id, assigned_to
), lighter AS (
UPDATE user_loads l SET active = l.active - 1
  FROM done WHERE l.company_id = %(company)s AND l.user_id = done.assigned_to
)
SELECT id FROM done
"""

# --- reading, after the lock

FIND_TICKET = """
SELECT t.id, t.status, t.ticket_type_id, t.created_by, t.created_at, t.advance_attempts, t.workflow_id AS instance_id,
       d.workflow_id AS version_id, c.time_zone
  FROM ticket_instances t
  JOIN ticket_definitions d ON d.company_id = t.company_id AND d.id = t.ticket_type_id
  JOIN companies c ON c.id = t.company_id
 WHERE t.company_id = %(company)s AND t.id = %(ticket)s
"""

#: Locks the instance, then reads it, its open tasks, its workspace and the available workers (migration 0003).
LOCK_AND_READ = "SELECT lock_and_read(%(company)s, %(instance)s, %(reserve)s) AS found"

#: A ticket without an instance is locked itself, so that two processes don't both make one.
LOCK_TICKET = """
SELECT status, workflow_id AS instance_id, data, created_by
  FROM ticket_instances
 WHERE company_id = %(company)s AND id = %(ticket)s
   FOR UPDATE
"""

#: Nothing to lock: whoever makes the instance at the same time holds the ticket's row.
CANCEL_UNBORN = """
UPDATE ticket_instances
   SET status = 'CANCELLED', updated_at = %(now)s
 WHERE company_id = %(company)s AND id = %(ticket)s AND status = 'NOT_STARTED'
RETURNING id
"""

MAKE_INSTANCE = """
INSERT INTO workflow_instances (company_id, workflow_id, ticket_id, iteration_limit, iteration, created_at, updated_at)
VALUES (%(company)s, %(version)s, %(ticket)s, %(limit)s, 0, %(now)s, %(now)s)
RETURNING id
"""

READ_WORKSPACE = """
SELECT workflow_data
  FROM workflow_data
 WHERE company_id = %(company)s AND workflow_id = %(instance)s
 ORDER BY iteration DESC
 LIMIT 1
"""

WORKERS = "SELECT workers_of(%(company)s) AS workers"

RESERVE_TASK_IDS = "SELECT nextval('task_instances_id_seq') FROM generate_series(1, %(count)s)"

# --- writing

#: Everything that each advance writes (migration 0003); the rare rest stands below.
WRITE_ADVANCE = "SELECT write_advance(%(plan)s::jsonb, %(now)s)"

#: What waits was not folded in: the instance stays in the inbox.
STILL_DUE = """
UPDATE workflow_instances SET advance_due = true WHERE company_id = %(company)s AND id = %(instance)s
"""

WRITE_TICKET_STATUS = """
UPDATE ticket_instances
   SET status = %(status)s, workflow_id = %(instance)s, updated_at = %(now)s
 WHERE company_id = %(company)s AND id = %(ticket)s
"""

WRITE_CORRECTION = """
UPDATE corrections SET iteration = %(iteration)s WHERE company_id = %(company)s AND id = %(correction)s
"""

# --- errors

WRITE_ERROR = """
INSERT INTO ticket_errors (company_id, ticket_id, task_id, error_type, code, cause, error_message, details, stack_trace,
                           created_at, updated_at)
VALUES (%(company)s, %(ticket)s, %(task)s, %(error_type)s, %(code)s, %(cause)s, %(message)s, %(details)s::jsonb,
        %(stack_trace)s, %(now)s, %(now)s)
ON CONFLICT (company_id, ticket_id, cause) WHERE error_status <> 'RESOLVED'
DO UPDATE SET error_type = excluded.error_type, code = excluded.code, error_message = excluded.error_message,
              details = excluded.details, stack_trace = excluded.stack_trace, updated_at = excluded.updated_at
"""

CLOSE_ERROR = """
UPDATE ticket_errors
   SET error_status = 'RESOLVED', resolution_notes = concat_ws(E'\\n', nullif(resolution_notes, ''), %(note)s::text),
       updated_at = %(now)s
 WHERE company_id = %(company)s AND ticket_id = %(ticket)s AND error_status <> 'RESOLVED'
   AND cause = %(cause)s
"""

CLOSE_EVERY_ERROR = """
UPDATE ticket_errors
   SET error_status = 'RESOLVED', resolution_notes = concat_ws(E'\\n', nullif(resolution_notes, ''), %(note)s::text),
       updated_at = %(now)s
 WHERE company_id = %(company)s AND ticket_id = %(ticket)s AND error_status <> 'RESOLVED'
"""

COUNT_FAILURE = """
UPDATE ticket_instances
   SET advance_attempts = advance_attempts + 1, advance_after = %(after)s, updated_at = %(now)s
 WHERE company_id = %(company)s AND id = %(ticket)s
RETURNING advance_attempts
"""

FORGET_FAILURES = """
UPDATE ticket_instances
   SET advance_attempts = 0, advance_after = NULL
 WHERE company_id = %(company)s AND id = %(ticket)s
"""
