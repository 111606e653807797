"""Workflow documents over HTTP: JSON and YAML, drafts, activation, every problem at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.api.programs import Program
from tests.api.workflows import text_of
from tests.people import Person

Programs = Callable[[Person], Program]
EXAMPLE = text_of("purchase-approval")


def test_a_document_is_201_as_a_new_draft_and_200_in_its_place(program: Programs, alice: Person) -> None:
    caller = program(alice)
    first = caller.put("/workflows/purchase-approval", EXAMPLE)
    assert first.status_code == 201
    assert first.json == {
        "key": "purchase-approval",
        "version": 1,
        "status": "DRAFT",
        "warnings": first.json["warnings"],
    }
    second = caller.put("/workflows/purchase-approval?activate=true", EXAMPLE)
    assert (second.status_code, second.json["status"]) == (200, "ACTIVE")
    third = caller.put("/workflows/purchase-approval", EXAMPLE)
    assert (third.status_code, third.json["version"]) == (201, 2)
    assert caller.call("GET", first.headers["Location"].removeprefix("/api/v1")).json["version"] == 1


@pytest.mark.parametrize("media", ["application/yaml", "text/yaml", "application/x-yaml", "text/x-yaml"])
def test_yaml_goes_by_several_names(media: str, program: Programs, alice: Person) -> None:
    assert program(alice).put("/workflows/purchase-approval", EXAMPLE, media).status_code == 201


def test_an_export_goes_in_again_as_json(program: Programs, alice: Person) -> None:
    caller = program(alice)
    caller.put("/workflows/purchase-approval?activate=true", EXAMPLE)
    document = caller.get("/workflows/purchase-approval").json["document"]
    again = caller.call("PUT", "/workflows/purchase-approval", json=document)
    assert (again.status_code, again.json["version"]) == (201, 2)
    assert caller.get("/workflows/purchase-approval?version=2").json["document"] == document


@pytest.mark.parametrize("media", [None, "text/plain", "multipart/form-data", "application/xml"])
def test_another_media_type_is_415(media: str | None, program: Programs, alice: Person) -> None:
    caller = program(alice)
    response = caller.call("PUT", "/workflows/purchase-approval", data=EXAMPLE.encode(), content_type=media)
    assert response.status_code == 415


def test_problems_name_pointer_line_column_and_hint(program: Programs, alice: Person) -> None:
    broken = EXAMPLE.replace("output_fields: [approved, reason]", "output_fields: [aproved, reason]")
    for path, method in (("/workflows/purchase-approval", "PUT"), ("/workflows/validate", "POST")):
        response = program(alice).call(method, path, data=broken.encode(), content_type="application/yaml")
        assert response.status_code == 422
        at = "/tasks/manager_review/output_fields/0"
        problem = next(each for each in response.json["errors"] if each["pointer"] == at)
        assert problem["line"] == 1 + EXAMPLE.partition("output_fields: [approved, reason]")[0].count("\n")
        assert problem["column"] > 1
        assert "approved" in problem["hint"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "workflow: [",
        '{"workflow": "a", "workflow": "b"}',
        "a: &a [*a]",
        "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]",
        "workflow: \x00",
        "workflow: !!python/object:os.system x",
        "[" * 2000,
        "x" * 300_000,
    ],
    ids=lambda text: repr(text[:20]),
)
def test_what_is_no_document_is_422(text: str, program: Programs, alice: Person) -> None:
    for media in ("application/yaml", "application/json"):
        response = program(alice).put("/workflows/purchase-approval", text, media)
        assert response.status_code == 422, response.text
        assert response.json["errors"]


def test_bytes_that_are_no_text_are_422(program: Programs, alice: Person) -> None:
    for media in ("application/yaml", "application/json"):
        response = program(alice).call("PUT", "/workflows/x", data=b"workflow: \xff\xfe", content_type=media)
        assert response.status_code == 422


def test_the_schema_of_documents_is_served_to_anyone(stranger: Program) -> None:
    response = stranger.get("/schema/workflow.json")
    assert response.status_code == 200
    assert {"workflow", "title", "fields_schema", "tickets", "completions"} <= set(response.json["required"])


def test_a_workflows_way_from_draft_to_archive(program: Programs, alice: Person) -> None:
    caller = program(alice)
    at = "/workflows/purchase-approval"
    assert caller.get(at).status_code == 404
    assert caller.post(f"{at}/activate").status_code == 404
    caller.put(at, EXAMPLE)
    assert caller.get(at).json["status"] == "DRAFT"
    assert caller.post(f"{at}/archive").status_code == 409
    assert caller.post(f"{at}/activate").json["status"] == "ACTIVE"
    assert caller.post(f"{at}/activate").status_code == 409
    assert caller.post(f"{at}/archive").json == {
        "key": "purchase-approval",
        "version": 1,
        "status": "ARCHIVED",
        "warnings": caller.get(at).json["warnings"],
    }
    assert caller.get("/ticket-types").json["items"] == []
