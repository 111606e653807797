"""A ticket's log as a story in plain words. Pure: lines in, moments out.

Each of the log's words has one small function here; a word without one is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ticketflower.blueprints.wording.of_errors import title_of_code
from ticketflower.engine.definition import Workflow
from ticketflower.forms import display_values
from ticketflower.queries.history import LogLine

DONE, NOW, BAD, OFF, PLAIN = "done", "now", "bad", "off", ""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened.

    Args:
        id: the number of its line in the log.
        kind: how it is marked: ``done``, ``now`` (somebody has something to do since), ``bad``, ``off`` or nothing.
        title: one sentence.
        details: more, a paragraph each.
        task_id: the task that it is about.
    """

    id: int
    at: datetime
    kind: str
    title: str
    details: tuple[str, ...] = ()
    task_id: int | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the log with what is needed to tell it."""

    line: LogLine
    workflow: Workflow
    people: Mapping[int, str]

    @property
    def values(self) -> Mapping[str, Any]:
        return self.line.values or {}

    @property
    def who(self) -> str:
        return self.line.actor.name if self.line.actor else ""

    @property
    def task(self) -> str:
        """The task's title in quotation marks."""
        key = self.line.key or ""
        task = self.workflow.tasks.get(key)
        return f"“{task.title if task else key}”"

    def titles(self, names: Sequence[str]) -> str:
        """The titles of fields, in the document's order."""
        return ", ".join(self.workflow.title_of(name) for name in self.workflow.fields if name in names)


Told = tuple[str, str, tuple[str, ...]]


def story_of(lines: Sequence[LogLine], workflow: Workflow, people: Mapping[int, str]) -> list[Moment]:
    """The moments of a ticket, the newest first.

    A task that starts and goes to somebody in one breath is one moment.

    Args:
        lines: the log in the order in which things happened.
        workflow: what the ticket runs on, for titles.
        people: names by number.
    """
    moments: list[Moment] = []
    started: dict[int | None, int] = {}
    for line in lines:
        tell = _WORDS.get(line.event)
        if tell is None:
            continue
        if line.event == "error" and (line.values or {}).get("code") == "write_conflict":
            continue  # the conflict has a moment of its own
        kind, title, details = tell(_Line(line, workflow, people))
        moment = Moment(line.id, line.at, kind, title, tuple(filter(None, details)), line.task_id)
        place = started.pop(line.task_id, None) if line.event == "assigned" else None
        if place is not None:
            moments[place] = replace(moment, id=moments[place].id)
            continue
        if line.event == "started":
            started[line.task_id] = len(moments)
        moments.append(moment)
    return moments[::-1]


def _submitted(it: _Line) -> Told:
    return DONE, f"{it.who} submitted it" if it.who else "Submitted", ()


def _completed(it: _Line) -> Told:
    written = it.titles(it.values.get("written", ()))
    cleared = it.titles(it.values.get("cleared", ()))
    title = f"{it.who} completed {it.task}" if it.who else f"{it.task} was completed"
    return DONE, title, (written and f"Filled in: {written}", cleared and f"Begins anew: {cleared}")


def _corrected(it: _Line) -> Told:
    return PLAIN, f"{it.who} corrected {it.titles(it.values.get('written', ()))}", (it.values.get("reason", ""),)


def _started(it: _Line) -> Told:
    return NOW, f"{it.task} waits for somebody to take it", ()


def _assigned(it: _Line) -> Told:
    why = it.values.get("why", "")
    name = it.people.get(it.values.get("user_id", 0), "somebody")
    if why == "claimed":
        return PLAIN, f"{name} took {it.task}", ()
    if why == "took the offer":
        return PLAIN, f"{name} chose {it.task}", ()
    if why == "by an admin":
        return PLAIN, f"{it.who} gave {it.task} to {name}", ()
    return NOW, f"{it.task} went to {name}", (_WHY.get(why, ""),)


