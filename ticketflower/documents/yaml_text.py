"""Reads YAML by the core schema of YAML 1.2, and keeps the place of each value.

PyYAML's scanner and parser give the events; what they mean is decided here, because PyYAML's own meaning is that of
YAML 1.1, where ``no`` is false, ``12:30`` is 750 and ``2026-11-21`` is a date (document.md: "only true and false are
booleans, dates stay text"). Anchors and aliases work; an alias weighs what it stands for, so that a bomb is found
before it goes off. The merge key ``<<`` is not part of the core schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml.parser import Parser
from yaml.reader import Reader, ReaderError
from yaml.scanner import Scanner

from ticketflower.documents.limits import MAX_BYTES, MAX_DEPTH
from ticketflower.documents.nodes import Node, Place, Unreadable, scalar, unreadable
from ticketflower.documents.yaml_words import in_our_words, unprintable
from ticketflower.problems import Problem

_CORE = "tag:yaml.org,2002:"
_NULL = re.compile(r"(?:null|Null|NULL|~|)\Z")
_BOOL = re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z")
_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))\Z")
_MAX_DIGITS = 400


class _Events(Reader, Scanner, Parser):
    """PyYAML's text, token and event layers, without its resolver and constructor."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def read_yaml(text: str) -> Node:
    """The tree of a YAML text; aliases share their node.

    Raises:
        Unreadable: it isn't YAML or not the core schema of 1.2 (all such problems at once where the text can be read
            on), it holds several documents, two keys of a mapping are equal, a key is no text, or it is nested
            deeper than ``MAX_DEPTH`` or larger than ``MAX_BYTES`` with all aliases written out.
    """
    builder = _Builder()
    try:
        for event in _events(text):
            builder.take(event)
    except ReaderError as error:
        raise unprintable(text, error) from None
    except yaml.MarkedYAMLError as error:
        raise in_our_words(text, error) from None
    return builder.result()


def _events(text: str) -> Iterator[yaml.Event]:
    events = _Events(text)
    while events.check_event():
        event: yaml.Event = events.get_event()  # type: ignore[no-untyped-call]
        yield event


def _place(mark: Any) -> Place:
    return mark.line + 1, mark.column + 1


