"""The live fragments: which part of a page is rendered again when a topic has something new.

A page's package registers its fragments at import (docs/live.md)::

    @fragment("queue", topics=["queue:{user}", "unassigned"], target="#queue", roles=[SystemRole.TASK_WORKER])
    def queue(session, actor, view):
        return render_template("work/_queue.html", **tasks.queue(session, actor, view))

The registry knows names and rights. It renders nothing itself and imports no Flask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from sqlalchemy.orm import Session
from werkzeug.datastructures import ImmutableMultiDict

from ticketflower.actor import Actor
from ticketflower.engine.words import SystemRole
from ticketflower.errors import Forbidden, NotFound
from ticketflower.live.topics import Wanted

#: ``(session, actor, argument)`` to the HTML of the underscore template that the page includes. The argument is the
#: number after the colon for a fragment of one row, else the page's query string, read like ``request.args``.
Render = Callable[[Session, Actor, Any], str]
#: ``(session, actor, number)``: raises ``NotFound`` when the person may not see that row.
Check = Callable[[Session, Actor, int], object]

LARGEST_ID = 2**63 - 1
ROW = "{id}"


@dataclass(frozen=True, slots=True)
class Fragment:
    """A part of a page that is pushed; the arguments are those of ``fragment``."""

    name: str
    topics: tuple[str, ...]
    target: str
    roles: frozenset[SystemRole]
    check: Check | None
    render: Render

    @property
    def is_of_a_row(self) -> bool:
        """Whether the argument is the number of one row."""
        return self.check is not None


@dataclass(frozen=True, slots=True)
class Live:
    """One fragment on one page, for one viewer.

    Args:
        fragment: what it is.
        argument: the row's number, or the page's query string as ``request.args`` would hold it.
        topics: the announcements that it is rendered at.
        target: where it lands on the page, a CSS selector.
    """

    fragment: Fragment
    argument: Any
    topics: frozenset[str]
    target: str

    def permit(self, session: Session, actor: Actor) -> None:
        """Refuse who may not see it. Asked before the upgrade and again at each push (security.md, Web).

        Raises:
            Forbidden: without one of the fragment's roles.
            NotFound: the row is not there for this person.
        """
        if self.fragment.roles and not actor.has(*self.fragment.roles):
            raise Forbidden("None of your roles lets you see this. Ask an admin of your company for the role.")
        if self.fragment.check is not None:
            self.fragment.check(session, actor, self.argument)


class Registry:
    """The fragments by name."""

    def __init__(self) -> None:
        self._fragments: dict[str, Fragment] = {}

    @property
    def fragments(self) -> Mapping[str, Fragment]:
        """All that are registered."""
        return self._fragments

    def fragment(
        self,
        name: str,
        *,
        topics: Iterable[str],
        target: str,
        roles: Iterable[SystemRole] = (),
        check: Check | None = None,
    ) -> Callable[[Render], Render]:
        """Register the function below as a live fragment.

        Args:
            name: what pages write into ``live_address``.
            topics: announcements of the engine and the services that it shows: fixed words, or with ``{user}`` for
                the viewer's id and ``{id}`` for the row's.
            target: the CSS selector of the fragment's root, ``#queue`` or ``#ticket-{id}-state``; the push replaces
                it by morphing. Empty when the function returns ``<hx-partial>`` elements itself.
            roles: one of them is needed; empty lets every member of the company in.
            check: for a fragment of one row, and only there: raises ``NotFound`` when the person may not see the row.

        Raises:
            ValueError: the name is taken, or ``{id}`` is used without ``check`` or the other way round.
        """
        patterns = tuple(topics)
        if name in self._fragments:
            raise ValueError(f"There is a live fragment named {name!r} already.")
        if any(ROW in text for text in (*patterns, target)) != (check is not None):
            raise ValueError(f"The live fragment {name!r} must have both, {ROW} and check, or neither.")

        def register(render: Render) -> Render:
            self._fragments[name] = Fragment(name, patterns, target, frozenset(roles), check, render)
            return render

        return register

    def resolve(self, wanted: Wanted, user_id: int) -> Live:
        """The fragment that a page asks for, for this viewer.

        Raises:
            NotFound: no fragment has this name, or the argument is not a row's number where it must be.
        """
        found = self._fragments.get(wanted.name)
        if found is None:
            raise NotFound
        number = _number(wanted.argument) if found.is_of_a_row else None
        words = {"user": user_id, "id": number}
        return Live(
            fragment=found,
            argument=_query(wanted.argument) if number is None else number,
            topics=frozenset(pattern.format_map(words) for pattern in found.topics),
            target=found.target.format_map(words),
        )


def _number(argument: str) -> int:
    if not (argument.isascii() and argument.isdigit()) or int(argument) > LARGEST_ID:
        raise NotFound
    return int(argument)


def _query(argument: str) -> ImmutableMultiDict[str, str]:
    return ImmutableMultiDict(parse_qsl(argument, keep_blank_values=True))


#: The fragments of the product.
registry = Registry()
fragment = registry.fragment
