"""A document as a form sends it, and as the editor shows it again: its lines, and each problem at its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Request

MEDIA_OF = {".json": "application/json", ".yaml": "application/yaml", ".yml": "application/yaml"}
#: More of a document isn't shown again: it is refused for its size anyway (security.md, 256 KB).
MOST_SHOWN = 512 * 1024
UNSHOWABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
STEP = re.compile(r"[A-Za-z][A-Za-z0-9_-]*\Z")


@dataclass(frozen=True, slots=True)
class Sent:
    """What somebody wants checked or stored.

    Attributes:
        source: the chosen file's bytes, else the text.
        media: what the file's name says it is; None lets the content tell.
    """

    source: str | bytes
    media: str | None = None

    @property
    def text(self) -> str:
        """The document for the text area."""
        if isinstance(self.source, bytes):
            return showable(self.source[:MOST_SHOWN].decode("utf-8-sig", "replace"))
        return showable(self.source[:MOST_SHOWN])


def sent_document(request: Request) -> Sent:
    """The document of a form: the file if one was chosen, else the text, with the line ends of its author."""
    file = request.files.get("file")
    if file is not None and file.filename:
        return Sent(file.read(), _media(file))
    return Sent(request.form.get("document", "").replace("\r\n", "\n"))


def _media(file: FileStorage) -> str | None:
    name = (file.filename or "").lower()
    return next((media for ending, media in MEDIA_OF.items() if name.endswith(ending)), None)


def showable(text: str) -> str:
    """The text with a sign in place of each character that no HTML page may hold."""
    return UNSHOWABLE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One problem or warning, at its place.

    Attributes:
        line: 1-based; None where the document's text isn't known.
        place: the part of the document, ``tasks.order.condition``; "" is the whole.
        detail: what is wrong.
        hint: how to mend it, or None.
        is_warning: it doesn't keep the document from being stored.
    """

    line: int | None
    place: str
    detail: str
    hint: str | None
    is_warning: bool

    @property
    def where(self) -> str:
        """Line and part in words: "Line 14, tasks.order.condition"."""
        line = f"Line {self.line}" if self.line else ""
        return ", ".join(part for part in (line, self.place) if part) or "The document"


def findings(problems: Iterable[Mapping[str, Any]], *, warnings: bool = False) -> tuple[Finding, ...]:
    """Problems as JSON (``Problem.as_json``), from the top of the document to its end."""
    found = [
        Finding(
            problem.get("line"),
            place_of(str(problem.get("pointer", ""))),
            showable(str(problem["detail"])),
            showable(str(problem["hint"])) if problem.get("hint") else None,
            warnings,
        )
        for problem in problems
    ]
    return tuple(sorted(found, key=lambda finding: finding.line or 0))


def place_of(pointer: str) -> str:
    """A JSON Pointer as people write it: ``/tasks/order/fields/1`` is ``tasks.order.fields[1]``."""
    words = ""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if name.isdigit():
            words += f"[{name}]"
        else:
            shown = name if STEP.match(name) else f"“{showable(name)}”"
            words += f".{shown}" if words else shown
    return words


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the listing below the editor."""

    number: int
    text: str
    mark: str = ""


def listing(text: str, found: Sequence[Finding]) -> list[Line]:
    """The document's lines, those with a problem (``problem``) or only a warning (``warning``) marked."""
    marks: dict[int, str] = {}
    for finding in found:
        if finding.line and marks.get(finding.line) != "problem":
            marks[finding.line] = "warning" if finding.is_warning else "problem"
    lines = text.split("\n")
    if lines[-1] == "" and len(lines) > 1 and len(lines) not in marks:
        lines.pop()
    return [Line(number, line, marks.get(number, "")) for number, line in enumerate(lines, start=1)]
