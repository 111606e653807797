"""The example workflows, stored by the service that the product uses."""

from __future__ import annotations

from pathlib import Path

from tests.people import Company
from ticketflower.services import definitions

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def text_of(name: str) -> str:
    """The text of an example document."""
    return (EXAMPLES / f"{name}.yaml").read_text("utf-8")


def store(company: Company, name: str) -> None:
    """Stores an example and activates it."""
    with company.session() as session:
        definitions.store_draft(
            session, company.admin.actor, name, text_of(name), "application/yaml", company.now, activate=True
        )
