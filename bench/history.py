"""Fills a database with finished tickets, copied from one that was played through."""

from __future__ import annotations

import psycopg

#: New numbers for copy n: old + n * a million, so that references stay inside one copy.
STEP = 1_000_000

COPY = """
SET session_replication_role = replica;
INSERT INTO ticket_instances (company_id, id, ticket_type_id, workflow_id, status, data, created_at, updated_at,
                              created_by)
SELECT company_id, id + {far}, ticket_type_id, workflow_id + {far}, status, data,
       created_at, updated_at, created_by
  FROM ticket_instances, generate_series(1, {count}) n WHERE id = {ticket};
INSERT INTO workflow_instances (company_id, id, workflow_id, ticket_id, status, iteration, field_versions, task_counts,
                                iteration_limit, completion_key, created_at, updated_at, ended_at)
SELECT company_id, id + {far}, workflow_id, ticket_id + {far}, status, iteration, field_versions, task_counts,
       iteration_limit, completion_key, created_at, updated_at, ended_at
  FROM workflow_instances, generate_series(1, {count}) n WHERE ticket_id = {ticket};
INSERT INTO task_instances (company_id, id, workflow_instance_id, ticket_id, task_definition_id, made_at_iteration,
                            start_iteration, end_iteration, status, output, change_order, assigned_to, completed_at,
                            completed_by)
SELECT company_id, id + {far}, workflow_instance_id + {far}, ticket_id + {far}, task_definition_id,
       made_at_iteration, start_iteration, end_iteration, status, output, change_order, assigned_to, completed_at,
       completed_by
  FROM task_instances, generate_series(1, {count}) n WHERE ticket_id = {ticket};
INSERT INTO workflow_data (company_id, id, workflow_id, iteration, workflow_data, written, cleared, writer, task_id,
                           actor_id)
SELECT d.company_id, d.id + {far}, d.workflow_id + {far}, d.iteration, d.workflow_data, d.written, d.cleared,
       d.writer, d.task_id + {far}, d.actor_id
  FROM workflow_data d JOIN workflow_instances w ON w.id = d.workflow_id, generate_series(1, {count}) n
 WHERE w.ticket_id = {ticket};
INSERT INTO ticket_log (company_id, id, ticket_id, at, iteration, event, task_id, key, "values", actor_id)
SELECT company_id, id + {far}, ticket_id + {far}, at, iteration, event, task_id + {far}, key, "values",
       actor_id
  FROM ticket_log, generate_series(1, {count}) n WHERE ticket_id = {ticket};
ANALYZE;
"""

COPY_BY_HAND = """
SET session_replication_role = replica;
SET search_path = by_hand;
INSERT INTO ticket SELECT id + {far}, status, data, created_by, created_at
  FROM ticket, generate_series(1, {count}) n WHERE id = {ticket};
INSERT INTO workspace SELECT id + {far}, ticket_id + {far}, iteration, data, written, task_id, created_at
  FROM workspace, generate_series(1, {count}) n WHERE ticket_id = {ticket};
INSERT INTO task SELECT id + {far}, ticket_id + {far}, key, status, start_iteration, end_iteration, output,
                        assigned_to, completed_at, completed_by, created_at
  FROM task, generate_series(1, {count}) n WHERE ticket_id = {ticket};
ANALYZE;
"""


def fill(superuser_url: str, count: int) -> None:
    """Makes ``count`` copies of the newest finished ticket, in the product's tables and in those by hand."""
    with psycopg.connect(superuser_url, autocommit=True) as conn:
        for table, copy in (("ticket_instances", COPY), ("by_hand.ticket", COPY_BY_HAND)):
            row = conn.execute(f"SELECT max(id) FROM {table} WHERE status = 'COMPLETED' AND id < {STEP}").fetchone()
            assert row is not None
            conn.execute(copy.format(far=f"n::bigint * {STEP}", count=count, ticket=row[0]), prepare=False)
