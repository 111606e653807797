"""Nothing that the other company says is ever shown: every query function is asked for it, by number and by word.

Asked once with both walls up, once with each of them alone, so that neither hides a hole in the other.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session, sessionmaker

import ticketflower.queries
from tests.conftest import NOON
from tests.data.office import Office, open_office, words_without
from tests.data.rows import TENANT_TABLES, table_of, words_of
from tests.databases import TestDatabase
from ticketflower.actor import Actor
from ticketflower.db import _only_this_company, company_session, make_engine, make_sessions
from ticketflower.errors import Refusal
from ticketflower.queries.errors import Clash

CANARY = "canary"


def query_functions() -> dict[str, Callable[..., Any]]:
    """Every public function of ``ticketflower.queries`` that takes a session, by module and name."""
    found = {}
    for module in pkgutil.iter_modules(ticketflower.queries.__path__):
        members = importlib.import_module(f"ticketflower.queries.{module.name}")
        for name, function in inspect.getmembers(members, inspect.isfunction):
            own = function.__module__ == members.__name__ and not name.startswith("_")
            if own and "session" in inspect.signature(function).parameters:
                found[f"{module.name}.{name}"] = function
    return found


FUNCTIONS = query_functions()
#: What these give is a number, or yes and no: no word could be in it.
NO_WORDS = {"counts.counts_of", "definitions.has_workflows"}


@pytest.fixture(scope="module")
def database(make_database: Callable[[str], TestDatabase]) -> TestDatabase:
    return make_database("canary")


@pytest.fixture(scope="module")
def offices(database: TestDatabase) -> tuple[Office, Office]:
    """Ours, and the other one, in which everything says "canary"."""
    sessions = make_sessions(make_engine(database.url))
    return open_office(database, sessions, "sparrow"), open_office(database, sessions, CANARY)


@pytest.fixture(scope="module", params=["both walls", "the filter alone", "row-level security alone"])
def walls(request: pytest.FixtureRequest, database: TestDatabase) -> Iterator[sessionmaker[Session]]:
    alone = request.param == "row-level security alone"
    engine = make_engine(database.superuser_url if request.param == "the filter alone" else database.url)
    if alone:
        event.remove(Session, "do_orm_execute", _only_this_company)
    yield make_sessions(engine)
    if alone:
        event.listen(Session, "do_orm_execute", _only_this_company)
    engine.dispose()


def values_for(shapes: Office, about: Office) -> dict[str, list[Any]]:
    """What each parameter is given, by its name: everything that is about one office, in the words of the other.

    Whole objects are those of ``shapes``, with the numbers of ``about``: what is in them may come back.
    """
    error = replace(shapes.error, id=about.error.id, ticket_id=about.error.ticket_id, task_id=about.error.task_id)
    assert about.conflict.conflict
    clash = Clash("x", "y", next(iter(about.conflict.conflict.values())).iteration, about.error.task_id)
    person = str(about.company.people["worker"].id)
    fields = shapes.view.version.workflow.fields
    return {
        "about_ticket": [replace(shapes.view, id=about.view.id)],
        "after": [None],
        "assigned_to": [None, "me", "none", person],
        "before": [None],
        "conflict": [{"field": clash}],
        "cursor": [None],
        "error": [error],
        "error_id": list(about.error_ids),
        "fields": [list(fields)],
        "had_it": [True, False],
        "tells_why": [True],
        "key": [f"{about.mark}-flow"],
        "limit": [200],
        "mine": [True, False],
        "now": [NOON],
        "q": [None, about.mark, str(about.ticket_ids[0])],
        "role_id": list(about.role_ids),
        "schemas": [fields],
        "status": [None, "active", "archive", "OPEN", "open", "NEW"],
        "subject": [f"task:{number}" for number in about.task_ids],
        "task": [shapes.view.version.workflow.tasks[f"{shapes.mark}_left"]],
        "task_id": list(about.task_ids),
        "task_ids": [about.task_ids],
        "ticket_id": list(about.ticket_ids),
        "ticket_ids": [about.ticket_ids],
        "type_key": [None, f"{about.mark}-go"],
        "user_id": [p.id for p in about.company.people.values()],
        "values": [{f"{shapes.mark}_who": person}],
        "version": [None, 1, 2],
        "with_data": [True],
    }


def calls_of(name: str, actor: Actor, values: dict[str, list[Any]]) -> Iterator[Callable[[Session], Any]]:
    """Every combination of the values that a function's parameters may be given."""
    function = FUNCTIONS[name]
    parameters = {p: kind for p, kind in inspect.signature(function).parameters.items() if p != "session"}
    choices = [_choices(name, parameter.annotation, p, actor, values) for p, parameter in parameters.items()]
    for chosen in itertools.product(*choices):
        positional = [c for c, p in zip(chosen, parameters.values(), strict=True) if p.kind is not p.KEYWORD_ONLY]
        named = {
            p: c for c, (p, kind) in zip(chosen, parameters.items(), strict=True) if kind.kind is kind.KEYWORD_ONLY
        }
        yield lambda session, args=positional, named=named: function(session, *args, **named)


def _choices(name: str, annotation: str, parameter: str, actor: Actor, values: dict[str, list[Any]]) -> list[Any]:
    if parameter == "actor":
        return [actor]
    if parameter == "ticket":  # a number in lists, the whole view in a timeline
        return values["about_ticket"] if annotation == "TicketView" else [None, *values["ticket_id"]]
    assert parameter in values, f"{name} has a parameter {parameter}: say in values_for what it is to be given"
    return values[parameter]


def said(session: Session, call: Callable[[Session], Any]) -> str:
    """Everything that a call says, a refusal included, in small letters."""
    try:
        return repr(call(session)).lower()
    except (Refusal, LookupError, NoResultFound) as refused:
        return f"{refused!r} {vars(refused)!r}".lower()
    finally:
        session.commit()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_nothing_of_the_other_company_is_shown(
    name: str, walls: sessionmaker[Session], offices: tuple[Office, Office]
) -> None:
    ours, theirs = offices
    values = values_for(ours, theirs)
    for person in ours.company.people.values():
        with company_session(walls, ours.company.id) as session:
            for call in calls_of(name, person.actor, values):
                assert CANARY not in said(session, call)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in NO_WORDS])
def test_the_other_company_itself_sees_the_word_so_the_test_above_would(
    name: str, offices: tuple[Office, Office]
) -> None:
    _, theirs = offices
    values = values_for(theirs, theirs)
    with theirs.company.session() as session:
        assert any(CANARY in said(session, call) for call in calls_of(name, theirs.company.admin.actor, values))


def test_numbers_count_nothing_of_the_other_company(
    walls: sessionmaker[Session], offices: tuple[Office, Office]
) -> None:
    """Both offices did the same, so the figures tell them apart only in sum."""
    alone = {}
    for office in offices:
        actor = office.company.admin.actor
        with company_session(walls, office.company.id) as session:
            alone[office.mark] = [said(session, call) for call in calls_of("counts.counts_of", actor, {})]
    assert alone["sparrow"] == alone[CANARY]


def test_every_column_that_can_say_something_says_the_word(
    database: TestDatabase, offices: tuple[Office, Office]
) -> None:
    """Columns with a CHECK hold listed words only."""
    listed = {f"{name}.{column}" for name in TENANT_TABLES for column in words_of(table_of(name))}
    assert words_without(database, offices[1]) == listed
