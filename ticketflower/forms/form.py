"""A form made from the schemas of its fields, and what comes back from it (document.md, Forms; ux.md, Standards).

Pure: no Flask. A route builds the form, draws it with ``templates/forms/_form.html``, reads what was sent, and when
something is wrong draws the same form again with every answer kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ticketflower.engine.conditions import check_condition, compile_condition, explain
from ticketflower.engine.values_wording import title_of
from ticketflower.forms.controls import BESIDE, FIELD, SHOWN, Choice, Control, Entered, Maker
from ticketflower.forms.kinds import Kind
from ticketflower.forms.layout import Layout, retitled
from ticketflower.forms.reading import Reading, fingerprint, read_answers
from ticketflower.forms.rows import BUTTON, RowChange, changed, entered_of, without_blank_rows
from ticketflower.forms.source import UTC, Source
from ticketflower.problems import Problem

RequiredNow = Callable[[Mapping[str, object]], Collection[str]]


def _nothing_more(_data: Mapping[str, object]) -> Collection[str]:
    return ()


class Answers(Protocol):
    """What a browser sent: werkzeug's ``request.form``, or anything with its two methods."""

    def keys(self) -> Iterable[str]: ...

    def getlist(self, key: str) -> list[str]: ...


@dataclass(frozen=True, slots=True)
class FormProblem:
    """A problem with the id of the control that it is about; ``""`` when it is about the form as a whole."""

    problem: Problem
    control_id: str

    @property
    def detail(self) -> str:
        return self.problem.detail

    @property
    def pointer(self) -> str:
        return self.problem.pointer


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: frozen; each change gives another one.

    Attributes:
        source: what it is made from.
        controls: one for each field, in order.
        title: the layout's title of the form, or ``""``.
        description: the layout's words above the controls, or ``""``.
        entered: what was typed, by control name; None on a fresh form.
        problems: what is wrong, in the order of the controls, for the error summary.
    """

    source: Source
    controls: tuple[Control, ...]
    title: str = ""
    description: str = ""
    entered: Entered | None = None
    problems: tuple[FormProblem, ...] = ()

    @property
    def shown(self) -> dict[str, str]:
        """For each optional field a fingerprint of the answer that the form showed first, for hidden inputs: so an
        answer that comes back unchanged is known as such, even when the workspace has moved on meanwhile."""
        sent = self.entered or {}
        optional = ((name, control) for name, control in self._fresh().items() if not control.required)
        fresh = {SHOWN + name: fingerprint(control) for name, control in optional}
        return {name: sent.get(name, (value,))[-1] for name, value in fresh.items()}

    @property
    def has_rows(self) -> bool:
        """Whether it has buttons of its own, so that the Enter key needs a first one that sends the form."""
        return any(control.kind is Kind.ROWS for top in self.controls for control in top.walk())

    @property
    def missing_files(self) -> tuple[Control, ...]:
        """Required file fields that hold nothing: until files can be uploaded, the form can't be completed."""
        every = (control for top in self.controls for control in top.walk())
        return tuple(c for c in every if c.kind is Kind.FILE and c.required and not c.entries)

    @property
    def values_json(self) -> str:
        """What the conditions of ``ui:visible_when`` read beside the form's own fields, for ``data-values``."""
        every = (control for top in self.controls for control in top.walk())
        wanted = {name for control in every for name in _reads(control.visible_when)}
        known = {name: self.source.workspace[name] for name in sorted(wanted) if name in self.source.workspace}
        return json.dumps(known, ensure_ascii=False) if wanted else ""

    def read(self, answers: Answers, required_now: RequiredNow = _nothing_more) -> Reading:
        """What was answered, and what is wrong with it. Never raises for what was sent.

        Args:
            answers: what the browser sent.
            required_now: given the data, the optional fields that this time must be given (``required_when``).
        """
        sent = self._collected(answers)
        kept = without_blank_rows(sent, _made(self.source, sent).controls)
        controls, fresh = _made(self.source, kept).controls, self._fresh()
        reading = read_answers(controls, self.source, fresh, kept)
        now = required_now(reading.data)
        return read_answers(controls, self.source, fresh, kept, now) if now else reading

    def with_reading(self, reading: Reading) -> Form:
        """The same form with every answer kept, and each problem beside its control."""
        return _made(self.source, reading.entered).with_problems(reading.problems)

    def with_problems(self, problems: Iterable[Problem], under: str = "") -> Form:
        """The same form with these problems; those that name no control of it are about the form as a whole.

        Args:
            problems: what is wrong, from a reading or from a service.
            under: what their pointers begin with before the data: ``/data`` for a service's (api.md).
        """
        controls = {control.pointer: control for top in self.controls for control in top.walk()}
        placed = [(problem, _nearest(controls, problem.pointer.removeprefix(under))) for problem in problems]
        told = tuple(FormProblem(_worded(problem, at), at.name if at else "") for problem, at in placed)
        errors: dict[str, tuple[str, ...]] = {}
        for found in told:
            errors[found.control_id] = tuple(dict.fromkeys((*errors.get(found.control_id, ()), found.detail)))
        order = {control.name: place for place, control in enumerate(controls.values())}
        ordered = sorted(told, key=lambda found: order.get(found.control_id, -1))
        return replace(_made(self.source, self.entered, errors=errors), problems=tuple(ordered))

    def with_answers(self, answers: Answers) -> Form:
        """The same form with what was typed, unread: a draft that is opened again."""
        return _made(self.source, self._collected(answers))

    def row_change(self, answers: Answers) -> Form | None:
        """The form with a row more or less and every answer kept, if a button for rows was pressed; else None."""
        change = RowChange.asked_for(next(iter(answers.getlist(BUTTON)), None))
        return self.with_answers(answers).with_row(change) if change else None

    def with_row(self, change: RowChange) -> Form:
        """The same form with a row added to a list, or removed from it; the focus goes there."""
        after = changed(self.entered or entered_of(self.controls), self.controls, change)
        form = _made(self.source, {**{name: (mark,) for name, mark in self.shown.items()}, **after})
        return _made(self.source, form.entered, focus=_first_in_last_row(form.controls, change))

    def _fresh(self) -> dict[str, Control]:
        """The controls as the present values make them, by field."""
        controls = self.controls if self.entered is None else _made(self.source, None).controls
        return {str(control.path[0]): control for control in controls}

    def _collected(self, answers: Answers) -> dict[str, tuple[str, ...]]:
        ours = (FIELD, SHOWN, BESIDE + FIELD)
        names = [name for name in answers.keys() if name.startswith(ours)]  # noqa: SIM118 - not a mapping
        return {name: tuple(answers.getlist(name)) for name in names}


