"""The example documents, played to their ends; and engine.md, Three idioms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.engine.play import Play
from ticketflower import documents

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


class Example(Play):
    """A document of the examples folder."""

    def __init__(self, document: str, /, **answers: Any) -> None:
        source = (EXAMPLES / f"{document}.yaml").read_text(encoding="utf-8")
        assert documents.check(documents.read(source).document).errors == ()
        super().__init__(source)
        self.submit(**answers)


def purchase(amount: int) -> Example:
    return Example("purchase-approval", item="Chair", amount=amount, requester="Ana")


def test_a_small_purchase_needs_no_finance() -> None:
    flow = purchase(200).complete("manager_review", approved=True)
    assert flow.open == ["order", "notify"]
    flow.complete("order", po_number="PO-1")
    assert flow.status == "IN_PROGRESS"
    assert flow.complete("notify", notified=True).state.completion_key == "done"


def test_a_large_purchase_waits_for_finance() -> None:
    flow = purchase(2000).complete("manager_review", approved=True)
    assert flow.open == ["finance_review"]
    assert flow.complete("finance_review", finance_ok=True).open == ["order", "notify"]


REFUSED_BY_MANAGER: list[Any] = [("manager_review", {"approved": False})]
REFUSED_BY_FINANCE: list[Any] = [("manager_review", {"approved": True}), ("finance_review", {"finance_ok": False})]


@pytest.mark.parametrize("answers", [REFUSED_BY_MANAGER, REFUSED_BY_FINANCE])
def test_a_refused_purchase_is_cancelled(answers: list[tuple[str, dict[str, Any]]]) -> None:
    flow = purchase(2000)
    for key, output in answers:
        flow.complete(key, **output)
    assert (flow.status, flow.state.completion_key) == ("CANCELLED", "refused")


def test_a_text_is_rewritten_until_it_is_right() -> None:
    flow = Example("content-review", brief="Write about bees")
    for _ in range(3):
        flow.complete("write", draft="text").complete("review", verdict="redo")
    flow.complete("write", draft="better").complete("review", verdict="publish")
    assert flow.state.completion_key == "published"


def test_a_new_colleague_is_welcomed_when_all_four_things_are_done() -> None:
    flow = Example("new-colleague", name="Bo", start_date="2026-12-01", equipment=["laptop"])
    assert flow.open == ["make_account", "sign", "find_desk", "prepare"]
    flow.complete("prepare", handed_over=True).complete("make_account", account="bo@example.com")
    flow.complete("find_desk", desk="2.11")
    assert "welcome" not in flow.open
    flow.complete("sign", contract="17")
    assert flow.complete("welcome", welcomed=True).state.completion_key == "settled"


def rules() -> Example:
    return Example("house-rules", purpose="Quiet hours").complete("write", text="From ten to six.")


def test_rules_go_round_three_readers_and_are_signed_when_two_agree_and_legal_does_not_object() -> None:
    flow = rules()
    assert flow.open == ["ask_legal", "ask_staff", "ask_safety"]
    flow.complete("ask_staff", staff_ok=False).complete("ask_legal", legal="fine")
    assert "sign" not in flow.open
    flow.complete("ask_safety", safety_ok=True).complete("sign", signed_on="2026-12-01")
    assert flow.state.completion_key == "in_force"


def test_a_new_text_wipes_the_verdicts_on_the_old_one() -> None:
    flow = rules().complete("ask_staff", staff_ok=True).complete("ask_legal", legal="change", remarks="Too loud")
    assert flow.open == ["ask_safety", "write"]
    flow.complete("write", text="From nine to seven.")
    assert not {"legal", "staff_ok", "safety_ok"} & set(flow.fields)
    assert flow.fields["remarks"] == "Too loud"
    assert sorted(flow.open) == ["ask_legal", "ask_safety", "ask_staff"]


def test_rules_wait_for_the_court_and_go_on() -> None:
    flow = rules().complete("ask_legal", legal="wait")
    assert flow.status == "ON_HOLD"
    assert flow.resume().open == ["ask_staff", "ask_safety"]


def test_a_proposal_can_be_withdrawn_until_it_is_signed() -> None:
    flow = rules()
    assert flow.offers == ["withdraw"]
    flow.take("withdraw", 9).complete("withdraw", withdrawn=True)
    assert (flow.status, flow.state.completion_key) == ("CANCELLED", "withdrawn")


def test_two_of_three() -> None:
    flow = (
        Play("""
fields_schema:
  type: object
  properties: {a: {type: string}, a_ok: {type: boolean}, b_ok: {type: boolean}, c_ok: {type: boolean}}
tasks:
  ask_a: {title: A, task_type: FORM, input_fields: [a], output_fields: [a_ok]}
  ask_b: {title: B, task_type: FORM, input_fields: [a], output_fields: [b_ok]}
  ask_c: {title: C, task_type: FORM, input_fields: [a], output_fields: [c_ok]}
completions:
  two: {title: Two, completion_status: COMPLETED, fields: [a_ok, b_ok, c_ok],
        condition: {">=": [{count: [{var: a_ok}, {var: b_ok}, {var: c_ok}]}, 2]}}
""")
        .submit(a="x")
        .complete("ask_a", a_ok=True)
        .complete("ask_b", b_ok=False)
    )
    assert flow.status == "IN_PROGRESS"
    assert flow.complete("ask_c", c_ok=True).status == "COMPLETED"
