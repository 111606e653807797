"""The form in which a document is stored and exported."""

from __future__ import annotations

from typing import Any


def normalise(document: dict[str, Any]) -> dict[str, Any]:
    """A copy of a document in which every part stands for itself.

    Keys keep their order, nothing is added and nothing left out. What several places shared, because an alias put it
    there, is written out in each; a number such as 3.0 becomes the whole number 3, as JSON has but one kind.

    Args:
        document: a document that ``check`` found free of errors.
    """
    return {key: _copied(value) for key, value in document.items()}


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_copied(entry) for entry in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
