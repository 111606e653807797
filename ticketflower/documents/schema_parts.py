"""The parts that the JSON Schema of the document uses in several places: names, conditions, layouts, transforms.

The ``description`` of a text that has a pattern reads on from "must be": it is also the message when it isn't.
"""

from __future__ import annotations

from typing import Any, Final

from ticketflower.forms.layout import AUTOCOMPLETE, WIDGETS

Json = dict[str, Any]

EXPRESSION_BYTES: Final = 4096
LONGEST_TIMEOUT: Final = 30 * 24 * 3600
_NAME: Final = "^[A-Za-z][A-Za-z0-9_]*$"


def _text(title: str, description: str, **more: Any) -> Json:
    return {"type": "string", "title": title, "description": description, **more}


def _object(title: str, description: str, required: list[str], properties: Json, **more: Any) -> Json:
    return {
        "title": title,
        "description": description,
        "type": "object",
        "required": required,
        "additionalProperties": False,
        "properties": properties,
        **more,
    }


_EXPRESSION: Final = _object(
    "Expression",
    "Computes the whole body, or all the outputs, at once.",
    ["type", "expression"],
    {
        "type": _text("Language", "The language of the expression.", enum=["jmespath", "jsonata"]),
        "expression": _text(
            "Expression", "The expression itself, at most 4 KB.", minLength=1, maxLength=EXPRESSION_BYTES
        ),
    },
    examples=[{"type": "jsonata", "expression": "{'name': first & ' ' & last}"}],
)
_SOURCE: Final = _text(
    "Source",
    "a JSONPath that begins with `$`, for example `$.amount`",
    pattern=r"^\$",
    maxLength=500,
)


def _mappings(target: Json) -> Json:
    return {
        "title": "Mappings",
        "description": "What goes where: each takes one value, or gives a fixed one, and puts it somewhere.",
        "type": "array",
        "maxItems": 200,
        "items": {
            "title": "Mapping",
            "description": "One value and where it goes: `source` or `static`, and `target`.",
            "type": "object",
            "required": ["target"],
            "additionalProperties": False,
            "properties": {
                "source": _SOURCE,
                "static": {"title": "Fixed value", "description": "A value that is always the same."},
                "target": target,
            },
        },
    }


ACTION_KEYS: Final[Json] = {
    "action_url": _text(
        "Address",
        "an https address without user name and password",
        pattern=r"^https://[^\s/?#@\\]+(?:[/?#]\S*)?$",
        maxLength=2000,
        examples=["https://example.com/hooks/order"],
    ),
    "input_transform": {
        "$ref": "#/$defs/input_transform",
        "title": "Request",
        "description": "How the workspace becomes the request; absent: the input fields as a JSON object.",
    },
    "output_transform": {
        "$ref": "#/$defs/output_transform",
        "title": "Response",
        "description": "How the response becomes the output; absent: its keys that name output fields.",
    },
    "timeout_seconds": {
        "type": "number",
        "title": "Time limit",
        "description": "How long to wait for the response or the callback, in seconds.",
        "exclusiveMinimum": 0,
        "maximum": LONGEST_TIMEOUT,
    },
}
"""The keys that only the two action types have (document.md, "Also")."""

_LAYOUT_WORDS: Final[Json] = {
    "order": {
        "$ref": "#/$defs/names",
        "title": "Order",
        "description": "The fields in the order in which they are shown; `*` stands for all others.",
    },
    "widget": _text("Control", "The control that is shown.", enum=sorted(WIDGETS)),
    "help": _text("Help", "A sentence below the field."),
    "placeholder": _text("Placeholder", "What an empty control shows."),
    "title": _text("Title", "Another label than the schema's.", maxLength=255),
    "description": _text("Description", "Another description than the schema's."),
    "errorText": _text("Error text", "What to say when the answer can't be taken."),
    "autocomplete": _text("Autocomplete", "What the browser may fill in by itself.", enum=sorted(AUTOCOMPLETE)),
}
"""What a layout says of a field: with `ui:` before it, or without in `ui:options`."""

_OPTIONS: Final[Json] = {
    **{word: rule for word, rule in _LAYOUT_WORDS.items() if word != "order"},
    "rows": {
        "type": "integer",
        "title": "Rows",
        "description": "The height of a text area, in lines.",
        "minimum": 2,
        "maximum": 40,
    },
    "inline": {"type": "boolean", "title": "Inline", "description": "true: choices beside one another."},
}

