"""What no template may hold, and what every fragment must (ux.md, CSP; style.md, A fragment)."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import html5lib
import pytest
from jinja2 import Environment, FileSystemLoader

from tests.design.stage import ROOT, TEMPLATES

FILES = sorted(TEMPLATES.rglob("*.html"))
NAMES = [str(path.relative_to(TEMPLATES)) for path in FILES]

REFUSED = {
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an inline style sheet": r"<style\b",
    "a style attribute": r"\sstyle\s*=",
    "an event attribute": r"\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "script in an attribute": r"[\"'](?:js|javascript):",
    "a trigger filter": r"hx-trigger\s*=\s*(\"[^\"]*\[|'[^']*\[)",
    "an escape from escaping": r"\|\s*safe\b|\bMarkup\b|autoescape\s+false",
}


def without_comments(path: Path) -> str:
    return re.sub(r"\{#.*?#\}", "", path.read_text(), flags=re.S)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("what", REFUSED)
def test_no_template_holds(what: str, name: str) -> None:
    assert re.findall(REFUSED[what], without_comments(TEMPLATES / name), flags=re.I) == []


@pytest.mark.parametrize(
    ("what", "source"),
    [
        ("an inline script", "<script>alert(1)</script>"),
        ("an inline style sheet", "<style>p{}</style>"),
        ("a style attribute", '<p style="x">'),
        ("an event attribute", '<p onclick="x">'),
        ("hx-on", '<p hx-on:click="x">'),
        ("script in an attribute", "<p hx-vals='js:{}'>"),
        ("a trigger filter", '<p hx-trigger="click[ctrlKey]">'),
        ("an escape from escaping", "{{ text | safe }}"),
    ],
)
def test_the_rule_sees(what: str, source: str) -> None:
    assert re.findall(REFUSED[what], source, flags=re.I)


@pytest.mark.parametrize("name", NAMES)
def test_every_template_compiles(name: str) -> None:
    Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, extensions=["jinja2.ext.do"]).get_template(name)


def test_no_python_module_writes_html_past_the_escaping() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "ticketflower").rglob("*.py")
        if re.search(r"\bMarkup\(|render_template_string|\|\s*safe\b", path.read_text())
    }
    assert found <= {"ticketflower/live/rendering.py"}, "it wraps a fragment that a template has just rendered"


PARENT = {"tr": "tbody", "td": "tr", "th": "tr", "tbody": "table", "option": "select"}


def roots(path: Path) -> list[tuple[str, dict[str, str]]]:
    """The root elements of a fragment, as they stand in the source; a file of macros has none."""
    source = re.sub(r"\{%-?\s*(macro|call)\b.*?\{%-?\s*end\1\s*-?%\}", "", without_comments(path), flags=re.S)
    source = re.sub(r"\{%.*?%\}", "", source, flags=re.S)
    source = re.sub(r"\{\{.*?\}\}", "x", source, flags=re.S)
    first = re.search(r"<([a-z0-9]+)", source)
    if not first:
        return []
    tree = html5lib.parseFragment(source, container=PARENT.get(first[1], "div"), namespaceHTMLElements=False)
    return [(element.tag, dict(element.attrib)) for element in tree if isinstance(element.tag, str)]


MESSAGES = {"hx-partial", "hx-upsert"}
"""What the socket sends: it names the element that it is for and is none itself."""
HEAD_PARTS = {"_favicon.html"}
FRAGMENTS = [name for name in NAMES if Path(name).name.startswith("_") and name not in HEAD_PARTS]


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_has_one_root_with_an_id(name: str) -> None:
    found = roots(TEMPLATES / name)
    assert len(found) <= 1
    assert all(attributes.get("id") for tag, attributes in found if tag not in MESSAGES)


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_begins_with_what_it_needs(name: str) -> None:
    assert (TEMPLATES / name).read_text().startswith("{#")


def test_the_icon_of_the_tab_is_the_one_in_the_static_folder() -> None:
    href = re.search(r'href="data:image/svg\+xml,([^"]+)"', (TEMPLATES / "_favicon.html").read_text())
    assert href
    drawn = (ROOT / "static/icons/favicon.svg").read_text().strip().replace('"', "'")
    assert unquote(href[1]) == drawn


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', (ROOT / "static/icons/sprite.svg").read_text()))
    source = "".join(without_comments(path) for path in FILES)
    named = set(re.findall(r'icon\("([a-z-]+)"', source)) | set(re.findall(r'icon_name="([a-z-]+)"', source))
    assert named
    assert named <= drawn
