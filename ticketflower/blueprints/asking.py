"""Small pages that ask before something is done: a reason, a note, a person. One template draws them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import make_response, render_template
from werkzeug.wrappers import Response

from ticketflower.blueprints import htmx
from ticketflower.forms import Form, build_form

REASON = {"type": "string", "format": "textarea", "title": "Reason"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked.

    Args:
        title: the page's heading, a question or an order.
        text: what will happen, in a sentence or two.
        button: verb and object.
        kind: ``primary``, or ``danger`` for what can't be taken back.
        url: where the answer is sent.
        back_url: where somebody goes who changes their mind; ``back_label`` says it.
    """

    title: str
    text: str
    button: str
    url: str
    back_url: str
    back_label: str
    kind: str = "primary"


def form_for(schemas: Mapping[str, Mapping[str, Any]], *, optional: bool = True) -> Form:
    """A fresh form of a few fields."""
    return build_form(schemas, list(schemas), list(schemas) if optional else [], None, {})


def ask(question: Question, form: Form, status: int = 200) -> Response:
    """The page; with 422 when the form says what is wrong with its answers."""
    page = render_template("ask.html", question=question, form=form, has_errors=bool(form.problems))
    return htmx.vary(make_response(page, status))
