"""Where a ticket stands, in plain words."""

from __future__ import annotations

from collections.abc import Sequence

from ticketflower.engine.words import TaskStatus, WorkflowStatus
from ticketflower.queries.history import LogLine
from ticketflower.queries.ticket_lists import Waiting
from ticketflower.queries.tickets import TicketTask, TicketView

#: After these a title goes on like an order that somebody is given: "Check the budget".
_ARTICLES = frozenset({"the", "a", "an", "your", "our", "their", "its", "this", "these", "all", "every", "each"})
#: But not when it begins with one of these: "Behind the scenes".
_PREPOSITIONS = frozenset(
    {"about", "after", "at", "before", "behind", "by", "during", "for", "from", "in", "of", "on", "over", "to", "with"}
)


def to_do(title: str) -> str:
    """A task's title after a person's name: " to check the budget", or what can't be said so: ": “Legal check”"."""
    first, _, rest = title.partition(" ")
    is_order = rest.partition(" ")[0].lower() in _ARTICLES and first.lower() not in _PREPOSITIONS
    if is_order and first[1:] == first[1:].lower():
        return f" to {first.lower()} {rest}"
    return f": “{title}”"


def waiting_for(task: TicketTask | Waiting) -> str:
    """What is waited for, and for whom: "Waiting for Theo Turner to check the budget"."""
    if task.status is TaskStatus.ERROR:
        return f"“{task.title}” needs a ticket admin"
    if task.status is TaskStatus.PENDING:
        return f"Waiting for an answer from outside: “{task.title}”"
    if task.assigned_to is None:
        return f"Waiting for somebody to take “{task.title}”"
    return f"Waiting for {task.assigned_to.name}{to_do(task.title)}"


def waiting_for_all(status: WorkflowStatus, waits_for: Sequence[TicketTask | Waiting]) -> str:
    """One line for a list: what an open ticket waits for."""
    if status is WorkflowStatus.ON_HOLD:
        return "Waits until it is resumed"
    if status is WorkflowStatus.NOT_STARTED:
        return "About to start"
    if not waits_for:
        return "Nobody is at work on it"
    if len(waits_for) == 1:
        return waiting_for(waits_for[0])
    return f"{waiting_for(waits_for[0])}, and {len(waits_for) - 1} more"


def state_of(ticket: TicketView, lines: Sequence[LogLine]) -> str:
    """The sentence at the head of a ticket's page.

    Args:
        lines: the newest lines of its log, which say who held or ended it and why.
    """
    match ticket.status:
        case WorkflowStatus.NOT_STARTED:
            return "It has not begun. A ticket admin has been told." if ticket.errors else "It is about to start."
        case WorkflowStatus.ON_HOLD:
            return _on_hold(ticket, lines)
        case WorkflowStatus.COMPLETED | WorkflowStatus.CANCELLED:
            return _ended(ticket, lines)
    if not ticket.waits_for:
        return "Nobody is at work on it, and nothing has ended it. A ticket admin has been told."
    if len(ticket.waits_for) == 1:
        return f"{waiting_for(ticket.waits_for[0])}."
    return f"Waiting for {len(ticket.waits_for)} things at once."


def _on_hold(ticket: TicketView, lines: Sequence[LogLine]) -> str:
    line = _last(lines, "on_hold")
    values = (line.values if line else None) or {}
    completion = ticket.version.workflow.completions.get(values.get("completion", ""))
    if completion is not None:
        return f"On hold: {completion.title}."
    who = f"{line.actor.name} put it on hold" if line and line.actor else "It is on hold"
    return f"{who}: {values['reason']}" if values.get("reason") else f"{who}."


def _ended(ticket: TicketView, lines: Sequence[LogLine]) -> str:
    completion = ticket.version.workflow.completions.get(ticket.completion or "")
    if completion is not None:
        return f"It has ended: {completion.title}."
    line = _last(lines, "workflow_cancelled")
    if line is None or line.actor is None:
        return "It was cancelled."
    verb = "withdrew" if line.actor.id == ticket.created_by.id else "cancelled"
    reason = (line.values or {}).get("reason")
    return f"{line.actor.name} {verb} it: {reason}" if reason else f"{line.actor.name} {verb} it."


def _last(lines: Sequence[LogLine], event: str) -> LogLine | None:
    return next((line for line in reversed(lines) if line.event == event), None)