PART_DEFS: Final[Json] = {
    "name": _text(
        "Name",
        "a letter, then letters, digits and underscores, at most 100 characters",
        pattern=_NAME,
        maxLength=100,
        examples=["po_number"],
    ),
    "key": _text(
        "Key",
        "lower-case letters, digits and dashes, beginning with a letter or a digit, at most 100 characters",
        pattern="^[a-z0-9][a-z0-9-]*$",
        maxLength=100,
        examples=["purchase-approval"],
    ),
    "title": _text("Title", "a text of 1 to 255 characters", pattern=r"\S", maxLength=255),
    "text": {"type": ["string", "null"], "title": "Text", "description": "Free text."},
    "names": {
        "type": "array",
        "title": "Names",
        "description": "A list of names, each once.",
        "uniqueItems": True,
        "items": {"type": "string"},
    },
    "ext_ref": {
        "type": "array",
        "title": "References",
        "description": "Links to where more is written.",
        "maxItems": 50,
        "items": _object(
            "Reference",
            "One link.",
            ["label", "uri"],
            {
                "label": _text("Label", "a text of 1 to 255 characters", pattern=r"\S", maxLength=255),
                "desc": {"type": ["string", "null"], "title": "Description", "description": "What is found there."},
                "uri": _text(
                    "Address",
                    "an http or https address",
                    pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#@]+(?:[/?#]\S*)?$",
                    maxLength=2000,
                ),
            },
            examples=[{"label": "Policy", "desc": "Who may spend what", "uri": "https://example.com/policy"}],
        ),
    },
    "condition": {
        "title": "Condition",
        "description": "JSON Logic over the fields: an object with one operator. `_` holds facts about the run, "
        "for example `_.tasks.KEY.started`.",
        "type": ["object", "null"],
        "minProperties": 1,
        "maxProperties": 1,
        "examples": [{"==": [{"var": "approved"}, True]}],
    },
    "assignment": {
        "title": "Assignment",
        "description": "least_loaded: the person with the fewest active tasks. round_robin: in turn. manual: nobody, "
        "an admin assigns or someone claims it. {field: NAME}: the person in a field of the format `user`.",
        "anyOf": [
            {"type": "string", "enum": ["least_loaded", "round_robin", "manual"]},
            _object(
                "The person in a field",
                "The person whom a field names.",
                ["field"],
                {"field": _text("Field", "A field of the type string and the format user.")},
            ),
        ],
        "default": "least_loaded",
    },
    "layout": {
        "title": "Layout",
        "description": "How fields look, in the `ui:*` vocabulary of react-jsonschema-form; keys without `ui:` are "
        "the names of fields, each with a layout of its own.",
        "type": ["object", "null"],
        "properties": {
            **{f"ui:{word}": rule for word, rule in _LAYOUT_WORDS.items()},
            "ui:visible_when": {
                "$ref": "#/$defs/condition",
                "title": "Visible when",
                "description": "An optional field is shown only when this holds; hidden, it is left out.",
            },
            "ui:options": _object("Options", "Settings of the control.", [], _OPTIONS),
        },
        "patternProperties": {_NAME: {"$ref": "#/$defs/layout"}},
        "additionalProperties": False,
        "examples": [{"ui:order": ["amount", "*"], "amount": {"ui:help": "Without VAT"}}],
    },
    "input_transform": _object(
        "Request",
        "How the workspace becomes the request.",
        [],
        {
            "http_method": _text("Method", "The HTTP method.", enum=["GET", "POST", "PUT", "PATCH", "DELETE"]),
            "headers": {
                "type": "object",
                "title": "Headers",
                "description": "Headers of the request.",
                "maxProperties": 50,
                "propertyNames": _text(
                    "Header", "a header's name: letters, digits and dashes", pattern="^[A-Za-z0-9-]+$", maxLength=100
                ),
                "additionalProperties": _text("Value", "one line of text", pattern=r"^[^\r\n]*$", maxLength=1000),
            },
            "mappings": _mappings(
                _text(
                    "Target",
                    "a dotted path that begins with `url_params`, `headers` or `body`",
                    pattern=r"^(?:url_params|headers|body)(?:\.[^.\s]+)*$",
                    maxLength=500,
                )
            ),
            "expression": _EXPRESSION,
        },
        type=["object", "null"],
        examples=[{"http_method": "POST", "mappings": [{"source": "$.amount", "target": "body.order.total"}]}],
    ),
    "output_transform": _object(
        "Response",
        "How the response becomes the output.",
        [],
        {
            "mappings": _mappings(
                _text(
                    "Target",
                    "an output field, or a dotted path into one",
                    pattern=r"^[A-Za-z][A-Za-z0-9_]*(?:\.[^.\s]+)*$",
                    maxLength=500,
                )
            ),
            "expression": _EXPRESSION,
        },
        type=["object", "null"],
        examples=[{"mappings": [{"source": "$.order.number", "target": "po_number"}]}],
    ),
}
