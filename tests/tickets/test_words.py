"""A ticket in plain words: what it waits for, and its story (pure)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from ticketflower.blueprints.tickets import story
from ticketflower.blueprints.tickets.story import story_of
from ticketflower.blueprints.wording.of_tickets import to_do, waiting_for_all
from ticketflower.engine import events
from ticketflower.engine.definition import compile_workflow
from ticketflower.engine.words import TaskStatus, WorkflowStatus
from ticketflower.queries.history import LogLine
from ticketflower.queries.names import Person
from ticketflower.queries.ticket_lists import Waiting

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "house-rules.yaml"
RULES = compile_workflow(yaml.safe_load(EXAMPLE.read_text("utf-8")))
TOM, DORA = Person(1, "Tom"), Person(2, "Dora")
NAMES = {1: "Tom", 2: "Dora"}


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Check the budget", "Waiting for Dora to check the budget"),
        ("Find a desk", "Waiting for Dora to find a desk"),
        ("Legal check", "Waiting for Dora: “Legal check”"),
        ("Sign", "Waiting for Dora: “Sign”"),
        ("Behind the scenes", "Waiting for Dora: “Behind the scenes”"),
        ("PO the supplier", "Waiting for Dora: “PO the supplier”"),
    ],
)
def test_an_order_goes_on_after_the_name_and_a_title_is_quoted(title: str, said: str) -> None:
    assert f"Waiting for Dora{to_do(title)}" == said


def waiting(title: str, status: TaskStatus = TaskStatus.OPEN, person: Person | None = DORA) -> Waiting:
    return Waiting(7, "key", title, status, person, NOON)


@pytest.mark.parametrize(
    ("status", "tasks", "said"),
    [
        (WorkflowStatus.NOT_STARTED, [], "About to start"),
        (WorkflowStatus.ON_HOLD, [waiting("Sign")], "Waits until it is resumed"),
        (WorkflowStatus.IN_PROGRESS, [], "Nobody is at work on it"),
        (WorkflowStatus.IN_PROGRESS, [waiting("Sign", person=None)], "Waiting for somebody to take “Sign”"),
        (WorkflowStatus.IN_PROGRESS, [waiting("Sign", TaskStatus.ERROR)], "“Sign” needs a ticket admin"),
        (
            WorkflowStatus.IN_PROGRESS,
            [waiting("Call", TaskStatus.PENDING)],
            "Waiting for an answer from outside: “Call”",
        ),
        (
            WorkflowStatus.IN_PROGRESS,
            [waiting("Write the text"), waiting("Sign"), waiting("Sign")],
            "Waiting for Dora to write the text, and 2 more",
        ),
    ],
)
def test_a_row_says_what_its_ticket_waits_for(status: WorkflowStatus, tasks: list[Waiting], said: str) -> None:
    assert waiting_for_all(status, tasks) == said


def line(number: int, event: str, actor: Person | None = None, key: str | None = None, **values: Any) -> LogLine:
    return LogLine(number, NOON, 1, event, 70 if key else None, key, values or None, actor)


def told(*lines: LogLine) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(moment.kind, moment.title, moment.details) for moment in story_of(lines, RULES, NAMES)]


@pytest.mark.parametrize(
    ("said", "kind", "title", "details"),
    [
        (line(1, "submitted", TOM, written=["purpose"]), "done", "Tom submitted it", ()),
        (
            line(1, "completed", DORA, "write", written=["text"], cleared=["staff_ok", "legal"]),
            "done",
            "Dora completed “Write the text”",
            ("Filled in: Text", "Begins anew: Legal, Staff council agrees?"),
        ),
        (line(1, "corrected", TOM, written=["legal"], reason="Misread"), "", "Tom corrected Legal", ("Misread",)),
        (line(1, "started", key="sign"), "now", "“Sign” waits for somebody to take it", ()),
        (line(1, "assigned", key="sign", user_id=2, why="claimed"), "", "Dora took “Sign”", ()),
        (line(1, "assigned", TOM, "sign", user_id=2, why="by an admin"), "", "Tom gave “Sign” to Dora", ()),
        (
            line(1, "assigned", key="withdraw", user_id=2, why="took the offer"),
            "",
            "Dora chose “Withdraw the proposal”",
            (),
        ),
        (line(1, "begun", DORA, "sign"), "", "Dora began “Sign”", ()),
        (line(1, "released", DORA, "sign"), "", "Dora gave “Sign” back", ()),
        (
            line(1, "withdrawn", key="sign", why="restarted"),
            "off",
            "“Sign” was withdrawn",
            ("A fresh one took its place",),
        ),
        (
            line(1, "skipped", key="sign", legal="change", staff_ok=None, **{"_.iteration": 3}),
            "off",
            "“Sign” did not start",
            ("Legal: Must change; Staff council agrees?: Not given",),
        ),
        (line(1, "ignored", key="write"), "off", "“Write the text” was asked for again and goes on as it is", ()),
        (line(1, "queued", key="write"), "off", "“Write the text” will be done once more afterwards", ()),
        (line(1, "forgotten", key="write"), "off", "“Write the text” need not be done once more", ()),
        (
            line(1, "conflict", key="sign", signed_on={"theirs": 1, "ours": 2}),
            "bad",
            "“Sign” is in conflict with another change",
            ("Both wrote Signed on",),
        ),
        (line(1, "applied", TOM, "sign"), "", "Tom applied the answers of “Sign”", ()),
        (line(1, "discarded", TOM, "sign"), "off", "Tom discarded the answers of “Sign”", ()),
        (line(1, "sent_back", TOM, "sign"), "now", "Tom sent “Sign” back", ()),
        (line(1, "on_hold", TOM, reason="Holidays"), "", "Tom put it on hold", ("Holidays",)),
        (line(1, "on_hold", completion="waiting"), "", "On hold: Waiting for the court", ()),
        (line(1, "resumed", TOM), "", "Tom resumed it", ()),
        (line(1, "workflow_completed", completion="in_force"), "done", "Ended: In force", ()),
        (line(1, "workflow_cancelled", TOM, reason="Too late"), "off", "Tom cancelled it", ("Too late",)),
        (line(1, "error", code="stalled"), "bad", "A problem came up: nothing moves any more", ()),
        (line(1, "error_closed", cause="stalled", note="It moved."), "off", "A problem is solved", ("It moved.",)),
        (line(1, "correction_dropped", legal="fine"), "off", "A correction came too late: the ticket had ended", ()),
    ],
)
def test_each_word_of_the_log_is_told(said: LogLine, kind: str, title: str, details: tuple[str, ...]) -> None:
    assert told(said) == [(kind, title, details)]


def test_a_start_that_goes_to_somebody_at_once_is_one_moment() -> None:
    moments = told(
        line(1, "submitted", TOM),
        line(2, "started", key="write"),
        line(3, "assigned", key="write", user_id=2, why="fewest active tasks"),
    )
    assert moments == [
        ("now", "“Write the text” went to Dora", ("Who had the fewest tasks",)),
        ("done", "Tom submitted it", ()),
    ]


def test_a_conflict_is_told_once() -> None:
    moments = told(line(1, "conflict", key="sign", signed_on={}), line(2, "error", key="sign", code="write_conflict"))
    assert [title for _, title, _ in moments] == ["“Sign” is in conflict with another change"]


def test_every_word_of_the_engines_events_has_a_telling() -> None:
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, events.Event)]
    words = {kind.word for kind in kinds if isinstance(kind.word, str)} - {""}
    assert words
    assert words <= set(story._WORDS)
