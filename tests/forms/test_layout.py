"""Layouts refine controls and can do nothing else (document.md, Forms: the ``ui:*`` vocabulary; layouts are data)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forms.browser import Page
from ticketflower.forms import Form, Kind, build_form, display_values
from ticketflower.forms.layout import Layout

SCHEMAS: dict[str, Any] = {
    "item": {"type": "string", "title": "Item", "description": "What it is"},
    "amount": {"type": "number", "title": "Amount"},
    "approved": {"type": "boolean", "title": "Approved?"},
    "reason": {"type": "string", "title": "Reason"},
    "size": {"enum": ["s", "m", "l", "xl", "xxl", "other"]},
    "rows": {
        "type": "array",
        "items": {"type": "object", "properties": {"name": {"type": "string"}, "note": {"type": "string"}}},
    },
}


def form_of(layout: Any, *fields: str, shown: dict[str, Any] | None = None, **more: Any) -> Form:
    return build_form(SCHEMAS, fields or list(SCHEMAS), ["reason", "rows"], layout, shown or {}, **more)


def keys(form: Form) -> list[object]:
    return [control.path[0] for control in form.controls]


class TestOrder:
    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            (["amount", "item", "reason"], ["amount", "item", "reason"]),
            (["amount"], ["amount", "item", "reason"]),
            (["*", "item"], ["amount", "reason", "item"]),
            (["reason", "*", "item"], ["reason", "amount", "item"]),
            (["nothing", "reason", "reason", 3, None, ["*"]], ["reason", "item", "amount"]),
            ("amount", ["item", "amount", "reason"]),
            (None, ["item", "amount", "reason"]),
        ],
    )
    def test_fields_stand_as_the_layout_says_and_none_is_lost(self, order: object, expected: list[str]) -> None:
        assert keys(form_of({"ui:order": order}, "item", "amount", "reason")) == expected

    def test_inside_a_list_too(self) -> None:
        form = form_of({"rows": {"items": {"ui:order": ["note", "name"]}}}, "rows", shown={"rows": [{}]})
        assert [child.path[-1] for child in form.controls[0].children[0].children] == ["note", "name"]


class TestWords:
    def test_title_help_description_and_placeholder_are_shown(self) -> None:
        layout = {
            "item": {
                "ui:title": "What do you need?",
                "ui:description": "In a word",
                "ui:help": "See the list",
                "ui:placeholder": "A desk",
            }
        }
        page = Page.of(form_of(layout, "item"))
        assert page.text(page.one("label", _for="f-item")) == "What do you need?"
        assert page.text(page.by_id("hint-f-item")) == "In a word See the list"
        assert page.by_id("f-item").get("aria-describedby") == "hint-f-item"
        assert page.by_id("f-item").get("placeholder") == "A desk"

    def test_without_its_own_description_the_schemas_is_shown(self) -> None:
        page = Page.of(form_of({}, "item"))
        assert page.text(page.by_id("hint-f-item")) == "What it is"

    def test_a_problem_uses_the_layouts_title(self) -> None:
        form = form_of({"item": {"ui:title": "What do you need?"}}, "item")
        (problem,) = form.read(Page.of(form).sent()).problems
        assert problem.detail == 'Enter an answer to "What do you need?"'

    def test_the_layouts_error_text_replaces_the_rule_but_not_the_request_for_an_answer(self) -> None:
        form = form_of({"amount": {"ui:errorText": "Amount is written with digits"}}, "amount")
        wrong = form.with_reading(form.read(Page.of(form).sent(f_amount="x")))
        assert [p.detail for p in wrong.problems] == ["Amount is written with digits"]
        empty = form.with_reading(form.read(Page.of(form).sent()))
        assert [p.detail for p in empty.problems] == ["Enter amount"]

    def test_the_forms_own_title_and_description(self) -> None:
        form = form_of({"ui:title": "Your wish", "ui:description": "Be brief."}, "item")
        assert form.title == "Your wish"
        assert "Be brief." in Page.of(form).text()

    def test_options_hold_the_same_words_without_their_prefix(self) -> None:
        layout = {"item": {"ui:options": {"widget": "textarea", "rows": 12, "help": "Take your time"}}}
        page = Page.of(form_of(layout, "item"))
        assert (page.by_id("f-item").tag, page.by_id("f-item").get("rows")) == ("textarea", "12")
        assert "Take your time" in page.text()

    def test_autocomplete_takes_what_browsers_know(self) -> None:
        assert form_of({"item": {"ui:autocomplete": "organization"}}, "item").controls[0].autocomplete == "organization"
        assert form_of({"item": {"ui:autocomplete": "x onfocus=y"}}, "item").controls[0].autocomplete == ""


class TestWidgets:
    @pytest.mark.parametrize(
        ("field", "widget", "kind"),
        [
            ("item", "textarea", Kind.TEXTAREA),
            ("approved", "select", Kind.SELECT),
            ("size", "radio", Kind.RADIOS),
            ("size", "checkboxes", Kind.SELECT),
            ("item", "select", Kind.TEXT),
            ("amount", "textarea", Kind.NUMBER),
            ("approved", "checkbox", Kind.RADIOS),
            ("approved", "hidden", Kind.RADIOS),
            ("item", "password", Kind.TEXT),
            ("item", ["textarea"], Kind.TEXT),
        ],
    )
    def test_a_widget_counts_where_it_fits(self, field: str, widget: object, kind: Kind) -> None:
        assert form_of({field: {"ui:widget": widget}}, field).controls[0].kind is kind

    def test_choices_stand_in_a_line_if_asked_for(self) -> None:
        page = Page.of(form_of({"approved": {"ui:options": {"inline": True}}}, "approved"))
        assert page.all("div", **{"class": "choices choices--inline"})


class TestVisibleWhen:
    CONDITION = {"==": [{"var": "approved"}, False]}

    def test_without_script_the_field_is_shown_with_its_condition_in_words(self) -> None:
        page = Page.of(form_of({"reason": {"ui:visible_when": self.CONDITION}}))
        assert page.text(page.by_id("hint-f-reason")) == "Needed only when Approved? is no."

    def test_the_script_finds_the_condition_and_the_values_that_it_reads_beside_the_form(self) -> None:
        condition = {"and": [self.CONDITION, {">": [{"var": "amount"}, 100]}]}
        workspace = {"amount": 250, "item": "not its business"}
        form = form_of({"reason": {"ui:visible_when": condition}}, "approved", "reason", workspace=workspace)
        page = Page.of(form)
        (wrapper,) = [e for e in page.root.iter() if e.get("data-visible-when")]
        assert wrapper.get("data-field") == "reason"
        assert json.loads(wrapper.get("data-visible-when") or "") == condition
        assert json.loads(page.one("form").get("data-values") or "") == {"amount": 250}

    def test_a_part_of_a_row_can_be_conditional_too(self) -> None:
        layout = {"rows": {"items": {"note": {"ui:visible_when": self.CONDITION}}}}
        form = form_of(layout, "approved", "rows", shown={"rows": [{"name": "a", "note": "b"}], "approved": True})
        page = Page.of(form)
        assert page.text(page.by_id("hint-f-rows-0-note")) == "Needed only when Approved? is no."
        hidden = page.sent(**{"f_rows-0-note": None})
        assert form.read(hidden).data == {"approved": True, "rows": [{"name": "a"}]}

    @pytest.mark.parametrize(
        "condition",
        [True, "approved", {}, {"==": 1, "!=": 2}, {"method": []}, {"==": [{"var": "nobody"}, 1]}, {"log": "x"}, [[]]],
    )
    def test_what_is_no_condition_hides_nothing(self, condition: object) -> None:
        form = form_of({"reason": {"ui:visible_when": condition}})
        assert [control.visible_when for control in form.controls] == [""] * len(SCHEMAS)
        assert form.values_json == ""

    def test_a_required_field_is_never_hidden(self) -> None:
        form = form_of({"item": {"ui:visible_when": self.CONDITION}}, "item")
        assert form.controls[0].visible_when == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["*", "textarea", "item"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "ui:order",
                    "ui:widget",
                    "ui:options",
                    "ui:title",
                    "ui:visible_when",
                    "ui:help",
                    "rows",
                    "items",
                    "item",
                ]
            )
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(JSON)
def test_no_layout_makes_a_form_or_a_page_raise_or_lose_a_field(layout: Any) -> None:
    form = form_of(layout, shown={"rows": [{"name": "x"}]})
    assert sorted(map(str, keys(form))) == sorted(SCHEMAS)
    reading = form.read(Page.of(form).sent())
    Page.of(form.with_reading(reading))
    assert len(display_values(SCHEMAS, list(SCHEMAS), layout, {"item": "x", "rows": [{}]})) == len(SCHEMAS)


def test_a_number_in_a_layout_stays_within_bounds() -> None:
    assert Layout({"ui:rows": 10**9}).whole_number("rows", 2, 40) == 40
    assert Layout({"ui:rows": -1}).whole_number("rows", 2, 40) == 2
    assert Layout({"ui:rows": True}).whole_number("rows", 2, 40) is None
    assert Layout({"ui:rows": "5"}).whole_number("rows", 2, 40) is None
