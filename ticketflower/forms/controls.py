"""The controls of a form: frozen, in order, with what stands in each. Templates read them and decide nothing.

Pure. A control is made from a field's schema, its layout and either a value (a fresh form) or what was typed (a form
that comes back). document.md, Forms, says which; templates/forms/ draws them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from ticketflower.engine.values_wording import title_of
from ticketflower.forms.entries import encode
from ticketflower.forms.kinds import CHOICES, PICKED, Constant, Kind, constants_of, kind_of, type_of
from ticketflower.forms.layout import AUTOCOMPLETE, Layout
from ticketflower.forms.moments import for_picker
from ticketflower.problems import pointer

Path = tuple[str | int, ...]
Entered = Mapping[str, tuple[str, ...]]

FIELD = "f-"
"""Begins the name of each control, so that none collides with ``csrf_token`` and the like."""
SHOWN = "s-"
"""Begins the name of what tells which answer the form showed."""
BESIDE = "x-"
"""Begins the name of what a group or a row holds beside its controls."""

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose. ``value`` is what the browser sends, ``label`` what the reader sees."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control, or a group of them.

    Attributes:
        kind: which control.
        path: where its value goes in the data: ``("rows", 0, "name")``.
        schema: the schema of its value.
        label: what it asks for.
        hints: what helps to answer it, a paragraph each.
        required: whether it must be answered.
        entries: what stands in it: one text, or one for each checkbox that is ticked.
        submitted: whether the form that came back had it; a script leaves out what it hides.
        choices: what may be chosen; ``constants`` are their values, in the same order.
        children: the controls of a group, the groups of a list of rows.
        errors: what is wrong with the answer, in words.
        error_text: the layout's words for an answer that breaks its schema.
        beside: what a group holds that no control shows, as JSON; it travels along.
        visible_when: the condition, as JSON, under which the answer is wanted; ``visible_words`` says it.
        focused: whether it takes the focus when the page opens.
    """

    kind: Kind
    path: Path
    schema: Mapping[str, Any]
    label: str
    hints: tuple[str, ...] = ()
    required: bool = False
    entries: tuple[str, ...] = ()
    submitted: bool = True
    choices: tuple[Choice, ...] = ()
    constants: tuple[object, ...] = ()
    children: tuple[Control, ...] = ()
    errors: tuple[str, ...] = ()
    error_text: str = ""
    placeholder: str = ""
    autocomplete: str = ""
    lines: int | None = None
    inline: bool = False
    beside: str = ""
    visible_when: str = ""
    visible_words: str = ""
    focused: bool = False

    @property
    def name(self) -> str:
        """The name and the id of the control in HTML."""
        return html_name(self.path)

    @property
    def pointer(self) -> str:
        """Where its value is in the data, as a JSON Pointer."""
        return pointer(*self.path)

    @property
    def entry(self) -> str:
        """The one text that stands in it."""
        return self.entries[0] if self.entries else ""

    @property
    def data_type(self) -> str:
        """The type of its value, for the script that evaluates ``visible_when``."""
        return type_of(self.schema) or "any"

    @property
    def described_by(self) -> str:
        """The ids of its hint and its error, for ``aria-describedby``."""
        has_hint = self.hints or self.visible_words or self.kind in (Kind.LINES, Kind.JSON)
        ids = [f"hint-{self.name}"] if has_hint else []
        return " ".join([*ids, f"error-{self.name}"] if self.errors else ids)

    @property
    def fits_picker(self) -> bool:
        """Whether a browser's picker would keep what stands in it."""
        return not self.entry or self.kind not in PICKED or for_picker(self.kind, self.entry)

    @property
    def inputmode(self) -> str:
        """The keyboard of a phone; the one with digits only has no minus."""
        least = self.schema.get("minimum", self.schema.get("exclusiveMinimum"))
        return "numeric" if least is not None and least >= 0 else "text"

    @property
    def may_grow(self) -> bool:
        """Whether one more row may be added."""
        return len(self.children) < min(int(self.schema.get("maxItems", MOST_ROWS)), MOST_ROWS)

    def walk(self) -> Iterator[Control]:
        """The control and all that are in it, outermost first."""
        yield self
        for child in self.children:
            yield from child.walk()


