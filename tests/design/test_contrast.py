"""Contrast, computed from the tokens of the style sheet: 4.5:1 for text, 3:1 for edges (ux.md, Accessibility)."""

from __future__ import annotations

import itertools
import re

import pytest

from tests.design.stage import STATIC

SHEET = (STATIC / "css/app.css").read_text()
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", SHEET)
}
GROUNDS = ("paper", "surface", "sunken")
TEXT = [
    *itertools.product(("ink", "ink-soft", "link", "brand-strong", "danger"), GROUNDS),
    *((f"on-{ground}", ground) for ground in TOKENS if f"on-{ground}" in TOKENS),
    ("on-brand", "brand-strong"),
]
EDGES = [
    *itertools.product(("edge", "brand", "danger", "focus", "acting"), GROUNDS),
    ("brand", "brand-soft"),
    ("focus", "brand-soft"),
    ("on-acting", "acting"),
]
DECORATION = {"line", "bloom"}
"""Nothing is told by these alone: hairlines between rows, the edge of a warning that says so."""

THEMES = {"light": 0, "dark": 1}


def luminance(colour: str) -> float:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT)
def test_text_can_be_read_on_its_ground(text: str, ground: str, theme: str) -> None:
    at = THEMES[theme]
    assert contrast(TOKENS[text][at], TOKENS[ground][at]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_edges_of_controls_and_focus_stand_out(edge: str, ground: str, theme: str) -> None:
    at = THEMES[theme]
    assert contrast(TOKENS[edge][at], TOKENS[ground][at]) >= 3


def test_every_colour_is_in_a_pair_or_is_decoration() -> None:
    paired = {token for pair in TEXT + EDGES for token in pair}
    assert set(TOKENS) - paired == DECORATION


def test_colours_are_written_in_the_tokens_only() -> None:
    rules = SHEET[SHEET.index("@layer base {") :]
    assert set(re.findall(r"#[0-9a-f]{3,8}\b", rules)) <= {"#fff"}, "paper is white when printed; all else is a token"


def test_every_colour_that_is_used_exists() -> None:
    used = set(re.findall(r"var\(--([a-z0-9-]+)\)", SHEET))
    defined = set(re.findall(r"--([a-z0-9-]+):", SHEET))
    assert used <= defined
    assert set(TOKENS) <= used
