"""A layout's ``ui:*`` words, read so that nothing in it can raise or do more than refine a control.

Pure. document.md, Forms: layouts are data. What a layout gets wrong is told to its author when the document is checked;
on a page it counts as not said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

WIDGETS = frozenset({"text", "textarea", "radio", "select", "checkboxes"})
"""What ``ui:widget`` can ask for."""

WORDS = frozenset(
    f"ui:{word}"
    for word in (
        *("order", "widget", "help", "placeholder", "title", "description", "options", "errorText", "visible_when"),
        "autocomplete",
    )
)
"""Every word. ``ui:options`` may hold the others without ``ui:``, and has two of its own: ``rows`` and ``inline``."""

AUTOCOMPLETE = frozenset(
    {
        *(
            "off",
            "name",
            "given-name",
            "family-name",
            "organization",
            "organization-title",
            "email",
            "tel",
            "url",
            "bday",
        ),
        *(
            "street-address",
            "address-line1",
            "address-line2",
            "postal-code",
            "address-level2",
            "country-name",
            "language",
        ),
    }
)
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Layout:
    """The layout of a form or of one control in it.

    Args:
        source: the layout as the document has it; anything that is no object counts as empty.
    """

    source: object = None

    def at(self, key: str) -> Layout:
        """The layout of the control below: a field's, a property's, or ``items``."""
        return Layout(self._mapping().get(key))

    def option(self, word: str) -> Any:
        """``ui:word``, else ``word`` in ``ui:options``; None when neither is there."""
        options = self._mapping().get("ui:options")
        found = self._mapping().get(f"ui:{word}")
        return options.get(word) if found is None and isinstance(options, Mapping) else found

    def text(self, word: str) -> str:
        """The same, when it is text; else ``""``."""
        found = self.option(word)
        return found.strip()[:_LONGEST] if isinstance(found, str) else ""

    def widget(self) -> str:
        """The widget asked for, when it is one of :data:`WIDGETS`."""
        found = self.text("widget")
        return found if found in WIDGETS else ""

    def whole_number(self, word: str, least: int, most: int) -> int | None:
        """A setting that is a whole number, kept within bounds."""
        found = self.option(word)
        return min(max(found, least), most) if isinstance(found, int) and not isinstance(found, bool) else None

    def ordered(self, names: Iterable[str]) -> list[str]:
        """The names as ``ui:order`` says; those that it doesn't name stand at its ``*``, else at the end."""
        left = list(names)
        wanted = self.option("order")
        if not isinstance(wanted, list):
            return left
        named = [name for name in dict.fromkeys(name for name in wanted if isinstance(name, str)) if name in left]
        others = [name for name in left if name not in named]
        if "*" not in wanted:
            return named + others
        place = sum(1 for name in named if wanted.index(name) < wanted.index("*"))
        return named[:place] + others + named[place:]

    def _mapping(self) -> Mapping[str, Any]:
        return self.source if isinstance(self.source, Mapping) else {}


def retitled(schema: Mapping[str, Any], layout: Layout) -> Mapping[str, Any]:
    """The schema with each ``ui:title`` as its title, so that labels and error messages use the same words."""
    changed: dict[str, Any] = {}
    if title := layout.text("title"):
        changed["title"] = title
    properties, items = schema.get("properties"), schema.get("items")
    if isinstance(properties, Mapping):
        changed["properties"] = {name: retitled(inner, layout.at(name)) for name, inner in properties.items()}
    if isinstance(items, Mapping):
        changed["items"] = retitled(items, layout.at("items"))
    return {**schema, **changed}