def html_name(path: Path) -> str:
    """``f-rows-0-name``. Characters outside of letters, digits and ``_`` stand as ``.2d.``, so no two names are one."""
    return FIELD + "-".join(_quoted(str(step)) for step in path)


def _quoted(step: str) -> str:
    return "".join(c if c.isascii() and (c.isalnum() or c == "_") else f".{ord(c):x}." for c in step)


def _never_hidden(_condition: object) -> tuple[str, str]:
    return "", ""


@dataclass(frozen=True, slots=True)
class Maker:
    """What making a form's controls needs beside the schemas.

    Args:
        zone: the zone in which moments are shown and typed.
        users: whom a ``user`` field may name.
        entered: what was typed, by control name; None makes the controls from values.
        errors: what is wrong, by control name.
        focus: the name of the control that takes the focus.
        conditions: what a ``ui:visible_when`` comes to: its JSON and its words, both empty when it can't be used.
    """

    zone: ZoneInfo
    users: Sequence[Choice] = ()
    entered: Entered | None = None
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    focus: str = ""
    conditions: Callable[[object], tuple[str, str]] = _never_hidden

    def control(self, schema: Mapping[str, Any], layout: Layout, path: Path, value: object, required: bool) -> Control:
        """The control at ``path``, with those in it. ``value`` None stands for none."""
        kind = kind_of(schema, layout)
        name = html_name(path)
        submitted = self.entered is None or name in self.entered or kind is Kind.GROUP
        constants = constants_of(_entry_schema(schema)) if kind in CHOICES and kind is not Kind.USER else []
        choices = self._choices(kind, schema, constants, path, value, required)
        values = tuple(constant.value for constant in constants)
        entries = self._entries(name, kind, value, choices, values)
        visible_when, visible_words = ("", "") if required else self.conditions(layout.option("visible_when"))
        return Control(
            kind=_kind_that_fits(kind, entries),
            path=path,
            schema=schema,
            label=title_of(schema, str(path[-1])) if isinstance(path[-1], str) else "",
            hints=_hints(schema, layout, f"Time zone: {self.zone.key}" if kind is Kind.DATE_TIME else ""),
            required=required,
            entries=entries,
            submitted=submitted,
            choices=choices,
            constants=values,
            children=self._children(kind, schema, layout, path, value, required),
            errors=self.errors.get(name, ()),
            error_text=layout.text("errorText"),
            placeholder=layout.text("placeholder"),
            autocomplete=_autocomplete(kind, layout),
            lines=layout.whole_number("rows", 2, 40),
            inline=layout.option("inline") is True,
            beside=self._beside(kind, schema, path, value),
            visible_when=visible_when,
            visible_words=visible_words,
            focused=self.focus == name,
        )

    def _entries(
        self, name: str, kind: Kind, value: object, choices: Sequence[Choice], constants: Sequence[object]
    ) -> tuple[str, ...]:
        if kind in (Kind.GROUP, Kind.ROWS):
            return ()
        if self.entered is not None:
            # An empty input stands beside choices and files, so that none of them can be told from no control at all.
            sent = self.entered.get(name, ())
            return tuple(filter(None, sent)) if kind in CHOICES or kind is Kind.FILE else sent
        tokens = tuple(choice.value for choice in choices if choice.value)
        return encode(kind, value, self.zone, tokens, constants)

    def _choices(
        self,
        kind: Kind,
        schema: Mapping[str, Any],
        constants: Sequence[Constant],
        path: Path,
        value: object,
        required: bool,
    ) -> tuple[Choice, ...]:
        if kind is Kind.USER or (kind is Kind.CHECKBOXES and _entry_schema(schema).get("format") == "user"):
            entered = None if self.entered is None else self.entered.get(html_name(path), ())
            return self._people(value if entered is None else list(entered))
        offered = tuple(
            Choice(token, constant.label, constant.hint)
            for token, constant in zip(_tokens(constants), constants, strict=True)
        )
        # Without script a radio can't be taken back, so an optional choice offers that too.
        return offered if required or kind is not Kind.RADIOS else (*offered, Choice("", "No answer"))

    def _people(self, value: object) -> tuple[Choice, ...]:
        known = {user.value for user in self.users}
        named = value if isinstance(value, list) else [value]
        gone = [person for person in named if isinstance(person, str) and person and person not in known]
        return (*self.users, *(Choice(person, f"Person {person} (not available)") for person in gone))

    def _children(
        self, kind: Kind, schema: Mapping[str, Any], layout: Layout, path: Path, value: object, required: bool
    ) -> tuple[Control, ...]:
        if kind is Kind.ROWS:
            items, below = schema["items"], layout.at("items")
            rows = value if isinstance(value, list) else []
            count = self._row_count(html_name(path), len(rows), required)
            values = [*rows, *([None] * count)][:count]
            return tuple(self.control(items, below, (*path, place), row, True) for place, row in enumerate(values))
        if kind is Kind.GROUP:
            properties = schema["properties"]
            must = schema.get("required", ())
            held = value if isinstance(value, Mapping) else {}
            return tuple(
                self.control(properties[name], layout.at(name), (*path, name), held.get(name), name in must)
                for name in layout.ordered(properties)
            )
        return ()

    def _row_count(self, name: str, shown: int, required: bool) -> int:
        """As many rows as there are; a list that is required has one to begin with."""
        if self.entered is None:
            return max(shown, 1) if required else shown
        sent = self.entered.get(name, ("",))[-1]
        return min(int(sent), MOST_ROWS) if sent.isascii() and sent.isdigit() and len(sent) < 5 else 0

    def _beside(self, kind: Kind, schema: Mapping[str, Any], path: Path, value: object) -> str:
        if kind is not Kind.GROUP:
            return ""
        if self.entered is not None:
            return self.entered.get(BESIDE + html_name(path), ("",))[-1]
        held = value if isinstance(value, Mapping) else {}
        others = {name: inner for name, inner in held.items() if name not in schema["properties"]}
        return json.dumps(others, ensure_ascii=False) if others else ""