_WHY = {
    "fewest active tasks": "Who had the fewest tasks",
    "whose turn it was": "Whose turn it was",
    "had it before": "Who had it before",
}


def _begun(it: _Line) -> Told:
    return PLAIN, f"{it.who} began {it.task}", ()


def _released(it: _Line) -> Told:
    return PLAIN, f"{it.who} gave {it.task} back", ()


def _withdrawn(it: _Line) -> Told:
    return OFF, f"{it.task} was withdrawn", (_WITHDRAWN.get(it.values.get("why", ""), ""),)


_WITHDRAWN = {
    "cancel_when": "It was no longer needed",
    "restarted": "A fresh one took its place",
    "workflow_ended": "The ticket had ended",
    "discarded": "Its output was discarded",
}


def _skipped(it: _Line) -> Told:
    known = {name: value for name, value in it.values.items() if name in it.workflow.fields}
    shown = display_values(it.workflow.fields, list(known), None, known)
    return OFF, f"{it.task} did not start", ("; ".join(f"{each.title}: {each.text}" for each in shown),)


def _ignored(it: _Line) -> Told:
    return OFF, f"{it.task} was asked for again and goes on as it is", ()


def _queued(it: _Line) -> Told:
    return OFF, f"{it.task} will be done once more afterwards", ()


def _forgotten(it: _Line) -> Told:
    return OFF, f"{it.task} need not be done once more", ()


def _conflict(it: _Line) -> Told:
    return BAD, f"{it.task} is in conflict with another change", (f"Both wrote {it.titles(list(it.values))}",)


def _applied(it: _Line) -> Told:
    return PLAIN, f"{it.who} applied the answers of {it.task}", ()


def _discarded(it: _Line) -> Told:
    return OFF, f"{it.who} discarded the answers of {it.task}", ()


def _sent_back(it: _Line) -> Told:
    return NOW, f"{it.who} sent {it.task} back", ()


def _on_hold(it: _Line) -> Told:
    completion = it.workflow.completions.get(it.values.get("completion", ""))
    title = f"On hold: {completion.title}" if completion else f"{it.who} put it on hold" if it.who else "Put on hold"
    return PLAIN, title, (it.values.get("reason", ""),)


def _resumed(it: _Line) -> Told:
    return PLAIN, f"{it.who} resumed it", (it.values.get("reason", ""),)


def _ended(it: _Line) -> Told:
    completion = it.workflow.completions.get(it.values.get("completion", ""))
    kind = DONE if it.line.event == "workflow_completed" else OFF
    if completion:
        return kind, f"Ended: {completion.title}", ()
    return kind, f"{it.who} cancelled it" if it.who else "Cancelled", (it.values.get("reason", ""),)


def _error(it: _Line) -> Told:
    return BAD, f"A problem came up: {title_of_code(it.values.get('code', '')).lower()}", ()


def _error_closed(it: _Line) -> Told:
    return OFF, "A problem is solved", (it.values.get("note", ""),)


def _correction_dropped(it: _Line) -> Told:
    return OFF, "A correction came too late: the ticket had ended", ()


_WORDS: Mapping[str, Callable[[_Line], Told]] = {
    "submitted": _submitted,
    "completed": _completed,
    "corrected": _corrected,
    "started": _started,
    "assigned": _assigned,
    "begun": _begun,
    "released": _released,
    "withdrawn": _withdrawn,
    "skipped": _skipped,
    "ignored": _ignored,
    "queued": _queued,
    "forgotten": _forgotten,
    "conflict": _conflict,
    "applied": _applied,
    "discarded": _discarded,
    "sent_back": _sent_back,
    "on_hold": _on_hold,
    "resumed": _resumed,
    "workflow_completed": _ended,
    "workflow_cancelled": _ended,
    "error": _error,
    "error_closed": _error_closed,
    "correction_dropped": _correction_dropped,
}
