"""Rows of a form that are added, removed or dropped because nothing stands in them. Works on what was typed, by name.

Pure. Without script a row is added by a submit button, and the form comes back with it (ux.md, Standards).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ticketflower.forms.controls import BESIDE, FIELD, Control, Entered
from ticketflower.forms.kinds import CHOICES, Kind

BUTTON = "row"
"""The name of the buttons that add and remove rows; their value is ``add f-rows`` or ``remove f-rows-2``."""

_ROW = re.compile(r"(f-[A-Za-z0-9_.-]*)-([0-9]{1,4})\Z")


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row to be added to a list or removed from it.

    Attributes:
        list_name: the name of the list's control.
        removed: the number of the row to be removed; None adds one at the end.
    """

    list_name: str
    removed: int | None = None

    @classmethod
    def asked_for(cls, pressed: str | None) -> RowChange | None:
        """What the pressed button asks for; None when it wasn't one of those for rows."""
        verb, _, name = (pressed or "").partition(" ")
        if verb == "add" and name.startswith(FIELD):
            return cls(name)
        row = _ROW.match(name) if verb == "remove" else None
        return cls(row[1], int(row[2])) if row else None


def entered_of(controls: Iterable[Control]) -> dict[str, tuple[str, ...]]:
    """What a form's controls would send as they stand."""
    entered: dict[str, tuple[str, ...]] = {}
    for top in controls:
        for control in top.walk():
            if control.kind is Kind.ROWS:
                entered[control.name] = (str(len(control.children)),)
            elif control.kind is not Kind.GROUP:
                entered[control.name] = (*control.entries, "") if control.kind in CHOICES else control.entries or ("",)
            if control.beside:
                entered[BESIDE + control.name] = (control.beside,)
    return entered


def changed(entered: Entered, controls: Iterable[Control], change: RowChange) -> dict[str, tuple[str, ...]]:
    """What was typed, with a row more or less; unchanged when there is no such list or row, or no room."""
    after = dict(entered)
    for top in controls:
        for control in top.walk():
            if control.kind is not Kind.ROWS or control.name != change.list_name:
                continue
            if change.removed is not None:
                return without_row(after, control.name, len(control.children), change.removed)
            if control.may_grow:
                after[control.name] = (str(len(control.children) + 1),)
    return after


def without_row(entered: Entered, list_name: str, count: int, removed: int) -> dict[str, tuple[str, ...]]:
    """The same without one row; those after it move up."""
    if not 0 <= removed < count:
        return dict(entered)
    after: dict[str, tuple[str, ...]] = {}
    inside = re.compile(rf"((?:{re.escape(BESIDE)})?{re.escape(list_name)}-)([0-9]+)((?:-.*)?)\Z", re.DOTALL)
    for name, entries in entered.items():
        found = inside.match(name)
        if found is None:
            after[name] = entries
        elif int(found[2]) != removed:
            place = int(found[2]) - (int(found[2]) > removed)
            after[f"{found[1]}{place}{found[3]}"] = entries
    after[list_name] = (str(count - 1),)
    return after


def without_blank_rows(entered: Entered, controls: Iterable[Control]) -> dict[str, tuple[str, ...]]:
    """What was typed, without the rows in which nothing is; so each row's number is its place in the data."""
    after: Mapping[str, tuple[str, ...]] = dict(entered)
    for top in controls:
        # Innermost first and last row first: a list is only renumbered once the lists in its rows are done.
        for control in reversed(list(top.walk())):
            if control.kind is Kind.ROWS:
                count = len(control.children)
                for place in reversed(range(count)):
                    if is_blank(control.children[place]):
                        after = without_row(after, control.name, count, place)
                        count -= 1
    return dict(after)


def is_blank(control: Control) -> bool:
    """Whether nothing stands in a control, nor in any that is in it."""
    return all(not inner.beside and not any(entry.strip() for entry in inner.entries) for inner in control.walk())
