"""The dashboard: what there is to do and to know, by role, each figure with the page that it leads to."""

from __future__ import annotations

from dataclasses import dataclass

from ticketflower.actor import Actor
from ticketflower.engine.words import SystemRole, WorkflowStatus
from ticketflower.queries.counts import OPEN_STATUSES, Counts


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that matters.

    Attributes:
        key: its count's (``queries.counts``).
        number: as it is read, "0" and "999+" included.
        label: what is counted, in the grammar of this number.
        destination: the key of the page that it leads to.
        query: what that page is asked for.
        alarming: whether somebody should act on it.
    """

    key: str
    number: str
    label: str
    destination: str
    query: tuple[tuple[str, str], ...] = ()
    alarming: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """The figures of one role, under a heading."""

    key: str
    title: str
    figures: tuple[Figure, ...]


def sections_of(actor: Actor, counts: Counts) -> list[Section]:
    """The dashboard of one person, from counts that the page has already: no query of its own."""
    sections = []
    if actor.has(SystemRole.TASK_WORKER):
        sections.append(Section("work", "Your work", _work(counts)))
    if actor.has(SystemRole.USER):
        sections.append(Section("own", "What you asked for", _own(counts)))
    if actor.has(SystemRole.TICKET_ADMIN):
        sections.append(Section("company", "All tickets", _company(counts)))
    if actor.has(SystemRole.WORKFLOW_CREATOR):
        sections.append(Section("design", "Workflows", _design(counts)))
    return sections


def _work(counts: Counts) -> tuple[Figure, ...]:
    return (
        _figure(counts, "tasks", "task for you", "tasks for you", "tasks"),
        _figure(
            counts, "unassigned", "task that you may take", "tasks that you may take", "tasks", (("tab", "unassigned"),)
        ),
    )


def _own(counts: Counts) -> tuple[Figure, ...]:
    return (_figure(counts, "my-tickets", "open ticket of yours", "open tickets of yours", "my-tickets"),)


def _company(counts: Counts) -> tuple[Figure, ...]:
    errors = _figure(counts, "errors", "new error", "new errors", "errors", alarming=counts["errors"] > 0)
    words = {
        WorkflowStatus.NOT_STARTED: "about to start",
        WorkflowStatus.IN_PROGRESS: "in progress",
        WorkflowStatus.ON_HOLD: "on hold",
    }
    by_status = [
        _figure(counts, f"tickets:{status}", words[status], words[status], "board", (("status", status.value),))
        for status in OPEN_STATUSES
    ]
    return (errors, *by_status)


def _design(counts: Counts) -> tuple[Figure, ...]:
    return (_figure(counts, "drafts", "draft not active yet", "drafts not active yet", "definitions"),)


def _figure(
    counts: Counts,
    key: str,
    one: str,
    many: str,
    destination: str,
    query: tuple[tuple[str, str], ...] = (),
    *,
    alarming: bool = False,
) -> Figure:
    label = one if counts[key] == 1 else many
    return Figure(key, counts.shown(key) or "0", label, destination, query, alarming)
