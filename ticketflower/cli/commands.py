"""How a command is made: what it prints with and without ``--json``, and how it refuses."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, TypeVar

import click
from flask import Blueprint
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from ticketflower.db import db, make_sessions
from ticketflower.errors import Refusal

#: Only carries the commands; ``cli_group=None`` puts them beside Flask's own.
command_line = Blueprint("command_line", __name__, cli_group=None)

Function = TypeVar("Function", bound=Callable[..., "Outcome"])


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did.

    Args:
        result: what ``--json`` prints.
        lines: what it prints for a person.
        failed: exit with 1.
    """

    result: Mapping[str, Any]
    lines: Iterable[str] = field(default_factory=tuple)
    failed: bool = False


def answers(function: Function) -> Callable[..., None]:
    """Gives a command ``--json``, prints its outcome and turns refusals into exit status 1 with the reason."""

    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object, on the last line.")
    @functools.wraps(function)
    def command(*args: Any, as_json: bool, **options: Any) -> None:
        outcome = _outcome(function, *args, **options)
        if as_json:
            click.echo(json.dumps(outcome.result, ensure_ascii=False))
        else:
            for line in outcome.lines:
                click.echo(line)
        if outcome.failed:
            raise SystemExit(1)

    return command


def sessions() -> sessionmaker[Session]:
    """Makes sessions of the app's role on the application's database."""
    return make_sessions(db.engine)


def _outcome(function: Callable[..., Outcome], *args: Any, **options: Any) -> Outcome:
    try:
        return function(*args, **options)
    except Refusal as refusal:
        details = dict.fromkeys([problem.detail for problem in refusal.problems] or [refusal.detail])
        _refuse(*details)
    except ProgrammingError:
        _refuse("The database lacks tables or migrations. Run: flask --app app db upgrade")
    except OperationalError as error:
        _refuse(f"The database can't be used: {error.orig}")


def _refuse(*reasons: str) -> NoReturn:
    for reason in reasons:
        click.echo(reason, err=True)
    raise SystemExit(1)