def build_form(
    schemas: Mapping[str, Mapping[str, Any]],
    fields: Sequence[str],
    optional: Collection[str],
    layout: Mapping[str, Any] | None,
    shown: Mapping[str, object],
    *,
    users: Sequence[Choice] = (),
    zone: ZoneInfo = UTC,
    workspace: Mapping[str, object] | None = None,
) -> Form:
    """The form for a ticket type's fields or a task's outputs.

    Args:
        schemas: each field's schema.
        fields: the fields to fill in; the layout's ``ui:order`` may order them otherwise.
        optional: those of them that may be left unanswered.
        layout: the ``edit_layout``, whatever is in it.
        shown: present values of the workspace, by field; where there is none, the schema's default is shown.
        users: whom a ``user`` field may name: the id as text, and the name.
        zone: the zone in which moments are shown and typed.
        workspace: values of other fields, for the conditions of ``ui:visible_when``.
    """
    wording = Layout(layout)
    source = Source(
        schemas={name: retitled(schemas[name], wording.at(name)) for name in schemas},
        fields=tuple(wording.ordered(fields)),
        optional=frozenset(optional),
        layout=wording,
        shown=shown,
        users=tuple(users),
        zone=zone,
        workspace=workspace or {},
    )
    return _made(source, None)


def _made(
    source: Source, entered: Entered | None, *, errors: Mapping[str, tuple[str, ...]] | None = None, focus: str = ""
) -> Form:
    layout = source.layout
    maker = Maker(source.zone, source.users, entered, errors or {}, focus, _conditions(source))
    controls = tuple(
        maker.control(source.schemas[n], layout.at(n), (n,), source.showing(n), n not in source.optional)
        for n in source.fields
    )
    return Form(
        source=source,
        controls=controls,
        title=layout.text("title"),
        description=layout.text("description"),
        entered=entered,
    )


def _conditions(source: Source) -> Callable[[object], tuple[str, str]]:
    titles = {name: title_of(schema, name) for name, schema in source.schemas.items()}

    def come_to(condition: object) -> tuple[str, str]:
        if not isinstance(condition, Mapping) or check_condition(condition, source.schemas):
            return "", ""
        return json.dumps(condition, ensure_ascii=False), explain(condition, titles)

    return come_to


def _reads(visible_when: str) -> frozenset[str]:
    return compile_condition(json.loads(visible_when)).reads if visible_when else frozenset()


def _nearest(controls: Mapping[str, Control], pointer: str) -> Control | None:
    """The control that a place in the data belongs to: its own, else the innermost around it."""
    while pointer and pointer not in controls:
        pointer = pointer.rpartition("/")[0]
    return controls.get(pointer)


def _worded(problem: Problem, control: Control | None) -> Problem:
    """The problem in the layout's words, if it has any; what must be done about no answer at all stays."""
    if control is None or not control.error_text or problem.code == "required":
        return problem
    return replace(problem, detail=control.error_text)


def _first_in_last_row(controls: Sequence[Control], change: RowChange) -> str:
    """The first control of a row that was added; after a removal, the list itself."""
    for top in controls:
        for control in top.walk():
            if control.name == change.list_name and change.removed is None and control.children:
                return next((c.name for c in control.children[-1].walk() if c.kind is not Kind.GROUP), control.name)
    return change.list_name if change.removed is not None else ""
