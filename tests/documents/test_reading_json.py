"""JSON with places: what RFC 8259 leaves open is refused, and each mistake says how to mend it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketflower.documents import Unreadable, read
from ticketflower.problems import Problem


def refused(text: str) -> Problem:
    with pytest.raises(Unreadable) as caught:
        read(text, "application/json")
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('{"a": 1,}', "syntax", (1, 9)),
        ('{"a": [1,]}', "syntax", (1, 10)),
        ('{"a": [1 2]}', "syntax", (1, 10)),
        ('{"a" 1}', "syntax", (1, 6)),
        ('{"a": 1 "b": 2}', "syntax", (1, 9)),
        ("{'a': 1}", "syntax", (1, 2)),
        ("{a: 1}", "syntax", (1, 2)),
        ("{\"a\": 'b'}", "syntax", (1, 7)),
        ('{"a": True}', "syntax", (1, 7)),
        ('{"a": None}', "syntax", (1, 7)),
        ('{"a": 01}', "syntax", (1, 7)),
        ('{"a": +1}', "syntax", (1, 7)),
        ('{"a": .5}', "syntax", (1, 7)),
        ('{"a": 1.}', "syntax", (1, 7)),
        ('{"a": 0x10}', "syntax", (1, 7)),
        ('{"a": "x\ny"}', "syntax", (1, 9)),
        ('{"a": "\\x"}', "syntax", (1, 8)),
        ('{"a": "x', "syntax", (1, 7)),
        ('{"a": {"b": 1}', "syntax", (1, 15)),
        ('{"a": 1} {"b": 2}', "syntax", (1, 10)),
        ('{"a": 1, // note\n "b": 2}', "syntax", (1, 10)),
        ('{\n  "a": 1,\n  # note\n  "b": 2}', "syntax", (3, 3)),
        ('{"a": NaN}', "not_finite", (1, 7)),
        ('{"a": -Infinity}', "not_finite", (1, 7)),
        ('{"a": 1e999}', "number_too_large", (1, 7)),
        ('{"a": ' + "9" * 5_000 + "}", "number_too_large", (1, 7)),
        ('{"a": 9007199254740992}', "number_too_large", (1, 2)),
        ('{"a": 1,\n "a": 2}', "duplicate_key", (2, 2)),
        ('{"a": "\\u0000"}', "bad_character", (1, 2)),
        ('{"a": "\\ud83d"}', "bad_character", (1, 2)),
        ('{"b": {"constructor": 1}}', "reserved_name", (1, 8)),
        ("[1]", "not_an_object", (1, 1)),
        ('"x"', "not_an_object", (1, 1)),
        ("{", "syntax", (1, 2)),
    ],
)
def test_what_is_refused_names_line_and_column(text: str, code: str, place: tuple[int, int]) -> None:
    problem = refused(text)
    assert (problem.code, (problem.line, problem.column)) == (code, place)
    assert problem.detail.endswith(".")
    assert problem.hint or code == "not_finite"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"a": 1}', "json"),
        ('  \n{ "a": 1}', "json"),
        ("{a: 1}", "yaml"),
        ("{'a': 1}", "yaml"),
        ("a: 1", "yaml"),
        ('# note\n{"a": 1}', "yaml"),
    ],
)
def test_without_a_media_type_the_content_tells(text: str, kind: str) -> None:
    source = read(text)
    assert (source.format, source.document) == (kind, {"a": 1})
    assert read(text, "text/plain").format == kind


@pytest.mark.parametrize(
    ("media", "kind"),
    [
        ("application/json", "json"),
        ("application/json; charset=utf-8", "json"),
        ("application/vnd.x+json", "json"),
        ("application/yaml", "yaml"),
        ("Application/YAML", "yaml"),
        ("text/x-yaml", "yaml"),
    ],
)
def test_a_media_type_decides(media: str, kind: str) -> None:
    assert read('{"a": 1}', media).format == kind


def test_places_are_those_of_keys_and_entries() -> None:
    source = read('{\n  "a": {"b": [1,\n 2]},\n  "c~d": null\n}')
    assert source.place("/a") == (2, 3)
    assert source.place("/a/b") == (2, 9)
    assert source.place("/a/b/1") == (3, 2)
    assert source.place("/c~0d") == (4, 3)


TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
SCALARS = (
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
)
KEYS = TEXT.filter(lambda key: key not in ("_", "__proto__", "prototype", "constructor"))
DOCUMENTS = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS | TEXT, lambda part: st.lists(part, max_size=4) | st.dictionaries(KEYS, part, max_size=4), max_leaves=12
    ),
    max_size=4,
)


@given(DOCUMENTS, st.booleans(), st.sampled_from([None, 1, 4]))
def test_whatever_json_says_is_read_as_the_standard_library_reads_it(
    document: dict[str, object], ascii_only: bool, indent: int | None
) -> None:
    text = json.dumps(document, ensure_ascii=ascii_only, indent=indent)
    assert read(text, "application/json").document == json.loads(text)


@given(st.text(max_size=60) | st.binary(max_size=60), st.sampled_from([None, "application/json", "application/yaml"]))
def test_any_text_is_read_or_refused_with_a_place(text: str | bytes, media: str | None) -> None:
    problems: list[Problem] = []
    try:
        read(text, media)
    except Unreadable as refusal:
        problems += refusal.problems
    assert all(problem.line and problem.column for problem in problems)
