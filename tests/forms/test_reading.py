"""Which fields a form writes (engine.md, Iterations and writes), and how it comes back (ux.md, Standards)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from tests.forms.browser import Page
from ticketflower.forms import Form, build_form
from ticketflower.problems import Problem

SCHEMAS: dict[str, Any] = {
    "item": {"type": "string", "title": "What do you need?"},
    "amount": {"type": "number", "title": "Amount in EUR", "minimum": 0},
    "approved": {"type": "boolean", "title": "Approved?"},
    "remarks": {"type": "string", "title": "Remarks", "format": "textarea"},
    "rate": {"type": "number", "default": 0.19},
}


def form_of(shown: Mapping[str, object], *, fields: list[str], optional: list[str] | None = None) -> Form:
    return build_form(SCHEMAS, fields, optional or [], None, shown)


class TestWhatIsWritten:
    def test_an_optional_answer_equal_to_what_was_shown_is_left_out(self) -> None:
        form = form_of({"remarks": "fine", "amount": 5}, fields=["amount", "remarks"], optional=["amount", "remarks"])
        assert form.read(Page.of(form).sent(f_remarks="better")).data == {"remarks": "better"}

    def test_an_optional_answer_equal_but_for_spaces_is_left_out(self) -> None:
        form = form_of({"remarks": "a\n b "}, fields=["remarks"], optional=["remarks"])
        assert form.read(Page.of(form).sent(f_remarks=" a\r\n b\r\n")).data == {}

    def test_a_required_answer_is_always_written(self) -> None:
        form = form_of({"item": "Desk"}, fields=["item"])
        assert form.read(Page.of(form).sent()).data == {"item": "Desk"}

    def test_an_emptied_optional_answer_is_null(self) -> None:
        form = form_of({"remarks": "fine"}, fields=["remarks"], optional=["remarks"])
        assert form.read(Page.of(form).sent(f_remarks="  ")).data == {"remarks": None}

    def test_a_default_is_shown_and_not_written_by_itself(self) -> None:
        form = form_of({}, fields=["rate"], optional=["rate"])
        assert form.controls[0].entry == "0.19"
        assert form.read(Page.of(form).sent()).data == {}

    def test_a_default_of_a_required_field_is_written_with_the_form(self) -> None:
        form = form_of({}, fields=["rate"])
        assert form.read(Page.of(form).sent()).data == {"rate": 0.19}

    def test_a_present_value_wins_over_the_default_also_when_it_was_emptied(self) -> None:
        assert form_of({"rate": 0.07}, fields=["rate"]).controls[0].entry == "0.07"
        assert form_of({"rate": None}, fields=["rate"]).controls[0].entry == ""

    def test_a_value_with_spaces_around_it_is_written_again_as_it_was(self) -> None:
        form = form_of({"item": " Desk "}, fields=["item"])
        assert form.read(Page.of(form).sent()).data == {"item": " Desk "}

    def test_no_is_an_answer(self) -> None:
        form = form_of({}, fields=["approved"])
        assert form.read(Page.of(form).sent(f_approved="false")).data == {"approved": False}

    def test_an_optional_field_that_a_script_hid_is_left_out(self) -> None:
        form = form_of({"remarks": "fine"}, fields=["item", "remarks"], optional=["remarks"])
        assert form.read(Page.of(form).sent(f_item="x", f_remarks=None)).data == {"item": "x"}

    def test_a_required_field_that_was_not_sent_is_asked_for(self) -> None:
        form = form_of({"item": "Desk"}, fields=["item"])
        reading = form.read(MultiDict())
        assert [problem.detail for problem in reading.problems] == ['Enter an answer to "What do you need?"']

    def test_what_is_not_this_forms_is_not_read(self) -> None:
        form = form_of({}, fields=["item"])
        answers = Page.of(form).sent(f_item="x")
        answers.add("f-amount", "3")
        answers.add("item", "y")
        assert form.read(answers).data == {"item": "x"}

    def test_what_the_form_showed_counts_and_not_what_stands_there_by_now(self) -> None:
        opened = form_of({"remarks": "old"}, fields=["remarks"], optional=["remarks"])
        answers = Page.of(opened).sent()
        meanwhile = form_of({"remarks": "new"}, fields=["remarks"], optional=["remarks"])
        assert meanwhile.read(answers).data == {}
        answers["f-remarks"] = "new"
        assert meanwhile.read(answers).data == {"remarks": "new"}

    def test_what_the_form_showed_first_is_remembered_when_it_comes_back(self) -> None:
        opened = form_of({"remarks": "old"}, fields=["item", "remarks"], optional=["remarks"])
        answers = Page.of(opened).sent()
        meanwhile = form_of({"remarks": "new"}, fields=["item", "remarks"], optional=["remarks"])
        again = Page.of(meanwhile.with_reading(meanwhile.read(answers)))
        assert meanwhile.read(again.sent(f_item="x")).data == {"item": "x"}

    def test_a_shown_value_that_its_schema_no_longer_takes_is_not_written_again_as_it_was(self) -> None:
        form = form_of({"amount": "5"}, fields=["amount"])
        assert form.read(Page.of(form).sent()).data == {"amount": 5}

    def test_an_optional_field_required_now_is_written_although_unchanged(self) -> None:
        form = form_of({"remarks": "fine"}, fields=["approved", "remarks"], optional=["remarks"])
        seen: list[Mapping[str, object]] = []

        def when_refused(data: Mapping[str, object]) -> list[str]:
            seen.append(data)
            return ["remarks"] if data["approved"] is False else []

        answers = Page.of(form).sent(f_approved="false")
        assert form.read(answers, when_refused).data == {"approved": False, "remarks": "fine"}
        assert seen == [{"approved": False}]
        answers["f-remarks"] = ""
        assert [p.detail for p in form.read(answers, when_refused).problems] == ["Enter remarks"]
        assert form.read(Page.of(form).sent(f_approved="true"), when_refused).data == {"approved": True}


class TestComingBack:
    def test_every_answer_is_kept_as_it_was_typed(self) -> None:
        form = form_of({}, fields=["item", "amount", "approved", "remarks"])
        answers = Page.of(form).sent(f_item=" Desk ", f_amount="a lot", f_approved="true", f_remarks="a\r\nb")
        page = Page.of(form.with_reading(form.read(answers)))
        assert page.by_id("f-item").get("value") == " Desk "
        assert page.by_id("f-amount").get("value") == "a lot"
        assert page.by_id("f-approved").get("checked") == ""
        assert (page.by_id("f-remarks").text or "").split() == ["a", "b"]

    def test_the_summary_names_each_problem_in_the_forms_order_and_leads_to_its_control(self) -> None:
        form = form_of({}, fields=["item", "amount", "approved"])
        page = Page.of(form.with_reading(form.read(Page.of(form).sent(f_amount="x"))))
        summary = page.by_id("error-summary")
        assert (summary.get("role"), summary.get("tabindex"), summary.get("autofocus")) == ("alert", "-1", "")
        assert page.text(summary).startswith("There is a problem")
        assert [(link.get("href"), link.text) for link in summary.iter("a")] == [
            ("#f-item", 'Enter an answer to "What do you need?"'),
            ("#f-amount", "Amount in EUR must be a number, like 1250.50"),
            ("#f-approved", 'Select yes or no for "Approved?"'),
        ]
        assert all(page.by_id((link.get("href") or "")[1:]) is not None for link in summary.iter("a"))

    def test_a_field_that_could_not_be_read_has_one_problem_only(self) -> None:
        form = form_of({}, fields=["amount"])
        assert [p.code for p in form.read(Page.of(form).sent(f_amount="x")).problems] == ["type"]

    def test_a_services_problems_find_their_controls_and_the_others_stay_in_the_summary(self) -> None:
        form = form_of({}, fields=["item", "amount"])
        told = form.with_problems(
            [Problem("/amount/deep", "Amount is over the limit"), Problem("", "The ticket is closed")]
        )
        assert [(p.detail, p.control_id) for p in told.problems] == [
            ("The ticket is closed", ""),
            ("Amount is over the limit", "f-amount"),
        ]
        page = Page.of(told)
        assert "The ticket is closed" in page.text(page.by_id("error-summary"))

    def test_a_services_pointers_begin_with_where_the_data_was_sent(self) -> None:
        form = build_form({"data": {}, "amount": {}}, ["data", "amount"], [], None, {})
        told = form.with_problems(
            [Problem("/data/amount", "Too much"), Problem("/data/data", "Too odd")], under="/data"
        )
        assert [(p.detail, p.control_id) for p in told.problems] == [("Too odd", "f-data"), ("Too much", "f-amount")]

    def test_two_problems_of_one_control_stand_both_beside_it(self) -> None:
        schema = {"type": "array", "title": "Tags", "items": {"type": "string", "maxLength": 1}}
        form = build_form({"tags": schema}, ["tags"], [], None, {})
        reading = form.read(Page.of(form).sent(f_tags="a\nbb\ncc"))
        assert [p.pointer for p in reading.problems] == ["/tags/1", "/tags/2"]
        again = form.with_reading(reading)
        assert len(again.controls[0].errors) == 2
        assert {p.control_id for p in again.problems} == {"f-tags"}

    def test_a_line_that_can_not_be_read_is_named(self) -> None:
        schema = {"type": "array", "title": "Amounts", "items": {"type": "number"}}
        form = build_form({"amounts": schema}, ["amounts"], [], None, {})
        (problem,) = form.read(Page.of(form).sent(f_amounts="1\nx")).problems
        assert (problem.pointer, problem.detail) == (
            "/amounts/1",
            "Entry 2 of Amounts must be a number, like 1250.50",
        )

    def test_a_fresh_form_has_no_summary(self) -> None:
        assert Page.of(form_of({}, fields=["item"])).all(id="error-summary") == []

    def test_a_draft_comes_back_unread(self) -> None:
        form = form_of({"remarks": "fine"}, fields=["amount", "remarks"], optional=["remarks"])
        draft = form.with_answers(Page.of(form).sent(f_amount="a lo", f_remarks="better"))
        assert draft.problems == ()
        assert [control.entry for control in draft.controls] == ["a lo", "better"]
        assert form.read(Page.of(draft).sent(f_amount="3")).data == {"amount": 3, "remarks": "better"}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("{", "Notes must be JSON: line 1, column 2 can't be read"),
        ("NaN", "Notes must be JSON with finite numbers and at most 20 levels"),
        ("[" * 100_000, "Notes must be JSON with finite numbers and at most 20 levels"),
        ("1" * 5_000, "Notes must be JSON with finite numbers and at most 20 levels"),
        ("[" * 30 + "]" * 30, "must not be nested deeper than 20 levels"),
        ('"\\ud800"', "Notes must not hold NUL or half of a surrogate pair: neither can be stored"),
        ("1e400", "Notes must be a number that JSON knows, not NaN or Infinity"),
    ],
    ids=range(7),
)
def test_json_that_can_not_be_kept_is_a_sentence_and_never_raises(typed: str, sentence: str) -> None:
    form = build_form({"notes": {}}, ["notes"], [], None, {})
    reading = form.read(Page.of(form).sent(f_notes=typed))
    assert [problem.detail.endswith(sentence) for problem in reading.problems] == [True]
    Page.of(form.with_reading(reading))


@pytest.mark.parametrize("typed", ["a\0b", "x" * 1_000_001], ids=["NUL", "too long"])
def test_text_that_can_not_be_kept_is_a_sentence(typed: str) -> None:
    (problem,) = form_of({}, fields=["item"]).read(MultiDict([("f-item", typed)])).problems
    assert problem.detail.startswith('Your answer to "What do you need?" ')