def _entry_schema(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema of what is chosen: a list's entries, else the value itself."""
    items = schema.get("items")
    return items if type_of(schema) == "array" and isinstance(items, Mapping) else schema


def _kind_that_fits(kind: Kind, entries: tuple[str, ...]) -> Kind:
    """A text with line breaks needs several lines: an input would lose them."""
    return Kind.TEXTAREA if kind is Kind.TEXT and entries and ("\n" in entries[0] or "\r" in entries[0]) else kind


def _tokens(constants: Sequence[Constant]) -> list[str]:
    """What a form sends for each constant: the text itself where a browser sends it back unchanged, else its number."""
    tokens = [c.value if isinstance(c.value, str) else json.dumps(c.value) for c in constants]
    safe = all(token and token == token.strip() and token.isprintable() for token in tokens)
    return tokens if safe and len(set(tokens)) == len(tokens) else [str(place) for place in range(len(tokens))]


def _hints(schema: Mapping[str, Any], layout: Layout, *more: str) -> tuple[str, ...]:
    description = layout.text("description") or schema.get("description")
    texts = (description, layout.text("help"), *more)
    return tuple(text for text in texts if isinstance(text, str) and text.strip())


def _autocomplete(kind: Kind, layout: Layout) -> str:
    asked = layout.text("autocomplete")
    return asked if asked in AUTOCOMPLETE else {Kind.EMAIL: "email", Kind.URI: "url"}.get(kind, "")
