"""A worker's lists: their own tasks, those that they may take, those that they completed; and what rows offer."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.work.blueprint import WORKER, work
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.engine.words import TaskStatus
from ticketflower.live.fragments import fragment
from ticketflower.live.topics import list_address
from ticketflower.queries.paging import MOST, PAGE
from ticketflower.queries.subjects import subjects_of_tasks
from ticketflower.queries.task_lists import TaskRow, list_tasks, queue
from ticketflower.services import tasks as services
from ticketflower.web.identity import current_actor

MINE, UNASSIGNED, COMPLETED = "mine", "unassigned", "completed"


@dataclass(frozen=True, slots=True)
class TaskList:
    """One of the lists.

    Args:
        tab: ``mine``, ``unassigned`` or ``completed``.
        tasks: its rows; ``subjects`` says what each is about, by number.
        query: what the page was asked for, for the addresses that rows send to.
        next_url: where there is more of it.
        cut: there is more, and no way to show so much at once.
        live: whether it follows what happens.
    """

    tab: str
    tasks: Collection[TaskRow]
    subjects: Mapping[int, str]
    query: Mapping[str, Any]
    next_url: str | None
    cut: bool
    live: bool


@work.get("", allow=WORKER)
def show_list() -> ResponseReturnValue:
    """The list that ``?tab=`` names; ``?rows=`` says how much of a live one is shown."""
    found = _list(db.session(), current_actor(), request.args)
    return htmx.page_or_fragment(
        "work/list.html",
        "work/_queue.html",
        list=found,
        live_url=list_address("queue", request.query_string, live=found.live),
    )


@fragment("queue", topics=["queue:{user}", "unassigned"], target="#queue", roles=[WORKER])
def queue_now(session: Session, actor: Actor, view: MultiDict[str, str]) -> str:
    """The list once more, after a task came, went or changed."""
    return render_template("work/_queue.html", list=_list(session, actor, view))


@work.post("/<int:task_id>/start", allow=WORKER)
def start(task_id: int) -> ResponseReturnValue:
    """Says that the person has begun, and leads to the task."""
    services.start_task(db.session(), current_actor(), task_id, utc_now())
    return htmx.go(url_for("work.show", task_id=task_id))


@work.post("/<int:task_id>/claim", allow=WORKER)
def claim(task_id: int) -> ResponseReturnValue:
    """Takes a task that is nobody's, and leads to it."""
    services.claim_task(db.session(), current_actor(), task_id, utc_now())
    flash("The task is yours now.", "success")
    return htmx.go(url_for("work.show", task_id=task_id))


@work.post("/<int:task_id>/release", allow=WORKER)
def release(task_id: int) -> ResponseReturnValue:
    """Gives a task back: it is nobody's, and whoever may do it can take it."""
    session, actor = db.session(), current_actor()
    services.release_task(session, actor, task_id, utc_now())
    if htmx.wants_fragment():
        return htmx.changed("work/_queue.html", "", list=_list(session, actor, request.args))
    flash("You gave the task back. Whoever may do it can take it.", "success")
    kept: dict[str, Any] = request.args.to_dict()
    return htmx.go(url_for("work.show_list", **kept))


def _list(session: Session, actor: Actor, view: MultiDict[str, str]) -> TaskList:
    tab = view.get("tab", MINE)
    if tab == COMPLETED:
        return _completed(session, actor, view)
    return _queue(session, actor, UNASSIGNED if tab == UNASSIGNED else MINE, view)


def _queue(session: Session, actor: Actor, tab: str, view: MultiDict[str, str]) -> TaskList:
    rows = min(max(view.get("rows", PAGE, type=int), PAGE), MOST)
    found = queue(session, actor, rows)
    tasks, more = (found.mine, found.more_mine) if tab == MINE else (found.claimable, found.more_claimable)
    query = {"tab": tab} | ({"rows": str(rows)} if rows > PAGE else {})
    further = url_for("work.show_list", tab=tab, rows=min(rows + PAGE, MOST)) if more and rows < MOST else None
    subjects = subjects_of_tasks(session, [task.id for task in tasks])
    return TaskList(tab, tasks, subjects, query, further, more and rows >= MOST, live=True)


def _completed(session: Session, actor: Actor, view: MultiDict[str, str]) -> TaskList:
    page = list_tasks(session, actor, status=TaskStatus.COMPLETED, assigned_to="me", cursor=view.get("cursor"))
    subjects = subjects_of_tasks(session, [task.id for task in page.items])
    further = url_for("work.show_list", tab=COMPLETED, cursor=page.next) if page.next else None
    return TaskList(COMPLETED, page.items, subjects, {"tab": COMPLETED}, further, cut=False, live="cursor" not in view)
