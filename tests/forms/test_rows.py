"""Lists of rows and groups: they work without script, by buttons that send the form (ux.md, Standards)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.forms.browser import Page
from ticketflower.forms import ROW_BUTTON, Form, build_form
from ticketflower.forms.rows import RowChange

LINE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string", "title": "Name", "maxLength": 5},
        "amount": {"type": "integer", "title": "Amount"},
        "urgent": {"type": "boolean", "title": "Urgent?"},
        "parts": {
            "type": "array",
            "title": "Parts",
            "items": {"type": "object", "properties": {"code": {"type": "string"}}},
        },
    },
}
ITEMS: dict[str, Any] = {"type": "array", "title": "Items", "maxItems": 3, "items": LINE}
ADDRESS = {
    "type": "object",
    "title": "Address",
    "required": ["street"],
    "properties": {"street": {"type": "string", "title": "Street"}, "floor": {"type": "integer", "title": "Floor"}},
}


def form_of(value: object = None, *, schema: dict[str, Any] = ITEMS, optional: bool = False) -> Form:
    shown = {} if value is None else {"rows": value}
    return build_form({"rows": schema}, ["rows"], ["rows"] if optional else [], None, shown)


def press(form: Form, page: Page, button: str, **typed: str) -> Form:
    assert page.all("button", name=ROW_BUTTON, value=button), f"there is no button {button}"
    answers = page.sent(**typed)
    answers.add(ROW_BUTTON, button)
    after = form.row_change(answers)
    assert after is not None
    return after


class TestRows:
    def test_a_required_list_begins_with_one_row_and_an_optional_one_with_none(self) -> None:
        assert len(form_of().controls[0].children) == 1
        assert len(form_of(optional=True).controls[0].children) == 0

    def test_a_row_is_added_by_a_button_with_every_answer_kept(self) -> None:
        form = form_of()
        after = press(form, Page.of(form), "add f-rows", **{"f_rows-0-name": " Desk", "f_rows-0-amount": "many"})
        page = Page.of(after)
        assert page.by_id("f-rows-0-name").get("value") == " Desk"
        assert page.by_id("f-rows-0-amount").get("value") == "many"
        assert page.by_id("f-rows-1-name").get("autofocus") == ""
        assert page.all(id="error-summary") == []

    def test_a_row_is_removed_by_a_button_and_those_after_it_move_up(self) -> None:
        form = form_of([{"name": "a"}, {"name": "b", "urgent": True}, {"name": "c", "parts": [{"code": "x"}]}])
        page = Page.of(press(form, Page.of(form), "remove f-rows-1"))
        assert form.read(page.sent()).data == {"rows": [{"name": "a"}, {"name": "c", "parts": [{"code": "x"}]}]}

    def test_the_last_row_can_be_removed_because_nothing_is_an_answer(self) -> None:
        form = form_of([{"name": "a"}])
        page = Page.of(press(form, Page.of(form), "remove f-rows-0"))
        assert (form.read(page.sent()).data, form.read(page.sent()).problems) == ({"rows": []}, ())

    def test_rows_stop_at_the_most_that_the_schema_takes(self) -> None:
        form = form_of([{"name": "a"}, {"name": "b"}, {"name": "c"}])
        assert Page.of(form).all("button", value="add f-rows") == []
        assert len(form.with_row(RowChange("f-rows")).controls[0].children) == 3

    def test_a_row_within_a_row_is_added_and_removed_likewise(self) -> None:
        form = form_of([{"name": "a"}, {"name": "b", "parts": [{"code": "x"}, {"code": "y"}]}])
        page = Page.of(press(form, Page.of(form), "remove f-rows-1-parts-0"))
        assert form.read(page.sent()).data == {"rows": [{"name": "a"}, {"name": "b", "parts": [{"code": "y"}]}]}
        grown = press(form, page, "add f-rows-0-parts")
        assert len(grown.controls[0].children[0].children[3].children) == 1

    def test_rows_in_which_nothing_stands_are_dropped(self) -> None:
        form = form_of().with_row(RowChange("f-rows")).with_row(RowChange("f-rows"))
        reading = form.read(Page.of(form).sent(**{"f_rows-2-name": "last"}))
        assert (reading.data, reading.problems) == ({"rows": [{"name": "last"}]}, ())

    def test_a_problem_counts_the_rows_as_they_come_back(self) -> None:
        form = form_of().with_row(RowChange("f-rows")).with_row(RowChange("f-rows"))
        reading = form.read(Page.of(form).sent(**{"f_rows-1-amount": "3", "f_rows-2-name": "too long"}))
        assert [(p.pointer, p.detail) for p in reading.problems] == [
            ("/rows/0/name", "Enter name in row 1 of Items"),
            ("/rows/1/name", "Name in row 2 of Items must be 5 characters or fewer"),
        ]
        page = Page.of(form.with_reading(reading))
        assert page.by_id("f-rows-1-name").get("value") == "too long"
        assert page.text(page.by_id("error-f-rows-0-name")) == "Enter name in row 1 of Items"

    def test_an_answer_that_can_not_be_read_names_its_row(self) -> None:
        form = form_of([{"name": "a"}, {"name": "b"}])
        (problem,) = form.read(Page.of(form).sent(**{"f_rows-1-amount": "many"})).problems
        assert (problem.pointer, problem.detail) == (
            "/rows/1/amount",
            "Amount in row 2 of Items must be a whole number, like 12",
        )

    def test_an_optional_list_that_was_emptied_is_null(self) -> None:
        form = form_of([{"name": "a"}], optional=True)
        page = Page.of(press(form, Page.of(form), "remove f-rows-0"))
        assert form.read(page.sent()).data == {"rows": None}

    def test_what_a_row_holds_beside_its_controls_travels_along(self) -> None:
        form = form_of([{"name": "a"}, {"name": "b", "id": 7, "x": None}])
        page = Page.of(press(form, Page.of(form), "remove f-rows-0"))
        assert form.read(page.sent(**{"f_rows-0-name": "c"})).data == {"rows": [{"name": "c", "id": 7, "x": None}]}

    @pytest.mark.parametrize("beside", ["{", "[]", "[" * 100_000, '{"name": 3}'])
    def test_what_travels_along_is_checked_like_any_answer(self, beside: str) -> None:
        form = form_of([{"name": "a"}])
        answers = Page.of(form).sent(**{"f_rows-0-name": "b"})
        answers["x-f-rows-0"] = beside
        assert form.read(answers).data == {"rows": [{"name": "b"}]}

    @pytest.mark.parametrize("count", ["", "x", "-1", "1e9", "99999", "２", "1.5"])
    def test_a_count_that_is_none_is_no_rows_and_never_raises(self, count: str) -> None:
        form = form_of([{"name": "a"}])
        assert form.read(Page.of(form).sent(f_rows=count)).data == {"rows": []}

    def test_more_rows_than_anyone_types_are_cut_off(self) -> None:
        form = form_of(schema={**ITEMS, "maxItems": 10_000})
        assert len(form.with_answers(Page.of(form).sent(f_rows="9999")).controls[0].children) == 200

    @pytest.mark.parametrize(
        ("pressed", "asked"),
        [
            ("add f-rows", RowChange("f-rows")),
            ("remove f-rows-12", RowChange("f-rows", 12)),
            ("remove f-a-0-b-1", RowChange("f-a-0-b", 1)),
            ("remove f-rows", None),
            ("remove csrf_token-1", None),
            ("add csrf_token", None),
            ("", None),
            (None, None),
            ("drop f-rows-1", None),
            ("remove f-rows-99999", None),
        ],
    )
    def test_only_the_buttons_for_rows_change_rows(self, pressed: str | None, asked: RowChange | None) -> None:
        assert RowChange.asked_for(pressed) == asked

    @pytest.mark.parametrize("button", ["remove f-rows-7", "add f-other", "remove f-other-0"])
    def test_a_row_that_is_not_there_changes_nothing(self, button: str) -> None:
        form = form_of([{"name": "a"}])
        answers = Page.of(form).sent()
        answers.add(ROW_BUTTON, button)
        after = form.row_change(answers)
        assert after is not None
        assert form.read(Page.of(after).sent()).data == {"rows": [{"name": "a"}]}

    def test_without_a_button_for_rows_the_form_was_sent(self) -> None:
        form = form_of()
        assert form.row_change(Page.of(form).sent()) is None

    def test_the_enter_key_sends_the_form_and_never_removes_a_row(self) -> None:
        first = Page.of(form_of([{"name": "a"}])).all("button")[0]
        assert (first.get("type"), first.get("name"), first.get("hidden")) == ("submit", None, "")
        assert Page.of(form_of(schema=ADDRESS)).all("button") == []


class TestGroups:
    def test_a_group_is_read_as_an_object_without_what_was_left_empty(self) -> None:
        form = form_of(schema=ADDRESS)
        assert form.read(Page.of(form).sent(**{"f_rows-street": "Main"})).data == {"rows": {"street": "Main"}}

    def test_an_optional_group_left_empty_is_left_out_and_emptied_is_null(self) -> None:
        form = form_of(schema=ADDRESS, optional=True)
        assert form.read(Page.of(form).sent()).data == {}
        form = form_of({"street": "Main"}, schema=ADDRESS, optional=True)
        assert form.read(Page.of(form).sent(**{"f_rows-street": ""})).data == {"rows": None}

    def test_a_required_group_asks_for_what_is_required_in_it(self) -> None:
        form = form_of(schema=ADDRESS)
        reading = form.read(Page.of(form).sent())
        assert [(p.pointer, p.detail) for p in reading.problems] == [("/rows/street", "Enter street")]
        assert [p.control_id for p in form.with_reading(reading).problems] == ["f-rows-street"]

    def test_what_a_group_holds_beside_its_controls_is_kept(self) -> None:
        form = form_of({"street": "Main", "zip": "123"}, schema=ADDRESS)
        data = form.read(Page.of(form).sent(**{"f_rows-street": "High"})).data
        assert data == {"rows": {"street": "High", "zip": "123"}}
