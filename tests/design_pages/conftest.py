"""Documents, and people who may do different things with them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pages import Browser
from tests.people import Company, Person

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

SMALL = """workflow: leave
title: Leave
fields_schema:
  type: object
  properties:
    days: {type: integer, title: Days, minimum: 1}
    granted: {type: boolean, title: "Granted?"}
tickets:
  leave-request: {title: Ask for leave, fields: [days]}
tasks:
  grant:
    title: Grant the leave
    task_type: FORM
    input_fields: [days]
    output_fields: [granted]
completions:
  done: {title: Answered, completion_status: COMPLETED, fields: [granted]}
"""


@pytest.fixture
def purchase() -> str:
    """The text of ``examples/purchase-approval.yaml``."""
    return (EXAMPLES / "purchase-approval.yaml").read_text()


@pytest.fixture
def reader(acme: Company) -> Person:
    """A ticket admin who is no workflow creator."""
    return acme.add("rita@acme.example", "Rita", "Reader", ["ticket_admin"])


@pytest.fixture
def creator(browser: Callable[[], Browser], alice: Person) -> Browser:
    """Alice's browser."""
    return browser().sign_in(alice)


@pytest.fixture
def store(creator: Browser) -> Callable[..., str]:
    """Stores a document as Alice and returns the address of the draft; ``activate=True`` activates it."""

    def make(document: str, *, activate: bool = False) -> str:
        creator.get("/workflows/_upload")
        stored = creator.submit(values={"document": document, "act": "store"})
        assert stored.status_code == 303, stored.text
        if activate:
            creator.get(stored.location)
            key = stored.location.split("/")[2]
            assert creator.submit(f"/workflows/{key}/activate").status_code == 303
        address: str = stored.location
        return address

    return make
