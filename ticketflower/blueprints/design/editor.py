"""The editor: upload a file or type a document, see each problem at its line, store it as the draft."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from ticketflower.blueprints import htmx
from ticketflower.blueprints.design.blueprint import CREATOR, design
from ticketflower.blueprints.design.document import (
    Finding,
    Line,
    Sent,
    findings,
    listing,
    sent_document,
    showable,
)
from ticketflower.blueprints.sending import new_key, problems_of, sent_once
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.engine.words import DefinitionStatus
from ticketflower.engine.writing import Statement
from ticketflower.errors import Conflict, NotFound, Unacceptable
from ticketflower.problems import Problem
from ticketflower.queries.definitions import WorkflowRow, definition_view, export
from ticketflower.queries.versions import workflow_row
from ticketflower.services import definitions as services
from ticketflower.services.definitions import Seen
from ticketflower.web.identity import current_actor


@dataclass(frozen=True, slots=True)
class Editor:
    """What the editor shows.

    Attributes:
        key: the workflow whose next version is written; None where the document says which.
        text: the document.
        seen: which draft it replaces (``Seen``, as the form carries it).
        found: problems, or warnings.
        notice: the outcome of a check without problems.
        refusal: why it wasn't stored, in a sentence.
        advice: what to do about a refusal that isn't about the document.
        workflow: the workflow of ``key``.
    """

    key: str | None
    text: str = ""
    seen: str = ""
    found: tuple[Finding, ...] = ()
    notice: str = ""
    refusal: str = ""
    advice: str = ""
    workflow: WorkflowRow | None = None

    @property
    def becomes(self) -> str:
        """What storing makes of the document; only where its workflow is known."""
        if self.workflow is None:
            return ""
        if self.workflow.draft is not None:
            return f"What you store replaces the draft, version {self.workflow.draft}."
        return f"What you store becomes version {self.workflow.versions[0].version + 1}, as a draft."

    @property
    def problems(self) -> list[Finding]:
        """What keeps the document from being stored."""
        return [finding for finding in self.found if not finding.is_warning]

    @property
    def lines(self) -> list[Line]:
        """The listing that problems lead to; nothing to lead to, no listing."""
        return listing(self.text, self.found) if self.found and self.text else []


# A key has no underscore: no workflow can stand in the way of this address.
@design.get("/_upload", allow=CREATOR)
def upload() -> ResponseReturnValue:
    """An empty editor for a document that says itself which workflow it defines."""
    return _shown(Editor(None))


@design.post("/_upload", allow=CREATOR)
def store() -> ResponseReturnValue:
    """Checks a document and, if asked to, stores it as the draft of its workflow."""
    return _take(None)


@design.get("/<key>/edit", allow=CREATOR)
def edit(key: str) -> ResponseReturnValue:
    """The editor with a workflow's draft, else with the version that is asked for or the active one."""
    session, actor = db.session(), current_actor()
    workflow = _workflow(key)
    version = request.args.get("version", type=int) or workflow.draft
    view = definition_view(session, actor, key, version)
    text = showable(view.source or export(view, "yaml"))
    found = findings(view.warnings, warnings=True)
    return _shown(Editor(key, text, _seen_in(workflow), found, workflow=workflow))


@design.post("/<key>/edit", allow=CREATOR)
def store_edited(key: str) -> ResponseReturnValue:
    """Checks a workflow's next version and, if asked to, stores it as the draft."""
    return _take(key)


def seen_draft(sent: str) -> Seen:
    """The draft that a form was made for: the moment at which it was stored, "" for none."""
    try:
        return Seen(datetime.fromisoformat(sent) if sent else None)
    except ValueError:
        return Seen(None)


def _take(key: str | None) -> Response:
    sent = sent_document(request)
    seen = request.form.get("seen", "")
    before = Editor(key, sent.text, seen, workflow=_workflow(key) if key else None)
    try:
        if request.form.get("act") == "check":
            return _checked(before, sent)
        return _stored(before, sent)
    except Unacceptable as refusal:
        found = findings(problem.as_json() for problem in problems_of(refusal))
        return _shown(replace(before, found=found, refusal=_count(found)), refusal.status)
    except Conflict as refusal:
        return _shown(_after(before, refusal, sent), refusal.status)


def _checked(before: Editor, sent: Sent) -> Response:
    key, report = services.validate(db.session(), current_actor(), sent.source, sent.media, before.key)
    found = _warnings(report.warnings)
    words = f"The document of “{key}” can be stored. Nothing was stored yet."
    return _shown(replace(before, found=found, notice=words))


def _stored(before: Editor, sent: Sent) -> Response:
    session, actor, now = db.session(), current_actor(), utc_now()
    key = before.key or services.validate(session, actor, sent.source, sent.media)[0]
    seen = seen_draft(before.seen)

    def act(_also: Sequence[Statement]) -> str:
        stored = services.store_draft(session, actor, key, sent.source, sent.media, now, seen=seen)
        flash(f"Version {stored.version} of “{key}” is stored as a draft. Activate it to use it.", "success")
        return url_for("design.show_version", key=key, version=stored.version)

    file = sent.source if isinstance(sent.source, bytes) else b""
    return htmx.go(sent_once(actor, now, act, lambda _made: url_for("design.show", key=key), file))


def _after(before: Editor, refusal: Conflict, sent: Sent) -> Editor:
    """The editor for somebody whose draft isn't the one that stands there: the next try replaces that one."""
    session, actor = db.session(), current_actor()
    key = before.key or services.validate(session, actor, sent.source, sent.media)[0]
    workflow = workflow_row(session, actor, key)
    advice = "What you wrote is still here, and not stored. "
    if workflow is not None and workflow.draft is not None:
        advice += "Look at the draft in another tab; store yours again to replace it."
    else:
        advice += "Store it again to make it the next version’s draft."
    return replace(before, seen=_seen_in(workflow) if workflow else "", refusal=refusal.detail, advice=advice)


def _workflow(key: str) -> WorkflowRow:
    workflow = workflow_row(db.session(), current_actor(), key)
    if workflow is None:
        raise NotFound
    return workflow


def _seen_in(workflow: WorkflowRow) -> str:
    stored = [each.updated_at for each in workflow.versions if each.status is DefinitionStatus.DRAFT]
    return stored[0].isoformat() if stored else ""


def _warnings(problems: Iterable[Problem]) -> tuple[Finding, ...]:
    return findings((problem.as_json() for problem in problems), warnings=True)


def _count(found: tuple[Finding, ...]) -> str:
    if len(found) == 1:
        return "The document has a problem. Mend it, then send the document again."
    return f"The document has {len(found)} problems. Mend each of them, then send it again."


def _shown(editor: Editor, status: int = 200) -> Response:
    return htmx.page_or_fragment(
        "design/editor.html",
        "design/_editor.html",
        status,
        editor=editor,
        has_errors=bool(editor.refusal),
        once=new_key(),
    )
