"""The check of a whole document: every problem at once, each with its place and how to mend it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Any

from ticketflower.documents.actions import action_problems
from ticketflower.documents.advice import advice
from ticketflower.documents.field_schemas import field_schema_problems
from ticketflower.documents.layouts import layout_problems, layout_warnings
from ticketflower.documents.limits import value_problems
from ticketflower.documents.nearest import did_you_mean
from ticketflower.documents.outline import Outline, outline_of
from ticketflower.documents.parts import conditions_of, fields_are_known, fields_of, mapping, parts, texts
from ticketflower.documents.reach import reach_problems, reach_warnings
from ticketflower.documents.references import key_problems, reference_problems
from ticketflower.documents.schema import WORKFLOW_SCHEMA
from ticketflower.documents.shape import shape_problems
from ticketflower.documents.source import Source
from ticketflower.engine.conditions import check_condition
from ticketflower.problems import Problem, pointer

_MOST = 500
"""More problems than this are not looked for: a document of 256 KB could have tens of thousands."""

_COMPARED = 200

_FOUND_IN_VALUES = frozenset({"text", "number"})
"""What ``check_condition`` says of texts and numbers that can't be stored, and ``value_problems`` has said already."""

_FATAL = frozenset({"too_deep", "too_large"})


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found.

    Attributes:
        errors: what must be mended before the document can be stored.
        warnings: what may be meant, and probably isn't.
    """

    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def located(self, source: Source) -> Report:
        """The same report with line and column in the text that the document was read from."""
        return replace(
            self,
            errors=tuple(source.locate(problem) for problem in self.errors),
            warnings=tuple(source.locate(problem) for problem in self.warnings),
        )


def check(
    document: object,
    *,
    company_roles: Collection[str] = (),
    ticket_types_elsewhere: Mapping[str, str] | None = None,
    key: str | None = None,
) -> Report:
    """Checks a workflow document whole (engine.md, Definitions; document.md). Never raises, whatever the JSON value.

    Args:
        document: any JSON value.
        company_roles: the company's roles; a role of the document that is not among them is a warning.
        ticket_types_elsewhere: the key of the workflow that each taken ticket type belongs to.
        key: the key in the address, which must be the document's; None where there is none.
    """
    broken = value_problems(document)
    if not isinstance(document, dict):
        broken.append(Problem("", "A workflow document must be an object with named parts.", None, "type"))
    if not isinstance(document, dict) or any(problem.code in _FATAL for problem in broken):
        return Report(tuple(broken))
    bad_conditions: set[str] = set()
    found: Iterator[Problem] = chain(
        broken,
        shape_problems(document, WORKFLOW_SCHEMA),
        key_problems(document, key, ticket_types_elsewhere or {}),
        _field_problems(document),
        reference_problems(document),
        _condition_problems(document, bad_conditions),
        layout_problems(document),
        action_problems(document),
    )
    if not fields_are_known(document):
        found = (problem for problem in found if problem.code != "unknown_field")
    errors = _bounded(found)
    if len(errors) > _MOST:
        return Report(errors)  # nor have all conditions been looked at
    outline = outline_of(document, bad_conditions)
    errors = _bounded([*errors, *reach_problems(outline)])
    return Report(errors, () if errors else _bounded(_warnings(document, outline, company_roles)))


def _field_problems(document: dict[str, Any]) -> Iterator[Problem]:
    for name, schema in fields_of(document).items():
        yield from field_schema_problems(schema, pointer("fields_schema", "properties", name))


def _condition_problems(document: dict[str, Any], bad_conditions: set[str]) -> Iterator[Problem]:
    """The problems of all conditions; the places of those that have one are noted in ``bad_conditions``."""
    fields, tasks = _Known(fields_of(document)), _Known(mapping(document.get("tasks")))
    for at, condition in conditions_of(document):
        found = check_condition(condition, fields, at, tasks=tasks)
        bad_conditions.update([at] if found else [])
        yield from (problem for problem in found if problem.code not in _FOUND_IN_VALUES)


def _warnings(document: dict[str, Any], outline: Outline, company_roles: Collection[str]) -> Iterator[Problem]:
    """Only of a document without errors: half a workflow can't be judged."""
    yield from reach_warnings(outline)
    yield from advice(outline)
    yield from layout_warnings(document)
    yield from _role_warnings(document, company_roles)


def _role_warnings(document: dict[str, Any], company_roles: Collection[str]) -> Iterator[Problem]:
    for part in parts(document):
        for number, role in texts(part.body.get("company_role_access")):
            if role not in company_roles:
                at = part.at + pointer("company_role_access", number)
                hint = did_you_mean(role, company_roles) or "Add the role to the company, or nobody may do this."
                yield Problem(at, f"The company has no role `{role[:100]}`.", hint, "unknown_company_role")


class _Known(Collection[str]):
    """All names, of which only the first few are gone through for a hint: a document may hold thousands of each."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return islice(self._names, _COMPARED)

    def __len__(self) -> int:
        return min(len(self._names), _COMPARED)


def _bounded(found: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems, each once; none are looked for beyond the most that are listed."""
    distinct: dict[Problem, None] = {}
    for problem in found:
        if len(distinct) == _MOST:
            more = Problem("", f"There are more than {_MOST} problems.", "Mend these first.", "more")
            return (*distinct, more)
        distinct[problem] = None
    return tuple(distinct)
