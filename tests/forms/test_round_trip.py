"""For any allowed schema and any value it takes: draw the form, send it back as a browser does, nothing is lost."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from tests.forms.browser import Page
from ticketflower.engine.values import check_data, is_empty_answer
from ticketflower.forms import Choice, Form, build_form

BERLIN = ZoneInfo("Europe/Berlin")
USERS = (Choice("1", "Ana Example"), Choice("2", "Bo Example"))

# PostgreSQL refuses NUL and surrogates, and so does check_data; no browser keeps a NUL either.
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
keys = st.from_regex(r"[a-z][a-z0-9_]{0,6}", fullmatch=True) | st.sampled_from(
    ["a-b", "a.b", "0", "ü", "<b>", "a b", "f-"]
)
titles = st.just({}) | texts.map(lambda title: {"title": title})
numbers = st.integers(-(10**12), 10**12) | st.floats(-1e15, 1e15, allow_nan=False)
moments = st.datetimes(timezones=st.sampled_from([ZoneInfo("UTC"), BERLIN])).filter(lambda m: 1900 < m.year < 9000)
scalars = st.none() | st.booleans() | numbers | texts

Pair = tuple[dict[str, Any], Any]


def pairs(rules: dict[str, Any], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Pair]:
    return st.tuples(titles.map(lambda told: {**rules, **told}), values)


leaves: st.SearchStrategy[Pair] = st.one_of(
    pairs({"type": "string"}, texts),
    pairs({"type": "string", "format": "textarea"}, texts),
    pairs({"type": "string", "maxLength": 500}, texts),
    pairs({"type": "string", "format": "date"}, st.dates().map(str)),
    pairs({"type": "string", "format": "time"}, st.times().map(str)),
    pairs({"type": "string", "format": "date-time"}, moments.map(lambda moment: moment.isoformat())),
    pairs({"type": "string", "format": "email"}, st.just("name@example.com")),
    pairs({"type": "string", "format": "uri"}, st.just("https://example.com/a?b=%20#c")),
    pairs({"type": "string", "format": "file"}, st.integers(1, 10**9).map(str)),
    pairs({"type": "string", "format": "user"}, st.sampled_from(["1", "2", "77"])),
    pairs({"type": "number"}, numbers),
    pairs({"type": "integer"}, st.integers(-(10**29), 10**29) | st.just(3.0)),
    pairs({"type": "boolean"}, st.booleans()),
    pairs({"type": ["string", "null"]}, texts),
    pairs({"type": ["string", "number"]}, texts | numbers),
    pairs({}, scalars | st.lists(scalars, max_size=3) | st.dictionaries(texts, scalars, max_size=3)),
)


@st.composite
def choices(draw: st.DrawFn) -> Pair:
    constants = draw(st.lists(scalars, min_size=1, max_size=8, unique_by=lambda value: (type(value), value)))
    form = draw(st.sampled_from(["enum", "oneOf", "list"]))
    value = draw(st.sampled_from(constants))
    if form == "oneOf":
        return {"oneOf": [{"const": constant, **draw(titles)} for constant in constants]}, value
    if form == "list":
        return {"type": "array", "items": {"enum": constants}}, draw(st.lists(st.sampled_from(constants), max_size=4))
    return {"enum": constants}, value


def nested(inner: st.SearchStrategy[Pair]) -> st.SearchStrategy[Pair]:
    @st.composite
    def lists(draw: st.DrawFn) -> Pair:
        schema, value = draw(inner)
        return {"type": "array", "items": schema}, draw(st.lists(st.just(value), max_size=3))

    @st.composite
    def objects(draw: st.DrawFn) -> Pair:
        parts = draw(st.dictionaries(keys, inner, min_size=1, max_size=3))
        held = draw(st.lists(st.sampled_from(sorted(parts)), unique=True))
        schema = {"type": "object", "properties": {name: part[0] for name, part in parts.items()}, "required": held}
        beside = draw(st.dictionaries(st.just("beside"), scalars, max_size=1))
        return schema, {**{name: parts[name][1] for name in held}, **(beside if "beside" not in parts else {})}

    return lists() | objects()


schemas_and_values = st.recursive(leaves | choices(), nested, max_leaves=6)


def form_of(schema: dict[str, Any], shown: dict[str, Any], *, optional: bool) -> Form:
    return build_form({"a": schema}, ["a"], ["a"] if optional else [], None, shown, users=USERS, zone=BERLIN)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(schemas_and_values)
def test_a_form_sent_back_unchanged_writes_what_it_showed_if_required_and_nothing_if_optional(pair: Pair) -> None:
    schema, value = pair
    assume(not check_data({"a": schema}, ["a"], [], {"a": value}))

    optional = form_of(schema, {"a": value}, optional=True)
    reading = optional.read(Page.of(optional).sent())
    assert (reading.data, reading.problems) == ({}, ())

    required = form_of(schema, {"a": value}, optional=False)
    page = Page.of(required)
    reading = required.read(page.sent())
    assert (reading.data, reading.problems) == ({"a": value}, ())
    assert type(reading.data["a"]) is type(value)

    # And once more, now with what was typed: the same answers stand in it.
    again = required.with_reading(reading)
    assert required.read(Page.of(again).sent()).data == {"a": value}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    schemas_and_values,
    st.dictionaries(st.sampled_from(["x", "f-a", "s-a", "f-a-0", "x-f-a", "f-a-0-a"]), st.lists(texts, max_size=2)),
)
def test_whatever_is_sent_is_read_drawn_again_and_never_raises(pair: Pair, sent: dict[str, list[str]]) -> None:
    schema, value = pair
    assume(not check_data({"a": schema}, ["a"], ["a"], {"a": value}))
    form = form_of(schema, {"a": value}, optional=False)
    reading = form.read(MultiDict([(name, entry) for name, entries in sent.items() for entry in entries]))
    again = form.with_reading(reading)
    assert len(again.problems) == len(reading.problems)
    Page.of(again)
    if not reading.problems:
        assert not is_empty_answer(reading.data["a"])
        assert check_data({"a": schema}, ["a"], [], reading.data) == []


plain = st.from_regex(r"[!-~]([ -~]{0,10}[!-~])?", fullmatch=True)
local = st.datetimes(timezones=st.just(BERLIN), allow_imaginary=False).filter(
    lambda m: 1900 < m.year < 9000 and not m.fold
)
plain_leaves: st.SearchStrategy[Pair] = st.one_of(
    pairs({"type": "string"}, plain),
    pairs({"type": "string", "format": "textarea"}, st.lists(plain, min_size=1, max_size=3).map("\n".join)),
    pairs({"type": "string", "format": "date"}, st.dates().map(str)),
    pairs({"type": "string", "format": "time"}, st.times().map(str)),
    pairs({"type": "string", "format": "date-time"}, local.map(lambda moment: moment.isoformat())),
    pairs({"type": "string", "format": "file"}, st.integers(1, 10**9).map(str)),
    pairs({"type": "string", "format": "user"}, st.sampled_from(["1", "2", "77"])),
    pairs({"type": "array", "items": {"type": "string", "format": "user"}}, st.just(["1", "2"])),
    pairs({"type": "array", "items": {"type": "number"}}, st.lists(numbers, min_size=1, max_size=3)),
    pairs({"type": "array", "items": {"type": "string"}}, st.lists(plain, min_size=1, max_size=3)),
    pairs({"type": "array", "items": {"enum": ["a", 1, False]}}, st.sampled_from([["a"], ["a", 1], [1, False]])),
    pairs({"type": "number"}, numbers),
    pairs({"type": "integer"}, st.integers(-(10**29), 10**29)),
    pairs({"type": "boolean"}, st.booleans()),
    pairs(
        {"enum": ["a", "b\n", " c", "", 1, 1.5, True, [], {"x": None}]},
        st.sampled_from(["a", 1, 1.5, True, [], {"x": None}]),
    ),
    pairs({"oneOf": [{"const": "1"}, {"const": 1}]}, st.sampled_from(["1", 1])),
    pairs({}, st.booleans() | numbers | plain | st.lists(scalars, min_size=1, max_size=3)),
)
plain_pairs = st.recursive(plain_leaves, nested, max_leaves=6)


def can_be_typed(value: object) -> bool:
    """Whether every part of the value stands in its control: not as nothing at all, and not as the same tick twice."""
    if isinstance(value, dict):
        return bool(value) and all(can_be_typed(inner) for inner in value.values())
    if isinstance(value, list):
        twice = any(value.count(entry) > 1 for entry in value)
        return bool(value) and not twice and all(can_be_typed(inner) for inner in value)
    return True


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plain_pairs)
def test_what_is_typed_into_an_empty_form_is_read_as_the_value_that_shows_so(pair: Pair) -> None:
    schema, value = pair
    assume(can_be_typed(value))
    assume(not check_data({"a": schema}, ["a"], [], {"a": value}))
    typed = Page.of(form_of(schema, {"a": value}, optional=False)).sent()
    for optional in (True, False):
        reading = form_of(schema, {}, optional=optional).read(typed)
        assert (reading.data, reading.problems) == ({"a": value}, ())


@settings(max_examples=60, deadline=None)
@given(plain_pairs)
def test_an_optional_answer_that_is_emptied_is_null(pair: Pair) -> None:
    schema, value = pair
    assume(can_be_typed(value))
    assume(not check_data({"a": schema}, ["a"], [], {"a": value}))
    showing = form_of(schema, {"a": value}, optional=True)
    emptied = Page.of(form_of(schema, {}, optional=True)).sent()
    emptied.setlist("s-a", Page.of(showing).sent().getlist("s-a"))
    assert showing.read(emptied).data == {"a": None}
