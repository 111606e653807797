"""Random definitions, random orders of what people do: the engine agrees with the model after every step."""

from __future__ import annotations

import copy
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from tests.conftest import NOON
from tests.people import Company, Person
from tests.proofs.definitions import store
from tests.proofs.model import ACTIVE, Model
from ticketflower.db import driver_of
from ticketflower.engine import sql
from ticketflower.engine.advance import advance
from ticketflower.engine.writing import dumps
from ticketflower.models import TaskDefinition, TaskInstance, TicketError, WorkflowData, WorkflowInstance
from ticketflower.services import errors, tasks, tickets
from ticketflower.services.check import check_company
from ticketflower.services.sweep import sweep

FIELDS = ["a", "b", "c", "d", "e"]
KEYS = ["one", "two", "three", "four"]
EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "150"))

values = st.sampled_from(["x", "y"])
field_names = st.lists(st.sampled_from(FIELDS), min_size=1, max_size=3, unique=True)
compared = st.builds(lambda f, v: {"==": [{"var": f}, v]}, st.sampled_from(FIELDS), st.sampled_from(["x", "y", None]))
counted = st.builds(
    lambda key, what, n: {"<": [{"var": f"_.tasks.{key}.{what}"}, n]},
    st.sampled_from(KEYS[:2]),
    st.sampled_from(["started", "active", "completed"]),
    st.integers(1, 3),
)
conditions = st.one_of(st.none(), compared, counted)


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A workflow of two to four tasks and one to three completions over five fields."""
    tasks_ = {
        key: {
            "title": key,
            "task_type": "FORM",
            "input_fields": draw(field_names),
            "output_fields": (outputs := draw(field_names)),
            "optional_fields": outputs,
            "condition": draw(conditions),
            "wait_for": draw(st.sampled_from(["any", "any", "all"])),
            "on_retrigger": draw(st.sampled_from(["parallel", "restart", "ignore", "queue"])),
            "cancel_when": draw(st.one_of(st.none(), st.none(), compared)),
            "clears": draw(st.one_of(st.just([]), st.just([]), field_names)),
        }
        for key in KEYS[: draw(st.integers(2, 4))]
    }
    completions = {
        f"end{n}": {
            "title": "End",
            "completion_status": draw(st.sampled_from(["COMPLETED", "CANCELLED", "ON_HOLD"])),
            "fields": draw(field_names),
            "condition": draw(st.one_of(compared, compared, conditions)),
            "when_idle": draw(st.sampled_from([False, False, True])),
        }
        for n in range(draw(st.integers(1, 3)))
    }
    return {
        "workflow": "random",
        "title": "Random",
        "fields_schema": {"type": "object", "properties": {name: {"type": "string"} for name in FIELDS}},
        "tickets": {"go": {"title": "Go", "fields": FIELDS, "optional_fields": FIELDS}},
        "tasks": tasks_,
        "completions": completions,
    }


class Pair:
    """The engine and the model, side by side on one ticket."""

    def __init__(self, session: Session, person: Person, document: dict[str, Any], data: dict[str, Any]) -> None:
        self.session, self.actor, self.now = session, person.actor, NOON
        self.model, self.waiting = Model(copy.deepcopy(document)), []
        type_key = store(session, person.company.id, document)
        self.ticket = tickets.submit_ticket(session, self.actor, type_key, data, self.now)
        self.model.iterate(data, [])
        self.agree()

    def rows(self) -> list[TaskInstance]:
        """All tasks, in the order of their making."""
        wanted = select(TaskInstance).where(TaskInstance.ticket_id == self.ticket).order_by(TaskInstance.id)
        return list(self.session.scalars(wanted.execution_options(populate_existing=True)))

    def agree(self) -> None:
        """Everything that can be seen of the engine is what the model says."""
        real = self.session.scalars(
            select(WorkflowInstance)
            .where(WorkflowInstance.ticket_id == self.ticket)
            .execution_options(populate_existing=True)
        ).one()
        workspace = self.session.scalars(
            select(WorkflowData.workflow_data)
            .where(WorkflowData.workflow_id == real.id)
            .order_by(WorkflowData.iteration.desc())
            .limit(1)
        ).one()
        open_errors = select(TicketError.code).where(
            TicketError.ticket_id == self.ticket, TicketError.error_status != "RESOLVED"
        )
        codes = set(self.session.scalars(open_errors)) - {"write_conflict", "no_worker"}
        model = self.model
        assert (real.status, real.iteration, real.completion_key) == (
            model.status,
            len(model.history) - 1,
            model.ended_by,
        )
        assert workspace == model.workspace()
        names = [(key, row) for row in self.rows() for key in [self.key_of(row)]]
        assert [(key, r.status, r.made_at_iteration, r.start_iteration, r.end_iteration) for key, r in names] == [
            (t.key, t.status, t.made, t.start, t.end) for t in model.tasks
        ]
        assert {key for key, count in real.task_counts.items() if count[3]} == model.queued
        assert codes == model.errors
        self.session.commit()

    def key_of(self, row: TaskInstance) -> str:
        """A task's key, by its definition's place in the document."""
        if not hasattr(self, "_keys"):
            self._keys = {
                row.id: row.key for row in self.session.execute(select(TaskDefinition.id, TaskDefinition.key))
            }
        return self._keys[row.task_definition_id]

    # What people do, to both.

    def complete(self, place: int, output: dict[str, Any]) -> None:
        """Completes a task; on hold that is refused by the service, so only its first half happens."""
        row, task = self.rows()[place], self.model.tasks[place]
        if self.model.status == "ON_HOLD":
            return
        tasks.complete_task(self.session, self.actor, row.id, output, self.tick())
        task.status, task.output = "COMPLETED", output
        self.advance_model([task])

    def complete_and_die(self, place: int, output: dict[str, Any]) -> None:
        """The process dies between the two transactions of a completion."""
        row, task = self.rows()[place], self.model.tasks[place]
        self.session.commit()
        keys = {"company": self.actor.company_id, "task": row.id, "now": self.tick(), "actor": self.actor.user_id}
        conn = driver_of(self.session)
        conn.execute(sql.COMPLETE_TASK, {**keys, "output": dumps(output), "assigned_to": row.assigned_to})
        self.session.commit()
        task.status, task.output = "COMPLETED", output
        self.waiting.append(task)

    def retry(self) -> None:
        """Somebody runs the engine again."""
        advance(self.session, self.ticket, self.tick())
        self.advance_model([])

    def correct(self, data: dict[str, Any]) -> None:
        """An admin writes fields."""
        if self.model.status == "IN_PROGRESS":
            tickets.correct_fields(self.session, self.actor, self.ticket, data, "because", self.tick())
            self.advance_model([data])

    def hold(self) -> None:
        """An admin puts it on hold, without advancing what waits."""
        if self.model.status == "IN_PROGRESS" and not self.waiting:
            tickets.hold_ticket(self.session, self.actor, self.ticket, None, self.tick())
            self.model.status = "ON_HOLD"

    def resume(self) -> None:
        """An admin resumes it."""
        if self.model.status == "ON_HOLD":
            tickets.resume_ticket(self.session, self.actor, self.ticket, None, self.tick())
            self.model.status = "IN_PROGRESS"
            self.advance_model([])

    def cancel(self) -> None:
        """The ticket is cancelled."""
        if self.model.status in {"IN_PROGRESS", "ON_HOLD"}:
            tickets.cancel_ticket(self.session, self.actor, self.ticket, None, self.tick())
            self.model.end(None)
            self.waiting.clear()

    def answer(self, place: int, how: str) -> None:
        """An admin answers a write conflict."""
        row, task = self.rows()[place], self.model.tasks[place]
        error = self.session.scalars(
            select(TicketError).where(TicketError.task_id == row.id, TicketError.error_status != "RESOLVED")
        ).one()
        self.session.commit()
        if how == "apply" and self.model.status == "IN_PROGRESS":
            errors.apply_output(self.session, self.actor, error.id, None, self.tick())
            task.status, task.applied = "COMPLETED", True
            self.advance_model([task])
        elif how == "discard":
            errors.discard_output(self.session, self.actor, error.id, None, self.tick())
            task.status = "CANCELLED"
            self.model.held = self.model.held or ("idle", None)
            self.advance_model([])
        elif how == "send_back":
            errors.send_back(self.session, self.actor, error.id, None, self.tick())
            task.status, task.start = "OPEN", len(self.model.history) - 1
            self.advance_model([])

    def advance_model(self, arrived: list[Any]) -> None:
        """The model folds what waited before, then what has just arrived."""
        self.waiting += arrived
        self.model.advance(self.waiting)
        if self.model.status in {"COMPLETED", "CANCELLED"}:
            self.waiting.clear()

    def tick(self) -> Any:
        """A minute later."""
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def people(acme: Company) -> Iterator[tuple[Person, Session]]:
    with acme.session() as session:
        yield acme.admin, session


STEPS = ["complete"] * 8 + ["complete_and_die"] * 3 + ["correct"] * 3 + ["hold", "resume", "resume", "retry", "cancel"]


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(document=documents(), data=st.data())
def test_the_engine_does_what_the_model_says(
    people: tuple[Person, Session], sessions: sessionmaker[Session], document: dict[str, Any], data: st.DataObject
) -> None:
    person, session = people
    pair = Pair(session, person, document, data.draw(st.dictionaries(st.sampled_from(FIELDS), values), "submission"))
    for _ in range(data.draw(st.integers(1, 14), "length")):
        step = data.draw(st.sampled_from(STEPS), "step")
        ended = pair.model.status in {"COMPLETED", "CANCELLED"}
        can = [n for n, task in enumerate(pair.model.tasks) if task.status == "OPEN"]
        conflicts = [n for n, task in enumerate(pair.model.tasks) if task.status in ACTIVE - {"OPEN"}]
        if step.startswith("complete"):
            if conflicts and data.draw(st.booleans(), "answer a conflict"):
                how = data.draw(st.sampled_from(["apply", "discard", "send_back"]), "how")
                pair.answer(data.draw(st.sampled_from(conflicts), "conflict"), how)
            elif can:
                place = data.draw(st.sampled_from(can), "task")
                outputs = document["tasks"][pair.model.tasks[place].key]["output_fields"]
                getattr(pair, step)(place, data.draw(st.dictionaries(st.sampled_from(outputs), values), "output"))
        elif step == "correct":
            pair.correct(data.draw(st.dictionaries(st.sampled_from(FIELDS), values, min_size=1), "correction"))
        elif not (ended and step == "retry"):
            getattr(pair, step)()
        pair.agree()
    sweep(sessions, pair.tick())
    pair.advance_model([])
    pair.agree()
    assert list(check_company(sessions, person.company.id)) == []
