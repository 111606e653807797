"""A workflow document as it was written: what it says, and where in the text it says it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from ticketflower.documents.json_text import read_json
from ticketflower.documents.limits import MAX_BYTES, value_problems
from ticketflower.documents.nodes import Node, Place, Unreadable, unreadable
from ticketflower.documents.yaml_text import read_yaml
from ticketflower.problems import Problem, pointer

Format = Literal["json", "yaml"]


@dataclass(frozen=True, slots=True)
class Source:
    """A document with the places of its parts.

    Attributes:
        document: the document as JSON values; aliases are written out.
        format: ``json`` or ``yaml``.
    """

    document: dict[str, Any]
    format: Format
    _places: dict[str, Place] = field(repr=False)

    def place(self, pointer: str) -> Place | None:
        """Line and column, from 1, of what a JSON Pointer names: of its key in an object, else of the value itself.

        None when the document has no such part.
        """
        return self._places.get(pointer)

    def locate(self, problem: Problem) -> Problem:
        """The problem with the line and column of its pointer, or of the nearest part around it that exists."""
        at = problem.pointer
        while at not in self._places and at:
            at = at.rpartition("/")[0]
        line, column = self._places.get(at, (1, 1))
        return replace(problem, line=line, column=column)


def read(source: str | bytes, media: str | None = None) -> Source:
    """Reads a workflow document from JSON or YAML (document.md: the core schema of YAML 1.2).

    Args:
        source: the text, or its bytes in UTF-8.
        media: its media type; without one, or with one that is neither, the content tells: an opening ``{`` that is
            followed by ``"`` or ``}`` begins JSON, all else is YAML.

    Raises:
        Unreadable: it can't be read; each problem with line and column.
    """
    text = _text(source)
    if not text.strip():
        raise unreadable((1, 1), "There is no text.", "Choose a file or paste a workflow document.", "empty")
    kind = _format(text, media)
    root = read_json(text) if kind == "json" else read_yaml(text)
    if root.kind != "map":
        hint = "Begin with `workflow: a-key` and `title: A title`."
        raise unreadable(root.place, "A workflow document is an object with named parts.", hint, "not_an_object")
    places: dict[str, Place] = {"": root.place}
    document = _expand(root, "", places)
    result = Source(document, kind, places)
    problems = value_problems(document)
    if problems:
        raise Unreadable(tuple(result.locate(problem) for problem in problems))
    return result


def _text(source: str | bytes) -> str:
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        hint = "Split it into several workflows, or shorten its texts."
        raise unreadable((1, 1), "The document is larger than 256 KB.", hint, "too_large")
    if isinstance(source, str):
        return source.removeprefix("\ufeff")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = source[: error.start]
        place = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        hint = "Save the file with the encoding UTF-8."
        raise unreadable(place, "The file is not text in UTF-8.", hint, "not_utf8") from None


def _format(text: str, media: str | None) -> Format:
    kind = (media or "").partition(";")[0].strip().lower().rpartition("/")[2]
    if kind == "json" or kind.endswith("+json"):
        return "json"
    if kind in ("yaml", "x-yaml") or kind.endswith("+yaml"):
        return "yaml"
    start = text.lstrip()
    looks_like_json = start.startswith("{") and start[1:].lstrip()[:1] in ('"', "}", "")
    return "json" if looks_like_json or start.startswith("[") else "yaml"


def _expand(node: Node, at: str, places: dict[str, Place]) -> Any:
    """The node's value, and into ``places`` the place of each part. The readers bound its depth and size."""
    if node.kind == "scalar":
        return node.scalar
    if node.kind == "list":
        values = []
        for number, item in enumerate(node.items):
            places[here := f"{at}/{number}"] = item.place
            values.append(_expand(item, here, places))
        return values
    result: dict[str, Any] = {}
    for key, (place, value) in node.entries.items():
        places[here := at + pointer(key)] = place
        result[key] = _expand(value, here, places)
    return result
