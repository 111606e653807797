"""What comes in: JSON read strictly, checked against what the call takes, every problem at once."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from ticketflower.engine.values import FieldValidator, check_data, compile_schema
from ticketflower.errors import Refusal, Unacceptable
from ticketflower.problems import Problem, pointer

Json = Any


class NotJson(Refusal):
    """The body is no JSON text."""

    status = 400
    title = "Not JSON"
    kind = "not-json"


@dataclass(frozen=True, slots=True)
class Body:
    """What a call takes: an object with these keys and no others.

    Args:
        name: its name among the schemas of the OpenAPI document.
        keys: the JSON Schema of each key's value.
        optional: keys that may be left out.
        nullable: an optional key may be null as well.
        required: False when the whole body may be left out.
    """

    name: str
    keys: Mapping[str, Mapping[str, Json]]
    optional: frozenset[str] = frozenset()
    nullable: bool = True
    required: bool = True
    example: Json = None
    _validators: dict[str, FieldValidator] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._validators.update({key: compile_schema(schema) for key, schema in self.keys.items()})

    def read(self) -> dict[str, Json]:
        """The body of this request.

        Raises:
            NotJson: it can't be read.
            UnsupportedMediaType: it is sent as something else.
            Unacceptable: with a problem for each key that breaks a rule.
        """
        raw = request.get_data(cache=True)
        if not raw and not self.required:
            return {}
        _require_json_type()
        value = read_json(raw)
        problems = check_data(self._validators, tuple(self.keys), self.optional, value)
        if not self.nullable and isinstance(value, dict):
            given_null = (key for key in self.optional if key in value and value[key] is None)
            problems += [Problem(pointer(key), f"{key} must not be null", code="type") for key in sorted(given_null)]
        if problems:
            raise Unacceptable(problems)
        return dict(value)

    def schema(self) -> dict[str, Json]:
        """Its JSON Schema, for the OpenAPI document."""
        may_be_null = self.optional if self.nullable else frozenset()
        properties = {
            key: _or_null(schema) if key in may_be_null else dict(schema) for key, schema in self.keys.items()
        }
        schema: dict[str, Json] = {"type": "object", "properties": properties, "additionalProperties": False}
        required = [key for key in self.keys if key not in self.optional]
        if required:
            schema["required"] = required
        if self.example is not None:
            schema["examples"] = [self.example]
        return schema


def read_json(raw: bytes) -> Json:
    """A JSON text in UTF-8 as a value.

    Raises:
        NotJson: it is none, names a key of one object twice, or has a number that no computer holds.
    """
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_no_number,
            parse_float=_finite,
        )
    except UnicodeDecodeError:
        raise NotJson("The body must be JSON in UTF-8.") from None
    except RecursionError:
        raise NotJson("The body is nested too deeply to be read.") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"The body can't be read as JSON: line {error.lineno}, column {error.colno}.") from None
    except ValueError:
        raise NotJson("The body has a number with more digits than can be read.") from None


def read_document() -> tuple[bytes, str | None]:
    """A workflow document as it was sent, with its media type.

    Raises:
        UnsupportedMediaType: it is sent neither as JSON nor as YAML.
    """
    media = request.mimetype
    if media not in DOCUMENT_TYPES:
        raise UnsupportedMediaType
    return request.get_data(cache=True), media


DOCUMENT_TYPES = ("application/json", "application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml")


def _require_json_type() -> None:
    media = request.mimetype
    if media != "application/json" and not (media.startswith("application/") and media.endswith("+json")):
        raise UnsupportedMediaType


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise NotJson(f"The key {twice[:100]!a} stands twice in one object. Keep one of them.")
    return value


def _no_number(word: str) -> NoReturn:
    raise NotJson(f"{word} is no JSON number.")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise NotJson(f"The number {text[:40]} is too large.")
    return number


def _or_null(schema: Mapping[str, Json]) -> dict[str, Json]:
    kind = schema.get("type")
    return {**schema, "type": [kind, "null"]} if isinstance(kind, str) and "enum" not in schema else dict(schema)