class _Builder:
    """Puts events together to nodes. ``open`` is the path from the root to where we are."""

    def __init__(self) -> None:
        self.open: list[Node] = []
        self.keys: list[tuple[Place, str] | None] = []
        self.anchors: dict[str, Node] = {}
        self.root: Node | None = None
        self.documents = 0
        self.problems: list[Problem] = []

    def result(self) -> Node:
        if self.problems:
            raise Unreadable(tuple(self.problems))
        return self.root or scalar(None, (1, 1))

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                hint = "Send each workflow by itself; take out the line `---`."
                raise unreadable(_place(event.start_mark), "There are several documents.", hint, "several_documents")
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self.begin(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.end()
        elif isinstance(event, yaml.ScalarEvent):
            self.scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            self.alias(event)

    def awaits_key(self) -> bool:
        return bool(self.open) and self.open[-1].kind == "map" and self.keys[-1] is None

    def problem(self, place: Place, detail: str, hint: str | None, code: str) -> None:
        self.problems.append(Problem("", detail, hint, code, *place))

    def begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent) -> None:
        place = _place(event.start_mark)
        if self.awaits_key():
            hint = "Write a text before the colon. Text that begins with [ or { needs quotes."
            raise unreadable(place, "A list or a mapping can't be a key.", hint, "key_not_text")
        if len(self.open) >= MAX_DEPTH:
            detail = f"The document is nested more than {MAX_DEPTH} levels deep."
            raise unreadable(place, detail, "Flatten this part.", "too_deep")
        is_map = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", _CORE + ("map" if is_map else "seq")):
            self.foreign_tag(event.tag, place)
        node = Node("map" if is_map else "list", place)
        if event.anchor:
            self.anchors[event.anchor] = node
        self.open.append(node)
        self.keys.append(None)

    def end(self) -> None:
        node = self.open.pop()
        self.keys.pop()
        node.close()
        if node.weight > MAX_BYTES:
            detail = "With all its aliases written out the document is larger than 256 KB."
            raise unreadable(node.place, detail, "Use fewer aliases, or split the workflow.", "too_large")
        self.add(node)

    def scalar(self, event: yaml.ScalarEvent) -> None:
        place = _place(event.start_mark)
        value = self.value_of(event, place)
        if self.awaits_key():
            self.key(event, place, value)
            return
        node = scalar(value, place)
        if event.anchor:
            self.anchors[event.anchor] = node
        self.add(node)

    def key(self, event: yaml.ScalarEvent, place: Place, value: object) -> None:
        plain = event.implicit[0]
        key = value if isinstance(value, str) else str(event.value)
        if event.anchor:
            self.anchors[event.anchor] = scalar(value, place)
        if not isinstance(value, str):
            detail = f"The key `{key}` is not a text."
            self.problem(place, detail, f'Put quotes around it: "{key}":', "key_not_text")
        elif plain and value == "<<":
            hint = "Write the keys out here; aliases for whole values (`condition: *name`) do work."
            self.problem(place, "The merge key `<<` is not part of YAML 1.2.", hint, "merge_key")
        self.keys[-1] = (place, key)

    def alias(self, event: yaml.AliasEvent) -> None:
        place = _place(event.start_mark)
        node = self.anchors.get(event.anchor or "")
        if node is None:
            hint = f"Write `&{event.anchor}` before the value it stands for, above this line."
            raise unreadable(place, f"There is no anchor `&{event.anchor}` above.", hint, "unknown_alias")
        if node in self.open_nodes():
            hint = "Write out what it should stand for."
            raise unreadable(place, f"`*{event.anchor}` stands inside what it stands for.", hint, "endless_alias")
        if self.awaits_key():
            if node.kind != "scalar" or not isinstance(node.scalar, str):
                raise unreadable(place, "A key must be a text.", "Write the key out.", "key_not_text")
            self.keys[-1] = (place, node.scalar)
            return
        if len(self.open) + node.height > MAX_DEPTH:
            detail = f"With this alias written out the document is nested more than {MAX_DEPTH} levels deep."
            raise unreadable(place, detail, "Flatten this part.", "too_deep")
        self.add(node)

    def open_nodes(self) -> list[Node]:
        return [node for node in self.open if node.kind != "scalar"]

    def add(self, node: Node) -> None:
        if not self.open:
            self.root = node
            return
        parent = self.open[-1]
        key = self.keys[-1]
        if parent.kind == "list" or key is None:
            parent.items.append(node)
            return
        place, name = key
        if name in parent.entries:
            first = parent.entries[name][0][0]
            detail = f"The key `{name}` stands twice in one mapping (first on line {first})."
            self.problem(place, detail, "Take one of them out, or rename it.", "duplicate_key")
        else:
            parent.entries[name] = (place, node)
        self.keys[-1] = None

    def value_of(self, event: yaml.ScalarEvent, place: Place) -> object:
        text: str = event.value
        plain, _ = event.implicit
        if event.tag in (None, "!"):
            return self.checked(_plain_value(text), text, place) if plain and event.tag is None else text
        kind = event.tag.removeprefix(_CORE)
        if event.tag == _CORE + "str":
            return text
        if not event.tag.startswith(_CORE) or kind not in ("null", "bool", "int", "float"):
            self.foreign_tag(event.tag, place)
            return text
        value = self.checked(_plain_value(text), text, place)
        if _kind(value) != kind and (_kind(value), kind) != ("int", "float"):
            self.problem(place, f"`{text[:40]}` is not of the type `!!{kind}`.", "Take the tag out.", "bad_tag")
        return value

    def checked(self, value: object, text: str, place: Place) -> object:
        """The value, or text in the place of a number that JSON hasn't got."""
        if value is _NO_NUMBER:
            hint = "Write a finite number, or put quotes around it if it is a text."
            code = "not_finite" if _NOT_FINITE.match(text) else "number_too_large"
            what = "is not a number that JSON has" if code == "not_finite" else "is too large for a number"
            self.problem(place, f"`{text[:40]}` {what}.", hint, code)
            return text
        return value

    def foreign_tag(self, tag: str, place: Place) -> None:
        shown = tag.replace(_CORE, "!!")
        hint = 'Take it out. Text that begins with ! needs quotes, as in {"!": ...}.'
        self.problem(place, f"The tag `{shown[:60]}` has no meaning here.", hint, "bad_tag")


_NO_NUMBER = object()


def _kind(value: object) -> str:
    if value is None:
        return "null"
    return {bool: "bool", int: "int", float: "float"}.get(type(value), "str")


def _plain_value(text: str) -> object:
    """What a plain scalar means by the core schema (YAML 1.2.2, 10.3.2); ``_NO_NUMBER`` if JSON has no such number."""
    if _NULL.match(text):
        return None
    if _BOOL.match(text):
        return text.lower() == "true"
    if _NOT_FINITE.match(text):
        return _NO_NUMBER
    whole = _whole(text)
    if whole is not None:
        return whole
    if _FLOAT.match(text):
        number = float(text)
        return _NO_NUMBER if number in (float("inf"), float("-inf")) else number
    return text


def _whole(text: str) -> object:
    base = 10 if _INT.match(text) else 8 if _OCTAL.match(text) else 16 if _HEX.match(text) else None
    if base is None:
        return None
    return int(text, base) if len(text) <= _MAX_DIGITS else _NO_NUMBER
