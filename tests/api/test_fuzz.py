"""Generated calls with real tokens, on real numbers and on wild ones: none is a 500, each answer is as described.

``TICKETFLOWER_FUZZ_EXAMPLES=1000`` looks longer and elsewhere each time; without it the same calls are made, in well
under a minute.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import negative_data_rejection, unsupported_method

from tests.api.programs import BASE, Program
from tests.api.test_access import ROLES, a_conflict
from tests.api.workflows import store
from tests.conftest import NOON
from tests.databases import TestDatabase
from tests.people import make_company
from ticketflower.blueprints.api import operations
from ticketflower.db import make_engine, make_sessions

pytestmark = pytest.mark.fuzz

WISHED = os.environ.get("TICKETFLOWER_FUZZ_EXAMPLES", "")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]


@dataclass
class World:
    """A company with things in every state, and what calls may be about.

    Attributes:
        tokens: of Alice, who may do everything, and of people with one role.
        numbers: by the name of a place in an address, the numbers of real things.
    """

    tokens: list[str]
    numbers: dict[str, list[int]] = field(default_factory=dict)
    calls: int = 0

    def real(self, name: str, generated: Any) -> Any:
        """A real thing for three of four generated values; the fourth stays as it is."""
        known: list[Any] = self.numbers.get(name, [])
        if not known or not isinstance(generated, type(known[0])):
            return generated  # broken on purpose
        wild = generated if isinstance(generated, int) else sum(map(ord, generated))
        return known[wild % len(known)] if wild % 4 else generated

    def token(self) -> str:
        """Alice's token, and now and then that of somebody with fewer roles."""
        self.calls += 1
        return self.tokens[0] if self.calls % 4 else self.tokens[self.calls // 4 % len(self.tokens)]


@pytest.fixture(scope="module")
def world_app(
    make_database: Callable[[str], TestDatabase], make_app: Callable[..., Flask]
) -> Iterator[tuple[Flask, World]]:
    """An application of its own: these calls leave everything behind."""
    database = make_database("fuzz")
    app = make_app(database)
    app.testing = False
    engine = make_engine(database.url)
    yield app, _world(app, engine)
    engine.dispose()


def _world(app: Flask, engine: Any) -> World:
    acme = make_company(
        make_sessions(engine), "Acme", NOON, admin="alice@acme.example", first_name="Alice", last_name="Archer"
    )
    others = [acme.add(f"{name}@acme.example", name.title(), "Acme", [role]) for name, role in ROLES.items()]
    for name in ("purchase-approval", "house-rules", "content-review"):
        store(acme, name)
    token = acme.admin.token()
    alice = Program(app, token)
    conflicts = [a_conflict(alice) for _ in range(4)]
    tickets = [alice.submit() for _ in range(4)]
    tickets += [alice.submit("propose-rules", purpose=f"Rule {number}") for number in range(4)]
    alice.post(f"/tickets/{tickets[0]['id']}/hold")
    alice.post(f"/tickets/{tickets[1]['id']}/cancel")
    numbers = {
        "ticket_id": [ticket["id"] for ticket in tickets] + [error["ticket_id"] for error in conflicts],
        "task_id": [ticket["tasks"][0]["id"] for ticket in tickets] + [error["task_id"] for error in conflicts],
        "error_id": [error["id"] for error in conflicts],
        "user_id": [person.id for person in others],
        "key": ["purchase-approval", "house-rules", "content-review"],
    }
    return World([token, *(person.token() for person in others)], numbers)


@pytest.fixture(scope="module")
def api_schema(world_app: tuple[Flask, World]) -> Any:
    """The document that the application serves, with real things in its addresses."""
    app, world = world_app
    document = app.test_client().get(f"{BASE}/openapi.json").get_json()
    for item in document["paths"].values():
        for operation in item.values():
            operation["security"] = []  # every call gets a token, so none is to be broken by leaving it out
    schema = schemathesis.openapi.from_dict(document)
    schema.app = app

    @schema.hook
    def map_path_parameters(context: Any, path_parameters: dict[str, Any] | None) -> dict[str, Any] | None:
        return path_parameters and {name: world.real(name, value) for name, value in path_parameters.items()}

    return schema


@pytest.mark.parametrize("name", [operation.name for operation in operations.listed])
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_a_generated_call_is_answered_as_described(
    name: str, mode: GenerationMode, api_schema: Any, world_app: tuple[Flask, World]
) -> None:
    world = world_app[1]
    operation = api_schema.find_operation_by_id(name)
    if mode is GenerationMode.NEGATIVE and not _has_anything_to_break(operation):
        mode = GenerationMode.POSITIVE

    @settings(
        max_examples=int(WISHED or 20),
        derandomize=not WISHED,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def generated(case: Any) -> None:
        case.call_and_validate(headers={"Authorization": f"Bearer {world.token()}"}, checks=CHECKS)

    generated()


def _has_anything_to_break(operation: Any) -> bool:
    return any((operation.path_parameters, operation.query, operation.headers, operation.body))
