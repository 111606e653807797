"""Reads JSON and keeps the place of each value, so that problems can be shown by line.

The standard library's parser knows no places and takes the last of two equal keys; this one refuses what RFC 8259
leaves open (two equal keys, NaN) and says how to mend what it can't read.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]
from math import isinf

from ticketflower.documents.limits import MAX_DEPTH
from ticketflower.documents.nodes import Node, Place, scalar, unreadable

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORD = re.compile(r"[-+]?[A-Za-z_][A-Za-z0-9_]*|[-+]?[0-9][0-9A-Za-z.+-]*")
_WORDS: dict[str, object] = {"true": True, "false": False, "null": None}
_MEANT = {"True": "true", "False": "false", "None": "null", "TRUE": "true", "FALSE": "false", "undefined": "null"}
_MAX_DIGITS = 400
"""Python refuses to read whole numbers of more than 4,300 digits, and none of them has a meaning here."""


def read_json(text: str) -> Node:
    """The tree of a JSON text.

    Raises:
        Unreadable: it isn't JSON, two keys of an object are equal, or it is nested more than ``MAX_DEPTH`` levels.
    """
    return _Reader(text).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line_starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def document(self) -> Node:
        node = self.value(1)
        self.skip()
        if self.at < len(self.text):
            raise unreadable(
                self.place(),
                "There is more text after the end of the document.",
                "Take it out, or check for a bracket that closes too early.",
            )
        return node

    def place(self, offset: int | None = None) -> Place:
        offset = self.at if offset is None else offset
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1] + 1

    def skip(self) -> str:
        """Skips white space; returns the next character, or nothing at the end."""
        match = _SPACE.match(self.text, self.at)
        self.at = match.end() if match else self.at
        following = self.text[self.at : self.at + 1]
        if following in ("/", "#"):
            raise unreadable(
                self.place(), "JSON has no comments.", "Take the comment out, or send the document as YAML."
            )
        return following

    def value(self, depth: int) -> Node:
        following, place = self.skip(), self.place()
        if following in ("{", "["):
            if depth > MAX_DEPTH:
                detail = f"The document is nested more than {MAX_DEPTH} levels deep."
                raise unreadable(place, detail, "Flatten this part.", "too_deep")
            node = self.map(depth) if following == "{" else self.list(depth)
            node.close()
            return node
        if following == '"':
            return scalar(self.string(), place)
        return scalar(self.plain(following), place)

    def map(self, depth: int) -> Node:
        node = Node("map", self.place())
        self.at += 1
        if self.skip() == "}":
            self.at += 1
            return node
        while True:
            place, key = self.key()
            if key in node.entries:
                first = node.entries[key][0][0]
                detail = f"The key `{key}` stands twice in one object (first on line {first})."
                raise unreadable(place, detail, "Take one of them out, or rename it.", "duplicate_key")
            node.entries[key] = (place, self.value(depth + 1))
            if self.ends("}", "object"):
                return node

    def list(self, depth: int) -> Node:
        node = Node("list", self.place())
        self.at += 1
        if self.skip() == "]":
            self.at += 1
            return node
        while True:
            node.items.append(self.value(depth + 1))
            if self.ends("]", "list"):
                return node

    def key(self) -> tuple[Place, str]:
        following, place = self.skip(), self.place()
        if following == "}":
            raise unreadable(place, "There is a comma before the closing `}`.", "Take the comma out.")
        if following != '"':
            raise self.not_a(place, "a key in double quotes", 'Write keys in double quotes: "title".')
        key = self.string()
        if self.skip() != ":":
            raise self.not_a(self.place(), f'a colon after the key "{key}"', 'Write "key": value.')
        self.at += 1
        return place, key

    def ends(self, bracket: str, what: str) -> bool:
        """Steps over a comma, or over the closing bracket: then it is the end."""
        following = self.skip()
        if following == bracket:
            self.at += 1
            return True
        if following != ",":
            hint = f"Put a comma between two parts, or close the {what} with `{bracket}`."
            raise self.not_a(self.place(), f"a comma or `{bracket}`", hint)
        self.at += 1
        if bracket == "]" and self.skip() == "]":
            raise unreadable(self.place(), "There is a comma before the closing `]`.", "Take the comma out.")
        return False

    def string(self) -> str:
        start = self.at
        try:
            text, self.at = scanstring(self.text, start + 1, True)
        except JSONDecodeError as error:
            if error.msg.startswith("Unterminated"):
                hint = "Put a double quote at the end of the text."
                raise unreadable(self.place(start), "This text is opened and never closed.", hint) from None
            if "control character" in error.msg.lower():
                detail = "A text goes over the end of its line, or contains a tab or another control character."
                hint = "Close the quote on the same line; write \\n for a new line and \\t for a tab."
                raise unreadable(self.place(error.pos), detail, hint) from None
            detail = "A backslash is followed by something that JSON doesn't know."
            raise unreadable(self.place(error.pos), detail, "Write \\\\ for a backslash.") from None
        return str(text)

    def plain(self, following: str) -> object:
        """A number or one of the three words, else what is wrong with what stands here."""
        match = _WORD.match(self.text, self.at)
        word = match.group() if match else ""
        if word in _WORDS:
            self.at += len(word)
            return _WORDS[word]
        number = _NUMBER.fullmatch(word)
        if number:
            return self.number(word, whole=not (number[1] or number[2]))
        raise self.no_value(following, word)

    def number(self, word: str, *, whole: bool) -> int | float:
        place = self.place()
        self.at += len(word)
        if len(word) > _MAX_DIGITS if whole else isinf(float(word)):
            hint = "Write it as text, in quotes."
            raise unreadable(place, "This number is too large.", hint, "number_too_large")
        return int(word) if whole else float(word)

    def no_value(self, following: str, word: str) -> Exception:
        place = self.place()
        if word in _MEANT:
            return unreadable(place, f"`{word}` is not JSON.", f"Write `{_MEANT[word]}`.")
        if word.lstrip("+-") in ("NaN", "Infinity"):
            return unreadable(place, f"`{word}` is not JSON.", "Write a number, or null for none.", "not_finite")
        if following == "'":
            return unreadable(place, "A text must stand in double quotes.", "Write \"text\" instead of 'text'.")
        if word and (word[0].isdigit() or word[0] in "+-"):
            hint = "Write digits with a point, without leading zeros or `+`; put a text in double quotes."
            return unreadable(place, f"`{word[:40]}` is not a number in JSON.", hint)
        hint = "Write a text in double quotes, a number, true, false, null, a list or an object."
        return self.not_a(place, "a value", hint)

    def not_a(self, place: Place, expected: str, hint: str) -> Exception:
        if self.at >= len(self.text):
            hint = "Check that each `{`, `[` and quote is closed."
            return unreadable(place, f"The text ends where {expected} should stand.", hint)
        return unreadable(place, f"There should be {expected} here, not `{self.text[self.at]}`.", hint)
