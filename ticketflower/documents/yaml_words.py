"""What PyYAML says about a text that it can't read, in words for the person who wrote it."""

from __future__ import annotations

import yaml
from yaml.reader import ReaderError

from ticketflower.documents.nodes import Place, Unreadable, unreadable

_QUOTES = "Put quotes around the text."
_QUOTED_WHOLE = "Put quotes around the whole text, or check how far this line is indented."
_BLOCK = "Indent all keys of one level by the same number of spaces, and close every quote and bracket above."

_BY_PROBLEM = (
    # (what PyYAML's problem contains, detail, hint, whether the place is that of the context)
    ("'\\t' that cannot start", "A tab stands where only spaces may indent.", "Indent with spaces.", False),
    ("cannot start any token", "This character can't begin a text.", _QUOTES, False),
    (
        "mapping values are not allowed here",
        "A colon stands where no key can be.",
        'Put quotes around a text that contains ": ", or add the colon that is missing on the line above.',
        False,
    ),
    (
        "could not find expected ':'",
        "A key without a colon, or a text over several lines without quotes.",
        "Write `key: value`, with a space after the colon.",
        True,
    ),
    ("end of stream", "A quote is opened and never closed.", "Put the same quote at the end of the text.", True),
    (
        "unexpected document separator",
        "A quote is opened and never closed.",
        "Put the same quote at the end of the text.",
        True,
    ),
    ("expected ',' or ']'", "A `[` is not closed.", "Put a comma between two parts, and `]` at the end.", True),
    ("expected ',' or '}'", "A `{` is not closed.", "Put a comma between two parts, and `}` at the end.", True),
    ("expected the node content", "A value is missing.", "Write a value, or null for none.", False),
    ("but found '<scalar>'", "Text follows where a value has ended.", _QUOTED_WHOLE, False),
    ("expected <block end>", "This line doesn't belong to any level above it.", _BLOCK, False),
    ("expected '<document start>'", "There is more text after the end of the document.", _BLOCK, False),
    ("unknown escape character", "A backslash in double quotes has no meaning here.", "Write \\\\.", False),
    ("escape sequence", "A backslash sequence in double quotes is not complete.", "Write \\\\ for a backslash.", False),
    ("incompatible YAML document", "This is another version of YAML.", "Take out the line that begins with %.", False),
    (
        "chomping or indentation",
        "After | or > only a line break may follow.",
        'Put quotes around it: an operator such as ">" is written {">": [...]}.',
        False,
    ),
    ("undefined tag handle", "Text that begins with ! needs quotes.", 'Write {"!": ...}.', False),
    ("sequence entries are not allowed here", "A list can't begin here.", "Begin it on a line of its own.", False),
)


def in_our_words(text: str, error: yaml.MarkedYAMLError) -> Unreadable:
    """The problem of a YAML text, with the place where the mistake was made rather than where it was noticed."""
    problem = error.problem or "it can't be read"
    for part, detail, hint, at_context in _BY_PROBLEM:
        if part in problem:
            mark = error.context_mark if at_context and error.context_mark else error.problem_mark
            return unreadable(_where(text, mark), detail, hint)
    mark = error.problem_mark or error.context_mark
    return unreadable(_where(text, mark), f"This can't be read as YAML: {problem}.", _BLOCK)


def unprintable(text: str, error: ReaderError) -> Unreadable:
    """A control character, NUL or half a surrogate pair in the text itself."""
    before = text[: error.position]
    place = before.count("\n") + 1, error.position - (before.rfind("\n") + 1) + 1
    code = error.character if isinstance(error.character, int) else ord(error.character)
    return unreadable(place, f"The character U+{code:04X} can't stand in a text.", "Take it out.", "bad_character")


def _where(text: str, mark: yaml.Mark | None) -> Place:
    """1-based line and column; a mark behind the end of the text is moved to its last line."""
    if mark is None:
        return 1, 1
    lines = text.splitlines() or [""]
    if mark.line >= len(lines):
        return len(lines), len(lines[-1]) + 1
    return mark.line + 1, mark.column + 1
