"""What activating and archiving do, said before it is done (engine.md, Definitions)."""

from __future__ import annotations

from ticketflower.engine.words import DefinitionStatus
from ticketflower.queries.definitions import VersionRow, WorkflowRow


def what_activating_does(workflow: WorkflowRow) -> str:
    """ "New tickets use version 3; 4 running tickets stay on version 2."; "" without a draft."""
    if workflow.draft is None:
        return ""
    stays = [
        f"{_tickets(each.running)} {_verb(each)} on version {each.version}"
        for each in workflow.versions
        if each.running
    ]
    words = "; ".join([f"New tickets use version {workflow.draft}", *reversed(stays)])
    return f"{words}."


def what_archiving_does(workflow: WorkflowRow) -> str:
    """What the people of the company notice when the active version is archived; "" when none is active."""
    active = next((each for each in workflow.versions if each.status is DefinitionStatus.ACTIVE), None)
    if active is None:
        return ""
    words = "Nobody can submit tickets of this workflow any more"
    if active.running:
        goes = "goes" if active.running == 1 else "go"
        words += f"; {_tickets(active.running)} on version {active.version} {goes} on to the end"
    return f"{words}."


def _tickets(number: int) -> str:
    return "1 running ticket" if number == 1 else f"{number:,} running tickets"


def _verb(version: VersionRow) -> str:
    return "stays" if version.running == 1 else "stay"
