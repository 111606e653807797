"""The checker: proves a database sound (security.md, The engine never loses or strands anything).

Each rule is one query that returns what breaks it. A sound database gives nothing, whatever was killed before; work
that still waits in the engine's inbox is no problem, ``flask sweep`` does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from ticketflower.db import company_session

#: Rows reported of each rule and company.
MOST = 20


@dataclass(frozen=True, slots=True)
class Rule:
    """A sentence that is true of a sound database, and the query that finds where it isn't.

    Args:
        claim: the sentence.
        query: gives one text column ``place`` for each thing that breaks it.
    """

    claim: str
    query: str


RULES = (
    Rule(
        "an instance has one row of workflow_data for each iteration from 0, without a gap",
        """
        SELECT format('workflow %s: iteration %s, rows %s from %s to %s', w.id, w.iteration, count(d.id),
                      min(d.iteration), max(d.iteration)) AS place
          FROM workflow_instances w LEFT JOIN workflow_data d ON d.workflow_id = w.id
         GROUP BY w.id, w.iteration
        HAVING count(d.id) <> w.iteration + 1 OR min(d.iteration) <> 0 OR max(d.iteration) <> w.iteration
        """,
    ),
    Rule(
        "a folded task made exactly one iteration, the one that it names",
        """
        SELECT format('task %s: end_iteration %s, iterations made %s', k.id, k.end_iteration,
                      array_agg(d.iteration) FILTER (WHERE d.id IS NOT NULL)) AS place
          FROM task_instances k LEFT JOIN workflow_data d ON d.task_id = k.id
         WHERE k.end_iteration IS NOT NULL
         GROUP BY k.id, k.end_iteration, k.status
        HAVING count(d.id) <> 1 OR max(d.iteration) <> k.end_iteration OR k.status <> 'COMPLETED'
        """,
    ),
    Rule(
        "an iteration made by a task belongs to a task that was folded there",
        """
        SELECT format('workflow %s iteration %s: task %s', d.workflow_id, d.iteration, d.task_id) AS place
          FROM workflow_data d LEFT JOIN task_instances k ON k.id = d.task_id
         WHERE d.writer = 'task'
           AND (k.id IS NULL OR k.end_iteration IS DISTINCT FROM d.iteration
                OR k.workflow_instance_id <> d.workflow_id)
        """,
    ),
    Rule(
        "a start is unique by instance, definition, iteration and item",
        """
        SELECT format('workflow %s: %s starts of definition %s at iteration %s', workflow_instance_id, count(*),
                      task_definition_id, made_at_iteration) AS place
          FROM task_instances
         GROUP BY workflow_instance_id, task_definition_id, made_at_iteration, item HAVING count(*) > 1
        """,
    ),
    Rule(
        "nothing is active or waiting in an ended workflow",
        """
        SELECT format('task %s is %s in workflow %s, which is %s', k.id, k.status, w.id, w.status) AS place
          FROM task_instances k JOIN workflow_instances w ON w.id = k.workflow_instance_id
         WHERE w.status IN ('COMPLETED', 'CANCELLED')
           AND (k.status NOT IN ('COMPLETED', 'CANCELLED')
                                   OR (k.status = 'COMPLETED' AND k.end_iteration IS NULL))
        """,
    ),
    Rule(
        "a snapshot is the one before, with what was written laid on top and what was cleared taken out",
        """
        SELECT format('workflow %s iteration %s', s.workflow_id, s.iteration) AS place
          FROM (SELECT d.workflow_id, d.iteration, d.workflow_data, d.cleared, d.written,
                       coalesce(lag(d.workflow_data) OVER (PARTITION BY d.workflow_id ORDER BY d.iteration), '{}')
                         AS before,
                       CASE d.writer WHEN 'submission' THEN t.data WHEN 'task' THEN k.output ELSE c.data END AS output
                  FROM workflow_data d
                  JOIN workflow_instances w ON w.id = d.workflow_id
                  JOIN ticket_instances t ON t.id = w.ticket_id
                  LEFT JOIN task_instances k ON k.id = d.task_id
                  LEFT JOIN corrections c ON c.workflow_instance_id = d.workflow_id AND c.iteration = d.iteration) s
         WHERE s.output IS NULL OR s.workflow_data <> (s.before || s.output) - s.cleared
            OR (SELECT array_agg(name ORDER BY name) FROM unnest(s.written) name)
               IS DISTINCT FROM (SELECT array_agg(name ORDER BY name) FROM jsonb_object_keys(s.output) name)
        """,
    ),
    Rule(
        "a workflow in progress has something to do, or its standstill is known",
        """
        SELECT format('workflow %s at iteration %s', w.id, w.iteration) AS place
          FROM workflow_instances w
         WHERE w.status = 'IN_PROGRESS' AND NOT w.advance_due AND NOT w.stalled
           AND NOT EXISTS (SELECT FROM task_instances k
                            WHERE k.workflow_instance_id = w.id
                              AND (k.status NOT IN ('COMPLETED', 'CANCELLED')
                                   OR (k.status = 'COMPLETED' AND k.end_iteration IS NULL)))
        """,
    ),
    Rule(
        "a ticket's status is its workflow's",
        """
        SELECT format('ticket %s is %s, its workflow %s', t.id, t.status, w.status) AS place
          FROM ticket_instances t LEFT JOIN workflow_instances w ON w.ticket_id = t.id
         WHERE t.workflow_id IS DISTINCT FROM w.id
            OR (w.id IS NOT NULL AND w.status <> t.status)
            OR (w.id IS NULL AND t.status NOT IN ('NOT_STARTED', 'CANCELLED'))
        """,
    ),
    Rule(
        "a worker's load is the number of active tasks assigned to them",
        """
        SELECT format('user %s: load %s, active tasks %s', l.user_id, l.active, count(k.id)) AS place
          FROM user_loads l
          LEFT JOIN task_instances k ON k.assigned_to = l.user_id AND k.status NOT IN ('COMPLETED', 'CANCELLED')
         GROUP BY l.user_id, l.active HAVING l.active <> count(k.id)
        """,
    ),
    Rule(
        "a worker is available when active, not away and a task worker, and their company roles are known",
        """
        SELECT format('user %s', u.id) AS place
          FROM users u LEFT JOIN user_loads l ON l.user_id = u.id
         WHERE l.user_id IS NULL
            OR l.available <> (u.active AND NOT u.away AND EXISTS (
                 SELECT FROM user_system_roles s WHERE s.user_id = u.id AND s.role = 'task_worker'))
            OR NOT (l.company_roles <@ ARRAY(SELECT c.role_name FROM user_company_roles r
                     JOIN company_roles c ON c.id = r.role WHERE r.user_id = u.id))
            OR NOT (l.company_roles @> ARRAY(SELECT c.role_name FROM user_company_roles r
                     JOIN company_roles c ON c.id = r.role WHERE r.user_id = u.id))
        """,
    ),
    Rule(
        "an instance's counts are those of its tasks",
        """
        SELECT format('workflow %s: %s', w.id, w.task_counts) AS place
          FROM workflow_instances w
         WHERE EXISTS (
               SELECT FROM task_definitions d
                 LEFT JOIN task_instances k ON k.task_definition_id = d.id AND k.workflow_instance_id = w.id
                WHERE d.workflow_id = w.workflow_id
                GROUP BY d.key
               HAVING count(k.id) <> coalesce((w.task_counts -> d.key ->> 0)::bigint, 0)
                   OR count(k.end_iteration) <> coalesce((w.task_counts -> d.key ->> 1)::bigint, 0)
                   OR max(k.made_at_iteration) IS DISTINCT FROM (w.task_counts -> d.key ->> 2)::bigint)
        """,
    ),
    Rule(
        "a field's version is the iteration that last wrote or cleared it",
        """
        SELECT format('workflow %s, field %s: %s', w.id, touched.name, w.field_versions -> touched.name) AS place
          FROM workflow_instances w
          JOIN LATERAL (
               SELECT name, max(iteration) FILTER (WHERE NOT cleared) AS written, max(iteration) AS last,
                      max(iteration) FILTER (WHERE cleared) AS wiped
                 FROM (SELECT unnest(written) AS name, iteration, false AS cleared FROM workflow_data
                        WHERE workflow_id = w.id
                       UNION ALL
                       SELECT unnest(cleared), iteration, true FROM workflow_data WHERE workflow_id = w.id) every
                GROUP BY name) touched ON true
         WHERE (w.field_versions -> touched.name ->> 1)::bigint IS DISTINCT FROM touched.last
            OR (w.field_versions -> touched.name ->> 0)::bigint IS DISTINCT FROM
               CASE WHEN touched.wiped >= touched.written THEN NULL ELSE touched.written END
        """,
    ),
    Rule(
        "a task with a write conflict and its open error come together",
        """
        SELECT format('task %s', k.id) AS place
          FROM task_instances k
         WHERE k.status = 'ERROR' AND k.output IS NOT NULL
           AND NOT EXISTS (SELECT FROM ticket_errors e
                            WHERE e.task_id = k.id AND e.code = 'write_conflict' AND e.error_status <> 'RESOLVED')
        UNION ALL
        SELECT format('error %s', e.id)
          FROM ticket_errors e JOIN task_instances k ON k.id = e.task_id
         WHERE e.code = 'write_conflict' AND e.error_status <> 'RESOLVED' AND k.status <> 'ERROR'
        """,
    ),
    Rule(
        "no error is open on a ticket that has ended",
        """
        SELECT format('error %s of ticket %s', e.id, t.id) AS place
          FROM ticket_errors e JOIN ticket_instances t ON t.id = e.ticket_id
         WHERE e.error_status <> 'RESOLVED' AND t.status IN ('COMPLETED', 'CANCELLED')
        """,
    ),
    Rule(
        "everything belongs to the company of its parent",
        """
        SELECT format('task %s', k.id) AS place FROM task_instances k
          LEFT JOIN workflow_instances w ON w.company_id = k.company_id AND w.id = k.workflow_instance_id
          LEFT JOIN ticket_instances t ON t.company_id = k.company_id AND t.id = k.ticket_id
         WHERE w.id IS NULL OR t.id IS NULL OR w.ticket_id <> t.id
        UNION ALL
        SELECT format('iteration %s of workflow %s', d.iteration, d.workflow_id) FROM workflow_data d
          LEFT JOIN workflow_instances w ON w.company_id = d.company_id AND w.id = d.workflow_id WHERE w.id IS NULL
        UNION ALL
        SELECT format('ticket %s', t.id) FROM ticket_instances t
          LEFT JOIN ticket_definitions d ON d.company_id = t.company_id AND d.id = t.ticket_type_id WHERE d.id IS NULL
        UNION ALL
        SELECT format('error %s', e.id) FROM ticket_errors e
          LEFT JOIN ticket_instances t ON t.company_id = e.company_id AND t.id = e.ticket_id WHERE t.id IS NULL
        """,
    ),
)


def check(sessions: sessionmaker[Session]) -> list[str]:
    """Checks every company against every rule.

    Returns:
        One line for each thing that breaks a rule (at most 20 of a rule and company); empty for a sound database.
    """
    with sessions() as session:
        companies = session.scalars(text("SELECT company_id FROM all_companies()")).all()
        session.commit()
    return [problem for company_id in companies for problem in check_company(sessions, company_id)]


def check_company(sessions: sessionmaker[Session], company_id: int) -> Iterator[str]:
    """Checks one company against every rule, on one snapshot of its data."""
    with company_session(sessions, company_id) as session:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        for rule in RULES:
            for place in session.scalars(text(rule.query)).fetchmany(MOST):
                yield f"company {company_id}: {rule.claim}: {place}"
        session.commit()
