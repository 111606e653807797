"""The engine's errors in plain words: what a code is called, and which part of the definition is at fault."""

from __future__ import annotations

import re

from ticketflower.engine.words import ErrorType

_CODES = {
    "write_conflict": "Two changes to one field",
    "stalled": "Nothing moves any more",
    "no_worker": "Nobody to do it",
    "loop": "It looks like a loop",
    "condition_failed": "A condition could not be decided",
    "not_enabled": "A kind of task that is not enabled",
    "workspace_too_large": "The ticket holds too much",
    "too_many_starts": "Too many tasks at once",
    "deadlock": "The database was too busy",
    "unexpected": "It could not be moved on",
}

KINDS = {
    ErrorType.WORKFLOW_CREATION: "The workflow could not begin",
    ErrorType.TASK_CREATION: "A task could not be made",
    ErrorType.TASK_UPDATE: "A task's answers could not be taken",
    ErrorType.WORKFLOW_TRANSITION: "On the way from one step to the next",
}

_PART = re.compile(r"\b(?:tasks|completions)\.[A-Za-z][A-Za-z0-9_]*(?:\.[a-z_]+)?")


def title_of_code(code: str) -> str:
    """What an error is called on a page."""
    return _CODES.get(code) or code.replace("_", " ").capitalize()


def part_at_fault(message: str, task_key: str | None) -> str | None:
    """The part of the definition that an error's message names (engine.md, Errors); else its task's."""
    found = _PART.search(message)
    if found:
        return found[0]
    return f"tasks.{task_key}" if task_key else None
