"""One task's page: what to know, what to fill in, and what has become of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.sending import new_key
from ticketflower.blueprints.work.blueprint import ADMIN, READERS, WORKER, work
from ticketflower.db import db
from ticketflower.engine.words import ACTIVE_TASK, TaskStatus, TaskType, WorkflowStatus
from ticketflower.forms import Form, Shown, build_form, display_values
from ticketflower.live.fragments import fragment
from ticketflower.live.topics import live_address
from ticketflower.queries.drafts import KeptDraft, draft_of
from ticketflower.queries.form_people import people_for
from ticketflower.queries.subjects import subject_in
from ticketflower.queries.tasks import TaskView, task_view
from ticketflower.services import drafts
from ticketflower.web.identity import current_actor


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPage:
    """What a task's page shows to one person.

    Args:
        subject: what its ticket is about, in a few words, or "".
        inputs: the values to know, as they were when the task started.
        output: what was given at its completion.
        form: the form to fill in, when the person may.
        draft: what they left half-filled; it stands in the form.
        typed: what they had typed into the form of a task that is no longer to be done.
        actions: what they may do now.
        is_own: the task is theirs.
        may_send: the form may be sent now; else it can only be kept.
        form_on_page: a form of this task stands on the page that the answer lands in.
        key: the form's idempotency key.
    """

    task: TaskView
    subject: str
    inputs: Sequence[Shown]
    output: Sequence[Shown]
    form: Form | None
    draft: KeptDraft | None
    typed: Sequence[Shown]
    actions: frozenset[str]
    is_own: bool
    may_send: bool
    form_on_page: bool
    key: str

    @property
    def active(self) -> bool:
        """Whether the task is still to be done."""
        return self.task.status in ACTIVE_TASK

    @property
    def may_be_asked_for(self) -> bool:
        """Whether a ticket admin may get the form of a task that is somebody else's."""
        return self.may_send and not self.is_own and not self.form_on_page

    @property
    def on_hold(self) -> bool:
        """Whether its ticket is on hold."""
        return self.task.ticket_status is WorkflowStatus.ON_HOLD


@work.get("/<int:task_id>", allow=READERS)
def show(task_id: int) -> ResponseReturnValue:
    """The page; a ticket admin gets somebody else's form with ``?form=yes``. htmx gets the state alone."""
    session, actor = db.session(), current_actor()
    task = task_view(session, actor, task_id)
    if htmx.wants_fragment():
        page = page_of(session, actor, task, form_on_page=True)
        return htmx.page_or_fragment("work/show.html", "work/_state.html", page=page)
    asked = request.args.get("form") == "yes"
    draft = draft_of(session, actor, drafts.of_task(task_id)) if asked or _is_own(actor, task) else None
    return answer(page_of(session, actor, task, draft=draft, asked=asked))


@fragment(
    "task",
    topics=["queue:{user}", "unassigned"],
    target="#task-{id}-state",
    roles=READERS,
    check=task_view,
)
def state_now(session: Session, actor: Actor, task_id: int) -> str:
    """Where the task stands, beside a form that somebody may be filling in."""
    page = page_of(session, actor, task_view(session, actor, task_id), form_on_page=True)
    return render_template("work/_state.html", page=page)


def answer(page: TaskPage, status: int = 200) -> Response:
    """The whole page."""
    live = live_address(f"task:{page.task.id}") if page.form_on_page else live_address()
    html = render_template(
        "work/show.html", page=page, live_url=live, has_errors=bool(page.form and page.form.problems)
    )
    return htmx.vary(make_response(html, status))


def page_of(
    session: Session,
    actor: Actor,
    task: TaskView,
    *,
    form: Form | None = None,
    draft: KeptDraft | None = None,
    asked: bool = False,
    form_on_page: bool = False,
) -> TaskPage:
    """The page of a task.

    Args:
        form: the form with what was typed; without it a fresh one, or the draft, is shown if the person may fill it in.
        asked: a ticket admin wants the form of a task that is somebody else's.
        form_on_page: the page that this lands in has a form.
    """
    is_own = _is_own(actor, task)
    fillable = _is_fillable(actor, task) and (is_own or asked)
    if form is None and fillable and not form_on_page:
        form = form_of(session, actor, task)
        form = form.with_answers(MultiDict(draft.entered)) if draft else form
    definition = task.definition
    output = list(task.output or {})
    return TaskPage(
        task=task,
        subject=subject_in(task.version.workflow.fields, definition.input_fields, task.input),
        inputs=_shown(actor, task, definition.shown_fields(), task.input),
        output=_shown(actor, task, [name for name in definition.output_fields if name in output], task.output or {}),
        form=form,
        draft=draft if fillable else None,
        typed=_typed(session, actor, task, draft) if draft and not fillable else (),
        actions=_actions(actor, task),
        is_own=is_own,
        may_send="complete" in task.actions,
        form_on_page=form_on_page or form is not None,
        key=new_key(),
    )


def form_of(session: Session, actor: Actor, task: TaskView) -> Form:
    """The task's fresh form: the fields' present values, else their defaults (engine.md, Iterations and writes)."""
    definition, workflow = task.definition, task.version.workflow
    return build_form(
        workflow.fields,
        definition.output_fields,
        definition.optional_fields,
        definition.edit_layout,
        task.current,
        users=people_for(session, workflow.fields, definition.output_fields),
        zone=ZoneInfo(actor.time_zone),
        workspace=task.workspace,
    )


def after(actor: Actor, task: TaskView) -> str:
    """Where somebody goes who is done with a task: a worker to their next one, others back to the ticket."""
    if actor.has(WORKER) and _is_own(actor, task):
        return url_for("work.show_list")
    return url_for("tickets.show", ticket_id=task.ticket_id)


def _is_own(actor: Actor, task: TaskView) -> bool:
    return task.assigned_to is not None and task.assigned_to.id == actor.user_id


def _is_fillable(actor: Actor, task: TaskView) -> bool:
    """Whether the person may answer it, now or once its ticket is resumed."""
    to_do = task.status in ACTIVE_TASK and task.status is not TaskStatus.ERROR
    return to_do and task.definition.task_type is TaskType.FORM and (_is_own(actor, task) or actor.has(ADMIN))


def _actions(actor: Actor, task: TaskView) -> frozenset[str]:
    """Starting, claiming and releasing is for task workers (api.md); a submitter's offer needs neither."""
    return task.actions if actor.has(WORKER) else task.actions - {"start", "claim", "release"}


def _typed(session: Session, actor: Actor, task: TaskView, draft: KeptDraft) -> list[Shown]:
    form = form_of(session, actor, task).with_answers(MultiDict(draft.entered))
    data = form.read(MultiDict(draft.entered)).data
    return _shown(actor, task, list(data), data)


def _shown(actor: Actor, task: TaskView, fields: Sequence[str], values: object) -> list[Shown]:
    layout = task.definition.display_layout
    return display_values(
        task.version.workflow.fields,
        fields,
        dict(layout) if layout else None,
        values if isinstance(values, dict) else {},
        users=task.people,
        zone=ZoneInfo(actor.time_zone),
    )
