"""Uploading and editing a document: where problems are shown, what is kept, whose draft is replaced."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from tests.design_pages.conftest import SMALL
from tests.pages import Browser, Page, text_of
from tests.people import Company, Person
from ticketflower.models import WorkflowDefinition

UPLOAD = "/workflows/_upload"
BROKEN = SMALL.replace("input_fields: [days]", "input_fields: [dayz]").replace("type: integer", "type: integr")


def where_problems_are(page: Page) -> list[str]:
    return [text_of(place) for place in page.all("span", class_="problem__place")]


def versions(company: Company) -> int:
    with company.session() as session:
        return session.scalar(select(func.count()).select_from(WorkflowDefinition)) or 0


def test_a_pasted_document_becomes_a_draft_and_its_page_says_so(creator: Browser, purchase: str) -> None:
    creator.get(UPLOAD)
    stored = creator.submit(document=purchase, act="store")
    assert (stored.status_code, stored.location) == (303, "/workflows/purchase-approval/1")
    page = creator.get(stored.location).page
    assert "Version 1 of “purchase-approval” is stored as a draft." in page.text
    assert page.heading == "Purchase approval"


def test_a_chosen_file_is_taken_instead_of_the_text(creator: Browser, purchase: str) -> None:
    creator.get(UPLOAD)
    file = (io.BytesIO(purchase.encode()), "purchase.yaml")
    stored = creator.submit(values={"document": SMALL, "file": file, "act": "store"})
    assert stored.location == "/workflows/purchase-approval/1"


def test_each_problem_stands_with_its_line_its_place_and_a_hint(creator: Browser, acme: Company) -> None:
    creator.get(UPLOAD)
    answer = creator.submit(document=BROKEN, act="store")
    page = answer.page
    assert answer.status_code == 422
    assert where_problems_are(page) == [
        "Line 6, fields_schema.properties.days.type",
        "Line 14, tasks.grant.input_fields[0]",
    ]
    assert "days" in text_of(page.all("span", class_="problem__hint")[-1])
    assert versions(acme) == 0


def test_a_problem_leads_to_its_line_in_the_listing_below(creator: Browser) -> None:
    creator.get(UPLOAD)
    page = creator.submit(document=BROKEN, act="store").page
    assert page.link("Line 14, tasks.grant.input_fields[0]") == "#line-14"
    line = page.by_id("line-14")
    assert "".join(line.itertext()).rstrip("\n") == BROKEN.splitlines()[13]
    assert "source__line--problem" in line.get("class", "")
    assert not page.has_id(f"line-{len(BROKEN.splitlines()) + 1}")


def test_after_a_refusal_everything_typed_is_kept_and_the_summary_leads_to_it(creator: Browser) -> None:
    typed = "\n\n# a remark <b>&amp;</b>\n" + BROKEN
    creator.get(UPLOAD)
    page = creator.submit(document=typed, act="store").page
    assert page.form().values["document"] == [typed]
    assert page.title.startswith("Error: ")
    assert page.problems == [
        ("problems", "The document has 2 problems. Mend each of them, then send it again."),
    ]


def test_a_refused_file_stands_in_the_text_area_to_be_mended(creator: Browser) -> None:
    creator.get(UPLOAD)
    file = (io.BytesIO(BROKEN.replace("\n", "\r\n").encode()), "leave.yml")
    page = creator.submit(values={"file": file, "act": "store"}).page
    assert page.form().values["document"] == [BROKEN]
    assert where_problems_are(page)[-1] == "Line 14, tasks.grant.input_fields[0]"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"workflow: caf\xe9\n", "The file is not text in UTF-8."),
        (b"\x00\x01\x02", "can’t be read|not|NUL"),
        (b"workflow: a\n  title: [", "Line"),
        (b"# " + b"x" * 262_144, "The document is larger than 256 KB."),
        (b" \n", "There is no text."),
    ],
)
def test_what_cannot_be_read_is_told_and_never_a_fault(creator: Browser, content: bytes, said: str) -> None:
    creator.get(UPLOAD)
    answer = creator.submit(values={"file": (io.BytesIO(content), "a.yaml"), "act": "store"})
    assert answer.status_code == 422
    assert any(word in answer.page.text for word in said.split("|"))


def test_a_json_file_that_is_yaml_is_read_as_what_it_says_it_is(creator: Browser) -> None:
    creator.get(UPLOAD)
    answer = creator.submit(values={"file": (io.BytesIO(SMALL.encode()), "leave.json"), "act": "store"})
    assert answer.status_code == 422


def test_a_check_stores_nothing_keeps_the_text_and_says_what_it_found(creator: Browser, acme: Company) -> None:
    document = SMALL.replace("fields: [days]}", "fields: [days], company_role_access: [boss]}")
    creator.get(UPLOAD)
    answer = creator.submit(document=document, act="check")
    page = answer.page
    assert answer.status_code == 200
    assert "The document of “leave” can be stored. Nothing was stored yet. It has a warning" in page.text
    assert where_problems_are(page) == ["Warning: Line 9, tickets.leave-request.company_role_access[0]"]
    assert page.form().values["document"] == [document]
    assert not page.title.startswith("Error: ")
    assert versions(acme) == 0


def test_a_check_names_every_problem_as_storing_does(creator: Browser) -> None:
    creator.get(UPLOAD)
    answer = creator.submit(document=BROKEN, act="check")
    assert answer.status_code == 422
    assert len(where_problems_are(answer.page)) == 2


def test_warnings_stay_on_the_page_of_the_draft(creator: Browser, store: Callable[..., str]) -> None:
    address = store(SMALL.replace("fields: [days]}", "fields: [days], company_role_access: [boss]}"))
    page = creator.get(address).page
    assert where_problems_are(page) == ["Warning: Line 9, tickets.leave-request.company_role_access[0]"]
    assert "source__line--warning" in page.by_id("line-9").get("class", "")


def test_editing_begins_with_the_authors_own_text(creator: Browser, store: Callable[..., str]) -> None:
    text = "# who may go, and when\n" + SMALL
    store(text, activate=True)
    page = creator.get("/workflows/leave/edit").page
    assert page.form().values["document"] == [text]
    assert "What you store becomes version 2, as a draft." in page.text
    stored = creator.submit(values={"document": text + "# more\n", "act": "store"})
    assert stored.location == "/workflows/leave/2"
    assert "What you store replaces the draft, version 2." in creator.get("/workflows/leave/edit").page.text


def test_a_copy_of_an_older_version_can_be_edited(creator: Browser, store: Callable[..., str]) -> None:
    store(SMALL, activate=True)
    store(SMALL.replace("title: Leave", "title: Holidays"), activate=True)
    assert "title: Leave\n" in creator.get("/workflows/leave/edit?version=1").page.form().values["document"][0]


def test_the_key_cannot_be_changed_while_editing(creator: Browser, store: Callable[..., str]) -> None:
    store(SMALL)
    creator.get("/workflows/leave/edit")
    for act in ("store", "check"):
        answer = creator.submit(document=SMALL.replace("workflow: leave", "workflow: holiday"), act=act)
        assert answer.status_code == 422
        assert where_problems_are(answer.page)[0] == "Line 1, workflow"


def test_a_draft_that_somebody_else_stored_meanwhile_is_replaced_only_on_purpose(
    creator: Browser, store: Callable[..., str], browser: Callable[[], Browser], alice: Person
) -> None:
    store(SMALL)
    other = browser().sign_in(alice)
    other.get("/workflows/leave/edit")
    store_again = creator.get("/workflows/leave/edit").page.form().values
    creator.submit(document=SMALL + "# first\n", act="store")
    assert store_again["seen"] != [""]

    refused = other.submit(document=SMALL + "# second\n", act="store")
    assert refused.status_code == 409
    assert refused.page.problems == [("document", "Somebody changed the draft of “leave” meanwhile.")]
    assert refused.page.form().values["document"] == [SMALL + "# second\n"]
    assert creator.get("/workflows/leave/1/document.yaml").text == SMALL + "# first\n"

    assert other.submit(act="store").status_code == 303
    assert creator.get("/workflows/leave/1/document.yaml").text == SMALL + "# second\n"


def test_an_upload_does_not_replace_a_draft_unasked(creator: Browser, store: Callable[..., str]) -> None:
    store(SMALL)
    creator.get(UPLOAD)
    refused = creator.submit(document=SMALL, act="store")
    assert refused.status_code == 409
    assert "“leave” has a draft already." in refused.page.text
    assert creator.submit(act="store").location == "/workflows/leave/1"


def test_a_form_that_is_sent_twice_stores_once(creator: Browser, acme: Company) -> None:
    creator.get(UPLOAD)
    first = creator.submit(document=SMALL, act="store")
    again = creator.submit(document=SMALL, act="store")
    assert (again.status_code, again.location) == (303, first.location)
    assert versions(acme) == 1


def test_htmx_gets_the_editor_alone_and_is_led_to_the_draft(creator: Browser) -> None:
    creator.get(UPLOAD)
    token = creator.csrf_token()
    sent = {"csrf_token": token, "document": BROKEN, "act": "check"}
    refused = creator.post(UPLOAD, data=sent, htmx=True)
    assert refused.status_code == 422
    assert not refused.page.is_whole
    assert refused.page.has_id("editor")
    stored = creator.post(UPLOAD, data={**sent, "document": SMALL, "act": "store"}, htmx=True)
    assert (stored.status_code, stored.headers["HX-Redirect"]) == (204, "/workflows/leave/1")


def test_a_workflow_of_another_company_can_be_neither_edited_nor_seen(
    browser: Callable[[], Browser], store: Callable[..., str], charlie: Person
) -> None:
    store(SMALL)
    outsider = browser().sign_in(charlie)
    absent = outsider.get("/workflows/no-such/edit")
    assert absent.status_code == 404
    for address in (
        "/workflows/leave/edit",
        "/workflows/leave",
        "/workflows/leave/1",
        "/workflows/leave/1/document.yaml",
    ):
        assert outsider.get(address).status_code == 404
    for action in ("edit", "activate", "archive"):
        assert outsider.send(f"/workflows/leave/{action}", {"document": SMALL}).status_code == 404


def test_names_of_the_document_stand_in_problems_as_code(creator: Browser) -> None:
    creator.get(UPLOAD)
    page = creator.submit(document=BROKEN, act="check").page
    assert [text_of(code) for code in page.by_id("problems").iter("code")][-2:] == ["dayz", "days"]
    assert "`" not in text_of(page.by_id("problems"))


def test_a_form_that_was_stored_and_is_sent_again_with_another_file_is_not_taken_for_the_first(
    creator: Browser,
) -> None:
    creator.get(UPLOAD)
    creator.submit(values={"file": (io.BytesIO(SMALL.encode()), "a.yaml"), "act": "store"})
    other = (io.BytesIO(SMALL.replace("title: Leave", "title: Holidays").encode()), "a.yaml")
    again = creator.submit(values={"file": other, "act": "store"})
    assert again.status_code == 422
    assert "You sent this form before" in again.page.text
