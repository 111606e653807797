"""What a page asks to be told about: the names of live fragments in the socket's address.

``/live?topics=queue,errors,ticket:5`` asks for three fragments. What stands after the colon is the fragment's
argument: a number, or the query string that the page itself was opened with, so that a pushed list has the filters of
the list that it replaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from ticketflower.errors import Refusal

#: A page has a handful of live parts; more is somebody trying how much a socket can cost.
MOST_FRAGMENTS = 12
LONGEST_ARGUMENT = 500

PATH = "/live"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One fragment that a page shows.

    Args:
        name: the fragment's name in the registry.
        argument: what follows the colon, as it was sent; empty without one.
    """

    name: str
    argument: str = ""


class UnreadableTopics(Refusal):
    """The ``topics`` of a socket's address can't be read."""

    title = "Topics can't be read"
    kind = "unreadable-topics"


def parse(topics: str) -> tuple[Wanted, ...]:
    """The fragments that an address asks for, each once, in their order.

    Raises:
        UnreadableTopics: too many of them, one without a name, or an argument longer than ``LONGEST_ARGUMENT``.
    """
    parts = [part for part in topics.split(",") if part]
    if len(parts) > MOST_FRAGMENTS:
        raise UnreadableTopics(f"A page may ask for {MOST_FRAGMENTS} live fragments at most, not {len(parts)}.")
    return tuple(dict.fromkeys(_wanted(part) for part in parts))


def _wanted(part: str) -> Wanted:
    name, _, argument = part.partition(":")
    if not name:
        raise UnreadableTopics(f"{part[:40]!r} in topics has no name before the colon.")
    if len(argument) > LONGEST_ARGUMENT:
        raise UnreadableTopics(f"The argument of {name[:40]} in topics is longer than {LONGEST_ARGUMENT} characters.")
    return Wanted(name, argument)


def live_address(*topics: str) -> str:
    """The socket's address for a page that shows these fragments; a global of the templates.

    Args:
        topics: ``"queue"``, ``"ticket:5"``, or a name with the page's query string: ``"tickets:status=ON_HOLD"``.
    """
    if not topics:
        return PATH
    # A comma separates topics; in a query string the escaped one means the same.
    listed = ",".join(topic.replace(",", "%2C") for topic in topics)
    return f"{PATH}?topics={quote(listed, safe=':,')}"


def list_address(name: str, query: bytes, *, live: bool) -> str:
    """The socket's address for a page with a list, pushed as the page's own query string asks for it.

    Args:
        query: the page's query string.
        live: False where nothing is pushed, behind the first page; the list is fetched again after a gap all the same.
            So it is with a query string too long for an argument: a search in letters that take nine signs each.
    """
    argument = query.decode().replace(",", "%2C")
    return live_address(f"{name}:{argument}") if live and len(argument) <= LONGEST_ARGUMENT else live_address()
