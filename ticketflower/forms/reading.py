"""Reads a form that came back: which fields were answered, with what, and what is wrong.

Pure. engine.md, Iterations and writes: an optional answer equal to what the form showed is left out, an emptied one is
null, a required one is always written.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from ticketflower.engine import values_wording as wording
from ticketflower.engine.values import check_data
from ticketflower.forms.controls import SHOWN, Control, Entered
from ticketflower.forms.entries import EMPTY, NotAnAnswer, decode, normal
from ticketflower.forms.kinds import LISTS, Kind
from ticketflower.forms.rows import is_blank
from ticketflower.forms.source import Source
from ticketflower.problems import Problem, pointer


@dataclass(frozen=True, slots=True)
class Reading:
    """What was answered.

    Attributes:
        data: the fields to be written, with their values.
        problems: what is wrong; each points into ``data``, at the control of the same pointer.
        entered: what was typed, as it was typed, by control name.
    """

    data: Mapping[str, object]
    problems: tuple[Problem, ...]
    entered: Entered


def read_answers(
    controls: Sequence[Control],
    source: Source,
    fresh: Mapping[str, Control],
    entered: Entered,
    required_now: Collection[str] = (),
) -> Reading:
    """Reads the controls of a form that came back.

    Args:
        controls: the form's controls with what was typed in them, without blank rows.
        source: what the form was made from.
        fresh: the controls as the present values make them, by field.
        entered: what was typed, by control name.
        required_now: optional fields that this time must be given.
    """
    reader = _Reader(source)
    data: dict[str, object] = {}
    for control in controls:
        name, mark = str(control.path[0]), fingerprint(control)
        present = fingerprint(fresh[name])
        required = control.required or name in required_now
        if not required and (not _was_sent(control) or mark == entered.get(SHOWN + name, (present,))[-1]):
            continue
        if mark == present and _is_sound(source, name):
            data[name] = source.showing(name)
        else:
            data[name] = reader.answer(control)
    unread = {_field_of(problem) for problem in reader.problems}
    checked = check_data(source.schemas, source.fields, source.optional, data, required_now=required_now)
    problems = [*reader.problems, *(problem for problem in checked if _field_of(problem) not in unread)]
    return Reading(data, tuple(_about_files(problem, controls) for problem in problems), entered)


def _field_of(problem: Problem) -> str:
    return problem.pointer.split("/")[1]


def _is_sound(source: Source, name: str) -> bool:
    """Whether what the form showed can be written again as it is, to the last digit and space."""
    shown = {name: source.showing(name)}
    return not check_data({name: source.schemas[name]}, [name], [], shown)


def _was_sent(control: Control) -> bool:
    """Whether the form had the control: a script leaves out those that it hides."""
    return any(inner.submitted for inner in control.walk() if inner.kind is not Kind.GROUP)


def _about_files(problem: Problem, controls: Sequence[Control]) -> Problem:
    if problem.code != "required":
        return problem
    at = next((c for top in controls for c in top.walk() if c.pointer == problem.pointer), None)
    if at is None or at.kind is not Kind.FILE:
        return problem
    detail = f"{wording.subject(at.label)} needs a file, and files can't be uploaded yet"
    return replace(problem, detail=detail, code="not_enabled")


def fingerprint(control: Control) -> str:
    """What stands in a control, as 16 characters that are equal when a browser would send the same."""
    text = json.dumps(_content(control), separators=(",", ":"))
    return sha256(text.encode()).hexdigest()[:16]


def _content(control: Control) -> object:
    match control.kind:
        case Kind.ROWS:
            return [_content(row) for row in control.children if not is_blank(row)]
        case Kind.GROUP:
            return [control.beside, *(_content(child) for child in control.children)]
    return sorted(filter(None, map(normal, control.entries)))


class _Reader:
    """Reads one control after the other and keeps what could not be read."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.problems: list[Problem] = []

    def answer(self, control: Control) -> object:
        """The value to write for a control: an optional one that was emptied is null."""
        value = self._value(control)
        if value is not EMPTY:
            return value
        if not control.required:
            return None
        return [] if control.kind in LISTS else None

    def _value(self, control: Control) -> object:
        match control.kind:
            case Kind.ROWS:
                return [self._group(row) for row in control.children] or EMPTY
            case Kind.GROUP:
                return self._group(control) if control.required or not is_blank(control) else EMPTY
        choices = dict(zip((choice.value for choice in control.choices), control.constants, strict=False))
        try:
            return decode(control.kind, control.schema, control.entries, self._source.zone, choices)
        except NotAnAnswer as error:
            self._note(control, error)
            return EMPTY

    def _group(self, control: Control) -> dict[str, object]:
        """The values of a group's controls; what holds no answer is left out, as its schema's ``required`` expects."""
        answers = {str(child.path[-1]): self.answer(child) for child in control.children}
        return {**_held_beside(control), **{name: value for name, value in answers.items() if value is not None}}

    def _note(self, control: Control, error: NotAnAnswer) -> None:
        path = control.path if error.place is None else (*control.path, error.place)
        _node, title, where = wording.locate(self._source.schemas[str(path[0])], str(path[0]), path[1:])
        self.problems.append(Problem(pointer(*path), f"{wording.subject(title, where)} {error}", code="type"))


def _held_beside(control: Control) -> dict[str, object]:
    """What a group held beside its controls. It came back from a browser, so it is checked like any other answer."""
    try:
        held = json.loads(control.beside) if control.beside else {}
    except (ValueError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}
