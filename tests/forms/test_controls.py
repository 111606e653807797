"""Every kind of control: which schema gets it, how it is drawn, what is read back (document.md, Forms)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.forms.browser import Page
from ticketflower.forms import Choice, Form, Kind, build_form
from ticketflower.problems import Problem

USERS = (Choice("7", "Ana Example"), Choice("8", "Bo Example"))
OBJECT = {"type": "object", "properties": {"name": {"type": "string"}}}


def form_of(schema: dict[str, Any], layout: object = None, *, value: object = None, optional: bool = False) -> Form:
    shown = {} if value is None else {"a": value}
    return build_form({"a": schema}, ["a"], ["a"] if optional else [], {"a": layout}, shown, users=USERS)


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "string"}, Kind.TEXT),
        ({"type": "string", "maxLength": 200}, Kind.TEXT),
        ({"type": "string", "maxLength": 201}, Kind.TEXTAREA),
        ({"type": "string", "format": "textarea"}, Kind.TEXTAREA),
        ({"type": "string", "format": "email"}, Kind.EMAIL),
        ({"type": "string", "format": "uri"}, Kind.URI),
        ({"type": "string", "format": "date"}, Kind.DATE),
        ({"type": "string", "format": "date-time"}, Kind.DATE_TIME),
        ({"type": "string", "format": "time"}, Kind.TIME),
        ({"type": "string", "format": "file"}, Kind.FILE),
        ({"type": "string", "format": "user"}, Kind.USER),
        ({"type": "string", "format": "hostname"}, Kind.TEXT),
        ({"type": ["string", "null"]}, Kind.TEXT),
        ({"type": "number"}, Kind.NUMBER),
        ({"type": "integer"}, Kind.INTEGER),
        ({"type": "boolean"}, Kind.RADIOS),
        ({"enum": ["a", "b", "c", "d", "e"]}, Kind.RADIOS),
        ({"enum": ["a", "b", "c", "d", "e", None]}, Kind.RADIOS),
        ({"enum": ["a", "b", "c", "d", "e", "f"]}, Kind.SELECT),
        ({"oneOf": [{"const": "a", "title": "A"}]}, Kind.RADIOS),
        ({"type": "boolean", "const": True}, Kind.RADIOS),
        ({"type": "array", "items": {"enum": ["a", "b", "c", "d", "e", "f"]}}, Kind.CHECKBOXES),
        ({"type": "array", "items": {"type": "string", "format": "user"}}, Kind.CHECKBOXES),
        ({"type": "array", "items": {"type": "string"}}, Kind.LINES),
        ({"type": "array", "items": {"type": "string", "maxLength": 500}}, Kind.LINES),
        ({"type": "array", "items": {"type": "integer"}}, Kind.LINES),
        ({"type": "array", "items": {"type": "string", "format": "file"}}, Kind.FILE),
        ({"type": "array", "items": OBJECT}, Kind.ROWS),
        (OBJECT, Kind.GROUP),
        ({}, Kind.JSON),
        ({"type": "null"}, Kind.JSON),
        ({"type": ["string", "number"]}, Kind.JSON),
        ({"type": "object"}, Kind.JSON),
        ({"type": "array"}, Kind.JSON),
        ({"type": "array", "items": {"type": "boolean"}}, Kind.JSON),
        ({"type": "array", "items": {"type": "string", "format": "textarea"}}, Kind.JSON),
        ({"type": "array", "items": {"type": "array", "items": {"type": "string"}}}, Kind.JSON),
    ],
)
def test_the_schema_chooses_the_control(schema: dict[str, Any], kind: Kind) -> None:
    (control,) = form_of(schema).controls
    assert control.kind is kind


@dataclass(frozen=True)
class Case:
    schema: dict[str, Any]
    tag: str
    attributes: dict[str, str]
    typed: str | list[str]
    value: object
    stands: str | list[str] = ""
    """What stands in the control when it shows the value, where that is not what was typed."""


CASES = {
    "text": Case({"type": "string"}, "input", {"type": "text"}, "  hello ", "hello", "hello"),
    "long text": Case({"format": "textarea", "type": "string"}, "textarea", {"rows": "5"}, "a\r\nb", "a\nb"),
    "email": Case(
        {"type": "string", "format": "email"},
        "input",
        {"type": "email", "autocomplete": "email", "spellcheck": "false"},
        "name@example.com",
        "name@example.com",
    ),
    "uri": Case(
        {"type": "string", "format": "uri"}, "input", {"type": "url"}, "https://example.com", "https://example.com"
    ),
    "date": Case({"type": "string", "format": "date"}, "input", {"type": "date"}, "2026-11-21", "2026-11-21"),
    "time": Case({"type": "string", "format": "time"}, "input", {"type": "time"}, "14:30", "14:30:00"),
    "date-time": Case(
        {"type": "string", "format": "date-time"},
        "input",
        {"type": "datetime-local"},
        "2026-11-21T14:30",
        "2026-11-21T14:30:00Z",
    ),
    "number": Case({"type": "number"}, "input", {"type": "text", "inputmode": "decimal"}, "1,250.50", 1250.5, "1250.5"),
    "integer": Case({"type": "integer"}, "input", {"type": "text", "inputmode": "text"}, "-3", -3),
    "count": Case({"type": "integer", "minimum": 0}, "input", {"inputmode": "numeric"}, "3", 3),
    "yes or no": Case({"type": "boolean"}, "input", {"type": "radio"}, "false", False),
    "radios": Case({"enum": ["a", "b"]}, "input", {"type": "radio"}, "b", "b"),
    "numbers to choose from": Case({"enum": [1, 2.5]}, "input", {"type": "radio"}, "2.5", 2.5),
    "select": Case({"enum": list("abcdef")}, "select", {}, "c", "c"),
    "constants that no attribute keeps": Case({"enum": ["a\n", " a", [1]]}, "input", {"type": "radio"}, "2", [1]),
    "checkboxes": Case(
        {"type": "array", "items": {"enum": ["a", "b", "c"]}}, "input", {"type": "checkbox"}, ["a", "c"], ["a", "c"]
    ),
    "user": Case({"type": "string", "format": "user"}, "select", {}, "8", "8"),
    "lines": Case({"type": "array", "items": {"type": "string"}}, "textarea", {}, " a\r\n\r\nb ", ["a", "b"], "a\nb"),
    "numbers, one a line": Case(
        {"type": "array", "items": {"type": "number"}}, "textarea", {}, "1,5\n2", [1.5, 2], "1.5\n2"
    ),
    "json": Case({}, "textarea", {"spellcheck": "false"}, '{"x":[1]}', {"x": [1]}, '{\n  "x": [\n    1\n  ]\n}'),
}


def is_group(case: Case) -> bool:
    """Whether the control is several inputs, named together by a legend."""
    return case.attributes.get("type") in ("radio", "checkbox")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
class TestEachControl:
    def test_is_drawn_as_its_element(self, case: Case) -> None:
        element = Page.of(form_of(case.schema)).by_id("f-a")
        assert element.tag == case.tag
        assert {name: element.get(name) for name in case.attributes} == case.attributes

    def test_has_a_label_that_names_it(self, case: Case) -> None:
        page = Page.of(form_of({**case.schema, "title": "What is it?"}))
        named = page.one("legend") if is_group(case) else page.one("label", _for="f-a")
        assert page.text(named) == "What is it?"

    def test_gives_the_value_that_was_typed(self, case: Case) -> None:
        for optional in (True, False):
            form = form_of(case.schema, optional=optional)
            reading = form.read(Page.of(form).sent(f_a=case.typed))
            assert (reading.data, reading.problems) == ({"a": case.value}, ())

    def test_shows_its_value(self, case: Case) -> None:
        (control,) = form_of(case.schema, value=case.value).controls
        stands = case.stands or (case.typed.replace("\r", "") if isinstance(case.typed, str) else case.typed)
        assert list(control.entries) == ([stands] if isinstance(stands, str) else stands)

    def test_left_unanswered_is_left_out_when_optional(self, case: Case) -> None:
        form = form_of(case.schema, optional=True)
        assert (form.read(Page.of(form).sent()).data, form.problems) == ({}, ())

    def test_emptied_is_null_when_optional(self, case: Case) -> None:
        form = form_of(case.schema, value=case.value, optional=True)
        reading = form.read(Page.of(form).sent(f_a=""))
        assert (reading.data, reading.problems) == ({"a": None}, ())

    def test_left_unanswered_is_a_problem_when_required_unless_nothing_is_an_answer(self, case: Case) -> None:
        form = form_of(case.schema)
        reading = form.read(Page.of(form).sent())
        if isinstance(case.value, list) and case.schema.get("type") == "array":
            assert (reading.data, reading.problems) == ({"a": []}, ())
        else:
            assert [(p.pointer, p.code) for p in reading.problems] == [("/a", "required")]

    def test_shows_its_problem_beside_it_and_in_the_summary(self, case: Case) -> None:
        form = form_of({**case.schema, "title": "It"})
        page = Page.of(form.with_problems([Problem("/a", "It must be <b>better</b>")]))
        assert page.text(page.by_id("error-f-a")) == "It must be <b>better</b>"
        assert page.one("a", href="#f-a").text == "It must be <b>better</b>"
        (described,) = [e for e in page.root.iter() if "error-f-a" in (e.get("aria-describedby") or "").split()]
        assert described.tag == ("fieldset" if is_group(case) else case.tag)
        assert described.get("aria-invalid") == (None if is_group(case) else "true")


def test_an_optional_choice_can_be_taken_back_without_script() -> None:
    page = Page.of(form_of({"type": "boolean"}, value=True, optional=True))
    assert [(e.get("value"), e.get("checked")) for e in page.all("input", type="radio")] == [
        ("true", ""), ("false", None), ("", None)
    ]  # fmt: skip
    assert "No answer" in page.text()
    assert "No answer" not in Page.of(form_of({"type": "boolean"})).text()


def test_an_optional_field_says_so() -> None:
    assert "(optional)" in Page.of(form_of({"type": "string"}, optional=True)).text()
    assert "(optional)" not in Page.of(form_of({"type": "string"})).text()


def test_constants_are_offered_by_their_titles_and_descriptions() -> None:
    schema = {"oneOf": [{"const": "redo", "title": "Once more", "description": "Back to the writer"}, {"const": True}]}
    page = Page.of(form_of(schema))
    assert page.text(page.one("label", _for="f-a")) == "Once more Back to the writer"
    assert page.by_id("f-a").get("aria-describedby") == "note-f-a"
    assert page.text(page.one("label", _for="f-a-1")) == "Yes"


def test_a_choice_that_was_not_offered_is_refused() -> None:
    form = form_of({"enum": ["a"], "title": "Verdict"})
    (problem,) = form.read(Page.of(form).sent(f_a="z")).problems
    assert (problem.pointer, problem.detail) == ("/a", "Verdict must be one of the choices")


def test_a_person_who_is_no_longer_offered_stays_chosen() -> None:
    form = form_of({"type": "string", "format": "user"}, value="99")
    page = Page.of(form)
    assert page.text(page.one("option", value="99")) == "Person 99 (not available)"
    assert form.read(page.sent()).data == {"a": "99"}


def test_a_value_with_line_breaks_gets_several_lines_because_an_input_would_lose_them() -> None:
    form = form_of({"type": "string"}, value="a\nb")
    assert form.controls[0].kind is Kind.TEXTAREA
    assert form.read(Page.of(form).sent(f_a="a\r\nb\r\nc")).data == {"a": "a\nb\nc"}


def test_the_first_line_break_of_a_long_text_survives() -> None:
    form = form_of({"type": "string", "format": "textarea"}, value="\n\na")
    assert form.read(Page.of(form).sent()).data == {"a": "\n\na"}


@pytest.mark.parametrize(
    ("kind", "typed"), [("date", "21/11/2026"), ("time", "2pm"), ("date-time", "21/11/2026 2pm"), ("date", "soon")]
)
def test_what_a_picker_would_lose_comes_back_in_a_plain_input(kind: str, typed: str) -> None:
    form = form_of({"type": "string", "format": kind})
    again = Page.of(form.with_reading(form.read(Page.of(form).sent(f_a=typed))))
    assert (again.by_id("f-a").get("type"), again.by_id("f-a").get("value")) == ("text", typed)


class TestFiles:
    def test_an_optional_file_is_coming_soon_and_left_out(self) -> None:
        form = form_of({"type": "string", "format": "file", "title": "Quote"}, optional=True)
        page = Page.of(form)
        assert "Files are coming soon. Leave this as it is for now." in page.text()
        assert (form.read(page.sent()).data, form.missing_files) == ({}, ())

    def test_a_required_file_stops_here_and_the_page_says_so(self) -> None:
        form = form_of({"type": "string", "format": "file", "title": "Signed contract"})
        page = Page.of(form)
        assert "This needs one, so it can't be completed until then." in page.text()
        assert [control.name for control in form.missing_files] == ["f-a"]
        (problem,) = form.read(page.sent()).problems
        assert problem.detail == "Signed contract needs a file, and files can't be uploaded yet"

    def test_a_file_that_is_there_already_is_kept(self) -> None:
        form = form_of({"type": "string", "format": "file"}, value="12")
        page = Page.of(form)
        assert "File 12 is attached." in page.text()
        assert (form.read(page.sent()).data, form.missing_files) == ({"a": "12"}, ())


class TestNames:
    def test_a_control_never_takes_a_name_of_the_page(self) -> None:
        form = build_form({"csrf_token": {"type": "string"}}, ["csrf_token"], [], None, {})
        assert {element.get("name") for element in Page.of(form).all("input")} == {"f-csrf_token"}

    def test_no_two_properties_share_a_name_or_an_id(self) -> None:
        keys = ["a-b", "a", "b", "a.2d.b", "a.b", "a b", "", "-", "0", "é", "\U0001f600", "hint", "1"]
        inner = {"type": "object", "properties": {"b": {"type": "string"}, "0": {"enum": ["x", "y"]}}}
        schema = {"type": "object", "properties": dict.fromkeys(keys, inner)}
        page = Page.of(form_of(schema))
        ids = [element.get("id") for element in page.root.iter() if element.get("id")]
        assert len(ids) == len(set(ids))
        assert all(" " not in id for id in ids if id)
        texts = page.all("input", type="text")
        assert len(texts) == len({element.get("name") for element in texts}) == len(keys)
