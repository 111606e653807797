"""What the API says about itself: its OpenAPI document, and the JSON Schema of workflow documents."""

from __future__ import annotations

from functools import lru_cache

from flask import current_app
from werkzeug.wrappers import Response

from config import Config
from ticketflower.blueprints.api.answers import dumped, json_answer, respond
from ticketflower.blueprints.api.blueprint import operations
from ticketflower.blueprints.api.openapi import openapi_of
from ticketflower.blueprints.api.operations import Operation
from ticketflower.documents import WORKFLOW_SCHEMA
from ticketflower.services.idempotency import Answer
from ticketflower.web.permissions import PUBLIC

#: Of the API, not of the product: it grows with what programs can rely on.
VERSION = "1.0.0"
OPENAPI = Operation(
    method="GET",
    rule="/openapi.json",
    name="show_openapi",
    tag="Descriptions",
    summary="Read this document",
    description="",
    permission=PUBLIC,
    gives="",
)
SCHEMA = Operation(
    method="GET",
    rule="/schema/workflow.json",
    name="show_workflow_schema",
    tag="Descriptions",
    summary="Read the JSON Schema of workflow documents",
    description="An editor can complete a document by it, and an assistant can write one.",
    permission=PUBLIC,
    gives="",
)


def show_openapi() -> Response:
    """The OpenAPI document."""
    config: Config = current_app.config["SETTINGS"]
    return respond(Answer(200, _openapi(config.BASE_URL)))


def show_workflow_schema() -> Response:
    """The JSON Schema of workflow documents."""
    return respond(json_answer(WORKFLOW_SCHEMA))


@lru_cache(maxsize=4)
def _openapi(base_url: str) -> str:
    return dumped(openapi_of(operations.listed, base_url, VERSION))


operations.add(OPENAPI, show_openapi, PUBLIC)
operations.add(SCHEMA, show_workflow_schema, PUBLIC)
