"""YAML by the core schema of 1.2: what each scalar means, what is refused, and where."""

from __future__ import annotations

from typing import Any

import pytest

from ticketflower.documents import Unreadable, read
from ticketflower.problems import Problem


def value(text: str) -> Any:
    return read(f"v: {text}", "application/yaml").document["v"]


def refused(text: str | bytes, media: str | None = "application/yaml") -> Problem:
    with pytest.raises(Unreadable) as caught:
        read(text, media)
    problem = caught.value.problems[0]
    assert problem.line is not None
    assert problem.column is not None
    assert problem.detail.endswith(".")
    return problem


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        # truth values: these six and no others
        *[(word, True) for word in ("true", "True", "TRUE")],
        *[(word, False) for word in ("false", "False", "FALSE")],
        *[(word, word) for word in ("yes", "Yes", "no", "NO", "on", "off", "y", "n", "tRUE")],
        # null
        *[(word, None) for word in ("null", "Null", "NULL", "~", "")],
        ("nULL", "nULL"),
        ("none", "none"),
        # dates and times stay text
        *[(word, word) for word in ("2026-11-21", "2026-11-21T10:00:00Z", "12:30", "1:30:45", "190:20:30.15")],
        # numbers
        ("0", 0),
        ("-17", -17),
        ("+17", 17),
        ("010", 10),
        ("0o17", 15),
        ("0o8", "0o8"),
        ("0x1F", 31),
        ("-0x1F", "-0x1F"),
        ("0b101", "0b101"),
        ("1_000", "1_000"),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        ("-1.5e+2", -150.0),
        ("1.2.3", "1.2.3"),
        ("NaN", "NaN"),
        ("=", "="),
        # quotes make text
        ("'true'", "true"),
        ('"12"', "12"),
        ("'it''s'", "it's"),
        ('"\\u00e9\\n"', "é\n"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("!!float 12", 12),
        ("! 12", "12"),
        # text over several lines
        ("|\n  a\n  b\n", "a\nb\n"),
        (">-\n  a\n  b\n", "a b"),
        # collections, an anchor and an alias
        ("[1, {a: b}]", [1, {"a": "b"}]),
        ("\n- &x {a: 1}\n- *x", [{"a": 1}, {"a": 1}]),
        ("[&x 1, &x 2, *x]", [1, 2, 2]),
    ],
)
def test_what_a_scalar_means(text: str, meant: object) -> None:
    assert value(text) == meant
    assert type(value(text)) is type(meant)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: b\n\tc: d", "syntax", (2, 1)),
        ("a:\n  b: 1\n c: 2", "syntax", (3, 2)),
        ("a: b: c", "syntax", (1, 5)),
        ("a: 1\nb c\nd: 2", "syntax", (2, 1)),
        ("a: 'x\nb: c", "syntax", (1, 4)),
        ('a: "x\nb: c', "syntax", (1, 4)),
        ("a: [1, 2\nb: 3", "syntax", (1, 4)),
        ("a: {b: 1\nc: 2", "syntax", (1, 4)),
        ("a: @x", "syntax", (1, 4)),
        ("a: 'b' c", "syntax", (1, 8)),
        ("a: {>: [1, 2]}", "syntax", (1, 5)),
        ('a: "\\q"', "syntax", (1, 6)),
        ("a: 1\n---\nb: 2", "several_documents", (2, 1)),
        ("a: 1\nb: 2\na: 3", "duplicate_key", (3, 1)),
        ("x: {a: 1, 'a': 2}", "duplicate_key", (1, 11)),
        ("a: &x {b: 1}\nc:\n  <<: *x", "merge_key", (3, 3)),
        ("1: a", "key_not_text", (1, 1)),
        ("true: a", "key_not_text", (1, 1)),
        ("~: a", "key_not_text", (1, 1)),
        ("? [a, b]\n: c", "key_not_text", (1, 3)),
        ("a: !!python/object:os.system x", "bad_tag", (1, 4)),
        ("a: !thing {b: 1}", "bad_tag", (1, 4)),
        ("a: !!int x", "bad_tag", (1, 4)),
        ("a: !!set {b, c}", "bad_tag", (1, 4)),
        ("a: !!binary aGk=", "bad_tag", (1, 4)),
        ("a: !!timestamp 2026-11-21", "bad_tag", (1, 4)),
        ("a: .nan", "not_finite", (1, 4)),
        ("a: -.inf", "not_finite", (1, 4)),
        ("a: 1e999", "number_too_large", (1, 4)),
        ("a: " + "9" * 500, "number_too_large", (1, 4)),
        ("a: 9007199254740992", "number_too_large", (1, 1)),
        ("a: *nowhere", "unknown_alias", (1, 4)),
        ("a: &x [*x]", "endless_alias", (1, 8)),
        ("a: &x {b: {c: *x}}", "endless_alias", (1, 15)),
        ("a: b\x00", "bad_character", (1, 5)),
        ("a: 1\nb: \x07", "bad_character", (2, 4)),
        ('a: "\\0"', "bad_character", (1, 1)),
        ('a: "\\ud800"', "bad_character", (1, 1)),
        ("a:\n  __proto__: 1", "reserved_name", (2, 3)),
        ("- a\n- b", "not_an_object", (1, 1)),
        ("just text", "not_an_object", (1, 1)),
        ("", "empty", (1, 1)),
        ("\n\n  # only a comment\n", "not_an_object", (1, 1)),
    ],
)
def test_what_is_refused_names_line_and_column(text: str, code: str, place: tuple[int, int]) -> None:
    problem = refused(text)
    assert (problem.code, (problem.line, problem.column)) == (code, place)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a:\n\t- b", "spaces"),
        ("a: 1\nb c\nd: 2", "`key: value`"),
        ("a: 'b", "quote"),
        ("a: [b", "`]`"),
        ("a: {!: 1}", '{"!": ...}'),
        ("yes: 1\n<<: {a: 1}", "aliases for whole values"),
        ("a: 1\n b: 2", "colon"),
    ],
)
def test_the_hint_says_how_to_mend_it(text: str, hint: str) -> None:
    assert hint in (refused(text).hint or "")


