"""Conditions in plain words, and the values that made them so."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ticketflower.engine.conditions import check_condition, explain, values_read

TITLES = {
    "approved": "Approved?",
    "amount": "Amount in EUR",
    "finance_ok": "Budget available?",
    "po_number": "PO number",
    "rows": "Order lines",
    "remarks": "Remarks",
    "_.tasks.make_proof": "Make the proof",
}
FIELDS = [*TITLES, "verdict", "address", "due"]


def v(name: object) -> dict[str, Any]:
    return {"var": name}


YES = {"==": [v("approved"), True]}
LARGE = {">": [v("amount"), 1000]}

WORDS: list[tuple[Any, str]] = [
    (None, "always"),
    ({"always": True}, "always"),
    ({"!": {"always": True}}, "never"),
    (YES, "Approved? is yes"),
    ({"==": [v("approved"), False]}, "Approved? is no"),
    ({"!=": [v("approved"), True]}, "Approved? is not yes"),
    ({"!": YES}, "Approved? is not yes"),
    ({"!": [{"!": [YES]}]}, "Approved? is yes"),
    ({"!!": [YES]}, "Approved? is yes"),
    ({"and": [YES, LARGE]}, "Approved? is yes and Amount in EUR is more than 1,000"),
    (
        {"and": [YES, {"or": [{"<=": [v("amount"), 1000]}, {"==": [v("finance_ok"), True]}]}]},
        "Approved? is yes and (Amount in EUR is at most 1,000 or Budget available? is yes)",
    ),
    ({"!": {"and": [YES, LARGE]}}, "Approved? is not yes or Amount in EUR is not more than 1,000"),
    ({"and": [YES]}, "Approved? is yes"),
    ({"==": [v("verdict"), "redo"]}, 'verdict is "redo"'),
    ({"==": [v("verdict"), None]}, "verdict is not answered"),
    ({"!=": [None, v("verdict")]}, "verdict is answered"),
    ({"in": [v("verdict"), [None, "redo"]]}, 'verdict is not answered or "redo"'),
    ({"!": {"in": [v("verdict"), ["a", "b", "c"]]}}, 'verdict is not "a", "b" or "c"'),
    ({"in": ["high", v("remarks")]}, '"high" is in Remarks'),
    ({"contains": [v("remarks"), "high risk"]}, 'Remarks contains "high risk"'),
    ({"!": {"contains": [v("remarks"), "high risk"]}}, 'Remarks does not contain "high risk"'),
    ({"matches": [v("po_number"), "^PO-[0-9]+$"]}, "PO number matches the pattern ^PO-[0-9]+$"),
    (v("approved"), "Approved? is yes or filled in"),
    ({"!": v("approved")}, "Approved? is no or empty"),
    ({"missing": ["po_number"]}, "PO number is missing"),
    ({"missing": ["po_number", "amount"]}, "PO number or Amount in EUR is missing"),
    ({"!": [{"missing": ["po_number"]}]}, "PO number is filled in"),
    ({"!": [{"missing": ["po_number", "amount"]}]}, "PO number and Amount in EUR are filled in"),
    ({"!": {"missing_some": [1, ["po_number", "amount"]]}}, "at least 1 of PO number and Amount in EUR are filled in"),
    ({"<": [v("amount"), 0.5]}, "Amount in EUR is less than 0.5"),
    ({">=": [v("amount"), 1234567.5]}, "Amount in EUR is at least 1,234,567.5"),
    ({">=": [v("amount"), -1234.5]}, "Amount in EUR is at least -1,234.5"),
    ({"<=": [1, v("amount"), 9]}, "Amount in EUR is at least 1 and at most 9"),
    ({"<": [1, v("amount"), 9]}, "Amount in EUR is more than 1 and less than 9"),
    ({">": [v("amount"), {"*": [v("verdict"), 2]}]}, "Amount in EUR is more than (verdict × 2)"),
    ({">": [{"-": [v("amount")]}, 2]}, "−Amount in EUR is more than 2"),
    ({">": [{"length": v("remarks")}, 100]}, "the length of Remarks is more than 100"),
    ({">=": [{"count": [v("approved"), v("amount")]}, 2]}, "at least 2 of Approved? and Amount in EUR are true"),
    ({"==": [v("amount"), 0]}, "Amount in EUR is 0"),
    ({"<": [{"count": [v("approved"), YES]}, 2]}, "fewer than 2 of Approved? and (Approved? is yes) are true"),
    ({"all": [v("rows"), {">": [v("qty"), 0]}]}, "(for every entry of Order lines: qty is more than 0)"),
    ({"!": {"some": [v("rows"), {"==": [v(""), 1]}]}}, "not (for some entry of Order lines: the entry is 1)"),
    ({"none": [v("rows"), v("amount")]}, "(for no entry of Order lines: amount is yes or filled in)"),
    ({">": [{"length": {"filter": [v("rows"), YES]}}, 2]},
     "the length of the entries of Order lines for which approved is yes is more than 2"),
    ({"in": [3, {"map": [v("rows"), v("qty")]}]}, "3 is in qty for each entry of Order lines"),
    ({">": [{"reduce": [v("rows"), {"+": [v("accumulator"), v("current.qty")]}, 0]}, 9]},
     "(the result so far + qty), over each entry of Order lines, is more than 9"),
    ({"if": [YES, LARGE, {"==": [v("verdict"), "ok"]}]},
     'if Approved? is yes then Amount in EUR is more than 1,000, otherwise verdict is "ok"'),
    ({"==": [v("address.city"), "Bern"]}, 'city of address is "Bern"'),
    ({"<": [v("due"), v("_.today")]}, "due is less than today"),
    ({"<": [v("_.tasks.make_proof.started"), 3]}, "the number of times Make the proof was started is less than 3"),
    ({"<": [v("_.tasks.other.active"), 1]}, "the number of times other is active is less than 1"),
    ({">": [v("_.written_at.approved"), 3]}, "the iteration that last wrote Approved? is more than 3"),
    ({"in": ["approved", v("_.written")]}, '"approved" is in the fields just written'),
    ({"==": [v("_.ticket.type"), "purchase"]}, 'the ticket\'s type is "purchase"'),
    ({"equals": [v("approved"), True]}, "Approved? is yes"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "words"), WORDS, ids=[json.dumps(condition) for condition, _ in WORDS])
def test_a_condition_is_said_in_plain_words(condition: Any, words: str) -> None:
    assert condition is None or check_condition(condition, FIELDS) == []
    assert explain(condition, TITLES) == words


def test_a_very_long_condition_is_cut_short() -> None:
    words = explain({"and": [v("approved")] * 200}, {"approved": "A" * 255})
    assert len(words) == 2_000
    assert words.endswith("…")


def test_the_values_that_a_condition_saw_stand_under_their_names() -> None:
    rule = {"and": [YES, {">": [v("amount"), 1]}, {"!": {"missing": ["po_number"]}}, {"<": [v("_.iteration"), 9]},
                    {"some": [v("rows"), v("qty")]}, {"==": [v("address.city"), "x"]}]}  # fmt: skip
    data = {
        "approved": True,
        "amount": 5,
        "rows": [1, 2],
        "address": {"city": "Bern"},
        "other": 1,
        "_": {"iteration": 3},
    }
    assert values_read(rule, data) == {
        "approved": True,
        "amount": 5,
        "po_number": None,
        "_.iteration": 3,
        "rows": [1, 2],
        "address.city": "Bern",
    }


def test_a_condition_that_always_holds_saw_nothing() -> None:
    assert values_read(None, {"a": 1}) == {}
    assert values_read({"always": True}, {"a": 1}) == {}


def test_the_values_are_shortened() -> None:
    data = {
        "a": "x" * 1_000,
        "b": list(range(1_000)),
        "c": {str(n): n for n in range(1_000)},
        "d": [[1], [2]],
        "e": ["y" * 500],
    }
    seen = values_read({"or": [v(name) for name in data]}, data)
    assert seen == {
        "a": "x" * 199 + "…",
        "b": "(1000 entries)",
        "c": "(1000 entries)",
        "d": "(2 entries)",
        "e": "(1 entries)",
    }


def test_at_most_20_values_are_kept() -> None:
    assert len(values_read({"or": [v(f"f{number}") for number in range(90)]}, {})) == 20
