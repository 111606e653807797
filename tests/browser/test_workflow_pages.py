"""The editor of workflow documents and the live list of workflows, with script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Windows
from tests.browser.steps import EXAMPLES, upload_and_activate
from tests.people import Person

pytestmark = pytest.mark.browser

PURCHASE = (EXAMPLES / "purchase-approval.yaml").read_text()
BROKEN = PURCHASE.replace("input_fields: [approved]", "input_fields: [aproved]", 1)
LINE = 1 + BROKEN[: BROKEN.index("aproved")].count("\n")


def editor(windows: Windows, person: Person) -> Page:
    page = windows.open(person)
    page.goto("/workflows/_upload")
    return page


def selected(page: Page) -> str:
    found: str = page.locator("#document").evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    return found


def test_a_chosen_file_stands_in_the_text_area_to_be_mended(windows: Windows, ana: Person) -> None:
    page = editor(windows, ana)
    page.get_by_label("A file").set_input_files(EXAMPLES / "purchase-approval.yaml")
    expect(page.get_by_label("The document", exact=True)).to_have_value(PURCHASE)
    expect(page.locator("#file-loaded")).to_have_text("purchase-approval.yaml stands below.")
    page.get_by_label("The document", exact=True).fill(PURCHASE.replace("title: Purchase approval", "title: Buying"))
    page.get_by_role("button", name="Store as draft").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Buying")


def test_a_file_that_is_no_text_is_told_by_the_server(windows: Windows, ana: Person) -> None:
    page = editor(windows, ana)
    file = {"name": "x.yaml", "mimeType": "application/yaml", "buffer": b"title: caf\xe9"}
    page.get_by_label("A file").set_input_files(file)  # type: ignore[arg-type]
    page.get_by_role("button", name="Check only").click()
    expect(page.locator(".problem")).to_contain_text("The file is not text in UTF-8.")


def test_problems_arrive_beside_the_text_and_lead_to_its_line(windows: Windows, ana: Person) -> None:
    page = editor(windows, ana)
    page.get_by_label("The document", exact=True).fill(BROKEN)
    page.get_by_role("button", name="Check only").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#error-summary")).to_contain_text("The document has a problem.")
    assert page.get_by_label("The document", exact=True).input_value() == BROKEN
    page.get_by_role("link", name=f"Line {LINE}, tasks.finance_review.input_fields[0]").click()
    expect(page.get_by_label("The document", exact=True)).to_be_focused()
    assert selected(page) == BROKEN.split("\n")[LINE - 1]


def test_a_check_says_that_all_is_well_and_leaves_the_text(windows: Windows, ana: Person) -> None:
    page = editor(windows, ana)
    page.get_by_label("The document", exact=True).fill(PURCHASE)
    page.get_by_role("button", name="Check only").click()
    expect(page.locator("#editor")).to_contain_text("can be stored. Nothing was stored yet.")
    page.get_by_role("button", name="Store as draft").click()
    expect(page.locator("#flash")).to_contain_text("is stored as a draft")


def test_a_mended_document_can_be_stored_in_the_same_page(windows: Windows, ana: Person) -> None:
    page = editor(windows, ana)
    page.get_by_label("The document", exact=True).fill(BROKEN)
    page.get_by_role("button", name="Store as draft").click()
    expect(page.locator("#error-summary")).to_be_visible()
    page.get_by_label("The document", exact=True).fill(PURCHASE)
    page.get_by_role("button", name="Store as draft").click()
    expect(page.locator("#flash")).to_contain_text("Version 1 of “purchase-approval” is stored as a draft.")


def test_a_new_version_appears_in_a_colleagues_list_without_reload(windows: Windows, ana: Person) -> None:
    watching, working = windows.open(ana), windows.open(ana)
    watching.goto("/workflows")
    expect(watching.locator("#workflows")).to_contain_text("No workflows yet")
    watching.evaluate("window.stillTheSamePage = true")
    upload_and_activate(working, "purchase-approval")
    expect(watching.locator("#workflow-purchase-approval")).to_contain_text("Version 1 Active no running tickets")
    assert watching.evaluate("window.stillTheSamePage")
