"""Workflow definitions: store, check, activate, archive, list, read."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response

from ticketflower.blueprints.api import shapes
from ticketflower.blueprints.api.answers import json_answer, paged, respond
from ticketflower.blueprints.api.blueprint import operations
from ticketflower.blueprints.api.operations import PREFIX, Call, Operation, call_of
from ticketflower.blueprints.api.parameters import PAGING, number, switch
from ticketflower.engine.words import SystemRole
from ticketflower.queries import definitions as queries
from ticketflower.services import definitions as services
from ticketflower.web.permissions import Permission

Json = Any
CREATOR, ADMIN = SystemRole.WORKFLOW_CREATOR, SystemRole.TICKET_ADMIN

STORE = Operation(
    method="PUT",
    rule="/workflows/<key>",
    name="store_workflow",
    tag="Workflows",
    summary="Store a workflow document as the draft",
    description=(
        "The document's own key must be the one in the address. 201: a new draft; 200: it took the place of one. "
        "422 tells every problem of the document."
    ),
    permission=Permission.of(CREATOR),
    gives="Stored",
    status=200,
    more={201: "A new draft."},
    query=(switch("activate", "Activate it in the same act."),),
    takes_document=True,
)


def store_workflow(key: str) -> Response:
    """Stores a document; 201 where there was no draft."""
    call = call_of(STORE, {"key": key})
    activate = bool(call.query.get("activate"))
    stored = services.store_draft(
        call.session, call.actor, key, call.body["source"], call.body["media"], call.now, activate=activate
    )
    value = {
        "key": stored.key,
        "version": stored.version,
        "status": stored.status,
        "warnings": shapes.warnings(stored.warnings),
    }
    location = f"{PREFIX}/workflows/{stored.key}?version={stored.version}"
    return respond(json_answer(value, 201 if stored.created else 200, location if stored.created else None))


operations.add(STORE, store_workflow, CREATOR)


def _checked(call: Call, made: int | None) -> Json:
    key, report = services.validate(call.session, call.actor, call.body["source"], call.body["media"])
    return {"valid": True, "key": key, "warnings": shapes.warnings(report.warnings)}


@operations.changes(
    "/workflows/validate", tag="Workflows", allow=CREATOR, gives="Checked", takes_document=True, shows=_checked
)
def validate_workflow(call: Call) -> None:
    """Check a workflow document and store nothing.

    422 tells every problem of the document, as storing it would.
    """


def _stored(call: Call, made: int | None) -> Json:
    return shapes.stored(queries.definition_view(call.session, call.actor, call.place["key"], made))


@operations.changes(
    "/workflows/<key>/activate", tag="Workflows", allow=CREATOR, gives="Stored", shows=_stored, can=(409,)
)
def activate_workflow(call: Call) -> int:
    """Activate a workflow's draft.

    The version that was active is archived; its tickets stay on it.
    """
    return services.activate(call.session, call.actor, call.place["key"], call.now).version


@operations.changes(
    "/workflows/<key>/archive", tag="Workflows", allow=CREATOR, gives="Stored", shows=_stored, can=(409,)
)
def archive_workflow(call: Call) -> int:
    """Archive a workflow's active version: no more tickets can be submitted, those under way go on."""
    return services.archive(call.session, call.actor, call.place["key"], call.now).version


@operations.reads("/workflows", tag="Workflows", allow=(CREATOR, ADMIN), gives="Workflows", query=PAGING)
def list_workflows(call: Call) -> Json:
    """List the company's workflows, each with its versions."""
    return paged(queries.list_definitions(call.session, call.actor, **call.query), shapes.workflow_row)


@operations.reads(
    "/workflows/<key>",
    tag="Workflows",
    allow=(CREATOR, ADMIN),
    gives="Workflow",
    query=(number("version", "A version's number; without it the active one, else the newest."),),
)
def show_workflow(call: Call) -> Json:
    """Read a workflow's document with its status and version."""
    view = queries.definition_view(call.session, call.actor, call.place["key"], call.query.get("version"))
    return shapes.workflow(view)
