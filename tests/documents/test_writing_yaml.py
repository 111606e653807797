"""The export: YAML that every reader takes for the same document."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ticketflower.documents import normalise, read, write_yaml

from .building import TRIP
from .test_reading_json import DOCUMENTS, KEYS

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("*.yaml"))
TRICKY = st.sampled_from(
    [
        *(
            "yes",
            "no",
            "on",
            "off",
            "y",
            "n",
            "true",
            "False",
            "null",
            "~",
            "",
            " ",
            "a ",
            " a",
            "1",
            "1.5",
            "1e3",
            "0x1",
        ),
        *("0o7", "1_000", "2026-11-21", "12:30", ".inf", ".NaN", "=", "<<", "- a", "? a", ": a", "a: b", "a #b", "#a"),
        *(
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a",
            "'a",
            '"a',
            "[a",
            "{a",
            "a, b",
            "a]",
            "---",
            "...",
            "a\n",
            "\na",
        ),
        *("a\nb", "a\n\nb\n", "a\n b", "a \nb", "\ta", "a\tb", "a\r\nb", "\x85", "a\u2028b", "\ufeff", "\x07", "\x7f"),
        *("😀", "é", "a\\b", "a:", "-", "--", "a\n\n", "\n", "a  b", "a-b", "a/b", "Infinity", "nan", "1:30"),
    ]
)
TREES = st.recursive(
    TRICKY | st.integers(-100, 100) | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(TRICKY, part, max_size=3),
    max_leaves=10,
)


def same(one: object, other: object) -> bool:
    """Equal in value, kind and the order of keys."""
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    return type(one) is type(other) and one == other


@given(st.dictionaries(TRICKY | KEYS, TREES, max_size=4) | DOCUMENTS)
def test_what_is_written_reads_back_to_the_same_document_in_yaml_1_2_and_1_1(document: dict[str, Any]) -> None:
    text = write_yaml(document)
    assert same(read(text, "application/yaml").document, document)
    assert same(yaml.safe_load(text), document)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_read_back(path: Path) -> None:
    document = read(path.read_bytes()).document
    assert same(read(write_yaml(document)).document, document)


def test_there_are_four_examples() -> None:
    assert [path.stem for path in EXAMPLES] == ["content-review", "house-rules", "new-colleague", "purchase-approval"]


def test_it_is_written_for_people() -> None:
    text = write_yaml(TRIP)
    assert text.startswith("workflow: business-trip\ntitle: Business trip\ndescription: null\n")
    assert "    price: {type: number, title: Price, minimum: 0, default: 10}\n" in text
    assert '    condition: {"==": [{var: approved}, true]}\n' in text
    assert "tasks:\n  decide:\n    title: Decide\n" in text


def test_a_text_of_several_lines_stays_one() -> None:
    assert (
        write_yaml({"description": "First line.\n\nSecond: line.\n"})
        == "description: |\n  First line.\n\n  Second: line.\n"
    )
    assert write_yaml({"a": {"b": "x\ny"}}) == "a:\n  b: |-\n    x\n    y\n"


def test_an_empty_document_is_an_empty_map() -> None:
    assert write_yaml({}) == "{}\n"


def test_normalising_writes_aliases_out_and_keeps_order_and_nulls() -> None:
    shared = {"==": [1.0, 1.5]}
    document = {"b": shared, "a": None, "c": [shared]}
    stored = normalise(document)
    assert same(stored, {"b": {"==": [1, 1.5]}, "a": None, "c": [{"==": [1, 1.5]}]})
    assert stored["b"] is not stored["c"][0]
    assert stored["b"] is not shared
