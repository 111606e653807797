"""The ``topics`` of a socket's address."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from ticketflower.live.topics import (
    LONGEST_ARGUMENT,
    MOST_FRAGMENTS,
    UnreadableTopics,
    Wanted,
    list_address,
    live_address,
    parse,
)


@pytest.mark.parametrize(
    ("topics", "wanted"),
    [
        ("", []),
        ("queue", [Wanted("queue")]),
        ("queue,errors,ticket:5", [Wanted("queue"), Wanted("errors"), Wanted("ticket", "5")]),
        ("queue,,queue", [Wanted("queue")]),
        ("tickets:status=ON_HOLD&q=a:b", [Wanted("tickets", "status=ON_HOLD&q=a:b")]),
    ],
)
def test_an_address_names_fragments_and_their_arguments(topics: str, wanted: list[Wanted]) -> None:
    assert list(parse(topics)) == wanted


@pytest.mark.parametrize(
    ("topics", "reason"),
    [
        (",".join(f"f{n}" for n in range(MOST_FRAGMENTS + 1)), "12 live fragments at most, not 13"),
        (":5", "has no name"),
        ("tickets:" + "x" * (LONGEST_ARGUMENT + 1), "longer than 500"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(topics: str, reason: str) -> None:
    with pytest.raises(UnreadableTopics, match=reason):
        parse(topics)


@pytest.mark.parametrize(
    "topics",
    [
        ["queue"],
        ["queue", "errors", "ticket:5"],
        ["tickets:status=ON_HOLD&q=tea%20%26%20milk"],
        ["tickets:q=a%2Cb", "queue"],
    ],
)
def test_an_address_says_what_it_was_made_from(topics: list[str]) -> None:
    address = urlsplit(live_address(*topics))
    assert address.path == "/live"
    [sent] = parse_qs(address.query)["topics"]
    assert [f"{wanted.name}:{wanted.argument}".rstrip(":") for wanted in parse(sent)] == topics


def test_a_comma_of_a_query_string_does_not_end_its_topic() -> None:
    [sent] = parse_qs(urlsplit(live_address("tickets:q=a,b")).query)["topics"]
    assert parse(sent) == (Wanted("tickets", "q=a%2Cb"),)


def test_a_page_without_live_parts_has_the_bare_address() -> None:
    assert live_address() == "/live"


@pytest.mark.parametrize("query", [b"status=ON_HOLD&q=a,b", b"q=" + b"%D0%96" * 80, b""])
def test_a_lists_socket_gets_the_query_string_that_the_page_was_opened_with(query: bytes) -> None:
    [sent] = parse_qs(urlsplit(list_address("tickets", query, live=True)).query)["topics"]
    [wanted] = parse(sent)
    assert (wanted.name, wanted.argument.replace("%2C", ",")) == ("tickets", query.decode())


@pytest.mark.parametrize(
    ("query", "live"), [(b"q=" + b"%D0%96" * 84, True), (b"q=" + b"," * 200, True), (b"q=a", False)]
)
def test_a_list_whose_socket_would_be_refused_is_not_pushed(query: bytes, live: bool) -> None:
    assert list_address("tickets", query, live=live) == "/live"