def test_several_mistakes_that_can_be_read_on_from_come_at_once() -> None:
    with pytest.raises(Unreadable) as caught:
        read("a: 1\na: 2\n3: x\nb: !t y\n", "application/yaml")
    assert [problem.code for problem in caught.value.problems] == ["duplicate_key", "key_not_text", "bad_tag"]


def laughs(levels: int, width: int = 9) -> str:
    lines = ["a0: &a0 [lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


@pytest.mark.parametrize("levels", [6, 12, 19])
def test_a_billion_laughs_are_refused_before_they_are_written_out(levels: int) -> None:
    assert refused(laughs(levels)).code == "too_large"


def test_aliases_that_stay_small_are_taken() -> None:
    assert len(read(laughs(4)).document["a3"]) == 9


def test_a_long_text_behind_many_aliases_is_a_bomb_too() -> None:
    text = f"a: &a {'x' * 100_000}\nb: [*a, *a, *a]"
    assert refused(text).code == "too_large"


def test_a_chain_of_aliases_that_gets_too_deep_is_refused() -> None:
    lines = ["a0: &a0 [x]", *[f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 30)]]
    assert refused("\n".join(lines)).code == "too_deep"


@pytest.mark.parametrize("media", ["application/yaml", "application/json"])
def test_ten_thousand_brackets_are_refused_without_recursion(media: str) -> None:
    assert refused('{"a": ' + "[" * 10_000, media).code == "too_deep"


@pytest.mark.parametrize("media", ["application/yaml", "application/json"])
def test_a_document_of_256_kb_is_read_and_one_byte_more_is_not(media: str) -> None:
    text = '{"a": "%s"}' % ("x" * (256 * 1024 - 9))
    assert len(text) == 256 * 1024
    assert read(text, media).document["a"].startswith("xxx")
    assert refused(text + " ", media).code == "too_large"


def test_bytes_are_utf_8_with_or_without_a_mark() -> None:
    assert read("\ufeffa: é".encode()).document == {"a": "é"}
    assert read("\ufeffa: é").document == {"a": "é"}
    problem = refused("a: 1\nb: é".encode("latin-1"))
    assert (problem.code, problem.line, problem.column) == ("not_utf8", 2, 4)


def test_places_are_those_of_keys_and_entries() -> None:
    source = read("a:\n  b: [x, y]\n  c:\n    - d: 1\ne/f: ~\n")
    assert source.place("") == (1, 1)
    assert source.place("/a/b") == (2, 3)
    assert source.place("/a/b/1") == (2, 10)
    assert source.place("/a/c/0/d") == (4, 7)
    assert source.place("/e~1f") == (5, 1)
    assert source.place("/nowhere") is None


def test_a_place_behind_an_alias_is_where_it_was_written() -> None:
    source = read("a: &x\n  b: 1\nc: *x\n")
    assert source.document == {"a": {"b": 1}, "c": {"b": 1}}
    assert source.place("/c") == (3, 1)
    assert source.place("/c/b") == (2, 3)
    source.document["c"]["b"] = 2
    assert source.document["a"]["b"] == 1
