"""The workflows of a company: the list, a version, activating and archiving it, its export."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from ticketflower.actor import Actor
from ticketflower.blueprints import htmx
from ticketflower.blueprints.design import editor
from ticketflower.blueprints.design.blueprint import CREATOR, READERS, design
from ticketflower.blueprints.design.described import Description
from ticketflower.blueprints.design.document import findings, listing, showable
from ticketflower.blueprints.design.effects import what_activating_does, what_archiving_does
from ticketflower.blueprints.sending import new_key, sent_once
from ticketflower.clock import utc_now
from ticketflower.db import db
from ticketflower.engine.writing import Statement
from ticketflower.errors import NotFound
from ticketflower.live.fragments import fragment
from ticketflower.live.topics import live_address
from ticketflower.queries.definitions import definition_view, export, list_definitions
from ticketflower.queries.versions import workflow_row
from ticketflower.services import definitions as services
from ticketflower.web.identity import current_actor

__all__ = ["design", "editor"]

FORMATS = {"yaml": "application/yaml; charset=utf-8", "json": "application/json"}


@design.get("", allow=READERS)
def show_list() -> ResponseReturnValue:
    """The company's workflows."""
    actor = current_actor()
    cursor = request.args.get("cursor")
    workflows = list_definitions(db.session(), actor, cursor=cursor)
    # Behind the first page nothing is pushed: the list is fetched again after a gap all the same.
    live = live_address() if cursor else live_address("definitions")
    return htmx.page_or_fragment(
        "design/list.html",
        "design/_list.html",
        workflows=workflows,
        may_write=actor.has(CREATOR),
        cursor=cursor,
        live_url=live,
    )


@fragment("definitions", topics=["definitions", "board"], target="#workflows", roles=READERS)
def pushed_list(session: Session, actor: Actor, view: MultiDict[str, str]) -> str:
    """The first page of the list once more, after a version or the number of running tickets changed."""
    workflows = list_definitions(session, actor)
    return render_template("design/_list.html", workflows=workflows, may_write=actor.has(CREATOR), cursor=None)


@design.get("/<key>", endpoint="show", allow=READERS)
@design.get("/<key>/<int:version>", endpoint="show_version", allow=READERS)
def show(key: str, version: int | None = None) -> ResponseReturnValue:
    """One version of a workflow: the one asked for, else the active one, else the newest."""
    session, actor = db.session(), current_actor()
    view = definition_view(session, actor, key, version)
    workflow = workflow_row(session, actor, key)
    if workflow is None:
        raise NotFound
    warnings = findings(view.warnings, warnings=True)
    return render_template(
        "design/version.html",
        view=view,
        workflow=workflow,
        described=Description(view.document),
        warnings=warnings,
        lines=listing(showable(view.source or export(view, "yaml")), warnings),
        may_write=actor.has(CREATOR),
        activating=what_activating_does(workflow),
        archiving=what_archiving_does(workflow),
        once=new_key(),
    )


@design.get("/<key>/<int:version>/document.<any(yaml, json):media>", allow=READERS)
def download(key: str, version: int, media: str) -> ResponseReturnValue:
    """A version as a file."""
    view = definition_view(db.session(), current_actor(), key, version)
    response = make_response(export(view, media))
    response.headers["Content-Type"] = FORMATS[media]
    response.headers.set("Content-Disposition", "attachment", filename=f"{view.key}-{view.version}.{media}")
    return response


@design.post("/<key>/activate", allow=CREATOR)
def activate(key: str) -> ResponseReturnValue:
    """Makes the draft that the person saw the active version."""
    session, actor, now = db.session(), current_actor(), utc_now()
    seen = editor.seen_draft(request.form.get("seen", ""))

    def act(_also: Sequence[Statement]) -> str:
        done = services.activate(session, actor, key, now, seen=seen)
        flash(f"Version {done.version} is active. New tickets use it from now on.", "success")
        return url_for("design.show_version", key=key, version=done.version)

    return htmx.go(sent_once(actor, now, act, lambda _made: url_for("design.show", key=key)))


@design.post("/<key>/archive", allow=CREATOR)
def archive(key: str) -> ResponseReturnValue:
    """Takes the active version out of use."""
    session, actor, now = db.session(), current_actor(), utc_now()

    def act(_also: Sequence[Statement]) -> str:
        done = services.archive(session, actor, key, now)
        flash(f"Version {done.version} is archived. Nobody can submit new tickets of it.", "success")
        return url_for("design.show_version", key=key, version=done.version)

    return htmx.go(sent_once(actor, now, act, lambda _made: url_for("design.show", key=key)))
