"""Writes a document as YAML for people: blocks where there is much, one line where there is little.

Texts are quoted whenever a reader of YAML 1.1 or 1.2 could take them for anything else, so that every reader gets the
same document back.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

_WIDTH: Final = 110
_MOST_LEVELS: Final = 5
_ALWAYS_BLOCKS: Final = 2
"""Up to this indentation maps are blocks: the document's parts, and each ticket type, task and completion."""
_PLAIN: Final = re.compile(r"[A-Za-z](?:[A-Za-z0-9_./-]|(?<! ) (?! ))*(?<! )\Z")
_WORDS: Final = re.compile(r"(?:y|n|yes|no|on|off|true|false|null|nan|inf|infinity)\Z", re.IGNORECASE)
_UNPRINTABLE: Final = r"\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff"
_LITERAL: Final = re.compile(rf"[^\s\x00-\x1f{_UNPRINTABLE}][^\x00-\x09\x0b-\x1f{_UNPRINTABLE}]*\Z")
_ESCAPED: Final = re.compile(f"[{_UNPRINTABLE}]")


def write_yaml(document: dict[str, Any]) -> str:
    """The document as YAML that reads back to the same document, its keys in their order.

    Args:
        document: a document of JSON values.
    """
    return "".join(line + "\n" for line in _block(document, 0)) if document else "{}\n"


def _block(value: dict[str, Any] | list[Any], indent: int) -> list[str]:
    """The lines of a map or list that is not empty."""
    lines: list[str] = []
    space = " " * indent
    if isinstance(value, dict):
        for key, part in value.items():
            lines += _entry(f"{space}{_text(key)}:", part, indent)
        return lines
    for entry in value:
        lines += _entry(f"{space}-", entry, indent)
    return lines


def _entry(head: str, value: Any, indent: int) -> list[str]:
    literal = _literal(value, indent + 2)
    if literal:
        return [f"{head} {literal[0]}", *literal[1:]]
    flat = _flat(value)
    if not isinstance(value, dict | list) or not value or _fits(value, head, flat, indent):
        return [f"{head} {flat}"]
    return [head, *_block(value, indent + 2)]


def _fits(value: dict[str, Any] | list[Any], head: str, flat: str, indent: int) -> bool:
    """Whether a part is short and simple enough for one line: a list of texts, a field, a condition."""
    if isinstance(value, dict) and indent <= _ALWAYS_BLOCKS:
        return False
    return len(head) + len(flat) < _WIDTH and _levels(value) <= _MOST_LEVELS


def _levels(value: Any) -> int:
    parts = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    return (1 + max((_levels(part) for part in parts), default=0)) if isinstance(value, dict | list) else 0


def _literal(value: Any, indent: int) -> list[str]:
    """A text of several lines as a literal block; nothing where that would not keep it exactly."""
    if not isinstance(value, str) or "\n" not in value or not _LITERAL.match(value):
        return []
    body, ending = (value[:-1], "|") if value.endswith("\n") else (value, "|-")
    if body.endswith("\n") or any(line != line.rstrip() for line in body.split("\n")):
        return []
    return [ending, *(" " * indent + line if line else "" for line in body.split("\n"))]


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)}: {_flat(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flat(entry) for entry in value) + "]"
    return _text(value) if isinstance(value, str) else _number(value)


def _number(value: Any) -> str:
    """A number as every reader knows it: readers of YAML 1.1 want a point in ``1e+16`` and a sign in the exponent."""
    text = json.dumps(value)
    if isinstance(value, float) and "e" in text:
        mantissa, _, exponent = text.partition("e")
        mantissa = mantissa if "." in mantissa else mantissa + ".0"
        return f"{mantissa}e{exponent if exponent[0] in '+-' else '+' + exponent}"
    return text


def _text(text: str) -> str:
    if _PLAIN.match(text) and not _WORDS.match(text):
        return text
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(text, ensure_ascii=False))
