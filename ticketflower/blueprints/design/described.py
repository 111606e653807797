"""A version in words: its ticket types, tasks, completions and fields (engine.md, document.md)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ticketflower.engine.conditions import explain
from ticketflower.forms.kinds import Kind, constants_of, kind_of

Json = Any

KINDS = {
    Kind.TEXT: "Text",
    Kind.TEXTAREA: "Long text",
    Kind.EMAIL: "Email address",
    Kind.URI: "Web address",
    Kind.DATE: "Date",
    Kind.DATE_TIME: "Date and time",
    Kind.TIME: "Time",
    Kind.FILE: "File",
    Kind.USER: "Person",
    Kind.NUMBER: "Number",
    Kind.INTEGER: "Whole number",
    Kind.CHECKBOXES: "Several of a list",
    Kind.LINES: "Several lines",
    Kind.ROWS: "Table",
    Kind.GROUP: "Group",
    Kind.JSON: "JSON",
}
TYPES = {
    "FORM": "A person fills in a form",
    "SYNC_ACTION": "Calls a server and takes its answer",
    "ASYNC_ACTION": "Calls a server, which answers later",
}
#: Without a word about it a second one starts beside the first; that needs no word here either.
RETRIGGER = {
    "restart": "It is withdrawn and starts anew",
    "queue": "It starts once more when this one has ended",
    "ignore": "Nothing happens",
}
ASSIGNMENT = {
    "least_loaded": "It goes to whoever has the fewest tasks",
    "round_robin": "It goes to each in turn",
    "manual": "It waits until somebody takes it, or an admin hands it out",
}
OUTCOME = {"COMPLETED": "The ticket is completed", "CANCELLED": "The ticket is cancelled", "ON_HOLD": "It goes on hold"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition, in words and as it is written."""

    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A line about a part: what it says, and the rules behind it."""

    label: str
    value: str
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """A part of the document: a ticket type, a task, a completion, or a field.

    Attributes:
        status: the status that a completion sets; "" for the other kinds.
    """

    key: str
    title: str
    description: str
    facts: tuple[Fact, ...]
    references: tuple[Mapping[str, str], ...] = ()
    status: str = ""


class Description:
    """A whole version in words.

    Args:
        document: a document that ``documents.check`` found free of errors.
    """

    def __init__(self, document: Mapping[str, Json]) -> None:
        self._document = document
        self._schemas: Mapping[str, Json] = document["fields_schema"].get("properties", {})
        tasks = document.get("tasks") or {}
        self._titles = {name: str(schema.get("title") or name) for name, schema in self._schemas.items()}
        self._words = self._titles | {f"_.tasks.{key}": task["title"] for key, task in tasks.items()}

    @property
    def references(self) -> tuple[Mapping[str, str], ...]:
        """The external references of the workflow itself."""
        return tuple(self._document.get("ext_ref") or ())

    @property
    def tickets(self) -> list[Described]:
        """The ticket types."""
        return [
            _part(
                key,
                part,
                Fact("The form asks for", self._asked(part["fields"], part.get("optional_fields") or ())),
                Fact("Who may submit it", _anyone(part, "Everybody in the company")),
            )
            for key, part in self._document["tickets"].items()
        ]

    @property
    def tasks(self) -> list[Described]:
        """The tasks."""
        return [_part(key, part, *self._task_facts(part)) for key, part in (self._document.get("tasks") or {}).items()]

    @property
    def completions(self) -> list[Described]:
        """The ways in which a ticket ends or stops."""
        return [
            _part(key, part, *self._completion_facts(part), status=part["completion_status"])
            for key, part in self._document["completions"].items()
        ]

    @property
    def fields(self) -> list[Described]:
        """The fields of the workspace."""
        return [
            Described(
                key,
                self._titles[key],
                str(schema.get("description") or ""),
                (Fact("Kind", kind_words(schema)), Fact("Written by", self._writers(key))),
            )
            for key, schema in self._schemas.items()
        ]

    def _task_facts(self, part: Mapping[str, Json]) -> Iterable[Fact]:
        if part["task_type"] != "FORM":
            yield Fact("Kind", TYPES[part["task_type"]])
        yield self._start(part)
        if part.get("context_fields"):
            yield Fact("Shows beside them", self._names(part["context_fields"]))
        yield Fact("Asks for", self._asked(part["output_fields"], part.get("optional_fields") or ()) or "Nothing")
        for name, condition in (part.get("required_when") or {}).items():
            yield Fact(f"{self._titles.get(name, name)} is required", "When", (self._rule(condition),))
        if part.get("clears"):
            yield Fact("Clears", self._names(part["clears"]))
        if part.get("cancel_when") is not None:
            yield Fact("Is withdrawn", "When", (self._rule(part["cancel_when"]),))
        if part.get("on_retrigger") in RETRIGGER:
            yield Fact("Triggered again meanwhile", RETRIGGER[part["on_retrigger"]])
        if part["task_type"] == "FORM":
            who = _anyone(part, "Every task worker")
            yield Fact("Who may do it", f"{who}. {self._assignment(part.get('assignment'))}.")

    def _start(self, part: Mapping[str, Json]) -> Fact:
        rules = self._rules(part)
        if part.get("on_demand"):
            return Fact("Is offered on the ticket’s page", "While" if rules else "Always", rules)
        verb = "has been written since it last started" if part.get("wait_for") == "all" else "is written"
        many = "have been written since it last started" if part.get("wait_for") == "all" else "is written"
        joint = "and" if part.get("wait_for") == "all" else "or"
        inputs = self._names(part["input_fields"], joint)
        words = f"When {inputs} {verb if len(part['input_fields']) == 1 else many}"
        return Fact("Starts", f"{words}, and" if rules else words, rules)

    def _completion_facts(self, part: Mapping[str, Json]) -> Iterable[Fact]:
        rules = self._rules(part)
        if part.get("when_idle"):
            words = "When nothing is left to do"
        else:
            words = f"When {self._names(part['fields'], 'or')} is written"
        yield Fact(OUTCOME[part["completion_status"]], f"{words}, and" if rules else words, rules)

    def _rules(self, part: Mapping[str, Json]) -> tuple[Rule, ...]:
        return () if part.get("condition") is None else (self._rule(part["condition"]),)

    def _rule(self, condition: Json) -> Rule:
        return Rule(explain(condition, self._words), json.dumps(condition, ensure_ascii=False, indent=2))

    def _assignment(self, assignment: Json) -> str:
        if isinstance(assignment, Mapping):
            return f"It goes to the person in “{self._titles.get(assignment['field'], assignment['field'])}”"
        return ASSIGNMENT[assignment or "least_loaded"]

    def _asked(self, names: Sequence[str], optional: Sequence[str]) -> str:
        return ", ".join(f"{self._titles.get(n, n)}{' (optional)' if n in optional else ''}" for n in names)

    def _names(self, names: Sequence[str], joint: str = "and") -> str:
        return listed([f"“{self._titles.get(name, name)}”" for name in names], joint)

    def _writers(self, field: str) -> str:
        tickets = self._document["tickets"].values()
        tasks = (self._document.get("tasks") or {}).values()
        writers = [part["title"] for part in tickets if field in part["fields"]]
        writers += [part["title"] for part in tasks if field in part["output_fields"]]
        return ", ".join(writers) or "Nobody: only an admin’s correction"


def kind_words(schema: Mapping[str, Json]) -> str:
    """What a field holds, in words, with what it may hold where that is a choice."""
    constants = constants_of(schema)
    if constants:
        return listed([constant.label for constant in constants], "or")
    items = schema.get("items")
    offered = constants_of(items) if isinstance(items, Mapping) else []
    words = KINDS[kind_of(schema)]
    return f"{words}: {listed([constant.label for constant in offered], 'and')}" if offered else words


def listed(words: Sequence[str], joint: str) -> str:
    """Words as a sentence lists them: "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joint} {words[-1]}"


def _anyone(part: Mapping[str, Json], everybody: str) -> str:
    return listed(part.get("company_role_access") or (), "or") or everybody


def _part(key: str, part: Mapping[str, Json], *facts: Fact, status: str = "") -> Described:
    return Described(key, part["title"], part.get("description") or "", facts, tuple(part.get("ext_ref") or ()), status)
