"""What becomes of a task when somebody completes it (engine.md, Errors; document.md, ``required_when``)."""

from __future__ import annotations

import pytest

from tests.services.counter import Counter
from ticketflower.errors import Unacceptable


def test_nobody_to_do_it_is_over_when_an_admin_completes_the_unassigned_task(counter: Counter) -> None:
    ticket_id = counter.submit()
    assert counter.open_errors(ticket_id) == ["no_worker"]
    counter.complete(ticket_id, "expert", end="later")
    assert counter.open_errors(ticket_id) == []


def test_an_output_must_be_given_when_its_rule_takes_too_much_work_with_the_answers(counter: Counter) -> None:
    ticket_id = counter.submit()
    counter.complete(ticket_id, "ask", answer="x")
    with pytest.raises(Unacceptable) as refused:
        counter.complete(ticket_id, "count", numbers=list(range(60_000)))
    assert "/data/end" in [problem.pointer for problem in refused.value.problems]
