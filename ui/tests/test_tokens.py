"""The colours keep their contrast in both themes: 4.5 for text, 3 for edges and marks (WCAG 1.4.3, 1.4.11)."""

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "static" / "css" / "tokens.css"
TEXT, MARK = 4.5, 3.0
PAIRS = [
    *[
        (ink, paper, TEXT)
        for ink in ("ink", "ink-2", "ink-3")
        for paper in ("surface", "canvas", "sunken", "hover", "raised")
    ],
    *[("accent", paper, TEXT) for paper in ("surface", "canvas", "sunken", "hover", "raised", "accent-soft")],
    ("accent-ink", "accent-soft", TEXT),
    ("on-accent", "accent-fill", TEXT),
    ("on-accent", "accent-fill-hover", TEXT),
    *[(tone, f"{tone}-soft", TEXT) for tone in ("good", "warn", "bad", "info")],
    *[(tone, "surface", TEXT) for tone in ("good", "warn", "bad", "info")],
    ("toast-ink", "toast", TEXT),
    ("toast-accent", "toast", TEXT),
    *[("line-strong", paper, MARK) for paper in ("surface", "canvas", "raised")],
    *[(mark, "surface", MARK) for mark in ("c1", "c2", "c3")],
]


def tokens():
    text = TOKENS.read_text()
    found = {n: (a, b) for n, a, b in re.findall(r"--([\w-]+):\s*light-dark\((#\w{6}),\s*(#\w{6})\)", text)}
    found |= {n: (a, a) for n, a in re.findall(r"--([\w-]+):\s*(#\w{6});", text)}
    return found


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.03928 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("front", "back", "needed"), PAIRS)
def test_contrast(front, back, needed):
    found = tokens()
    for theme, a, b in zip(("light", "dark"), found[front], found[back], strict=True):
        assert contrast(a, b) >= needed, f"{front} on {back}, {theme}: {contrast(a, b):.2f}"


def test_styles_use_tokens_for_colours():
    """A colour outside tokens.css would not follow the theme; shades of black and white are for shadows and knobs."""
    for path in TOKENS.parent.glob("*.css"):
        if path != TOKENS:
            strays = re.findall(
                r"#(?!fff\b|000?\w?\b|0b08128c|0004|0007)[0-9a-fA-F]{3,8}\b(?![^{]*\{)", path.read_text()
            )
            assert not strays, (path.name, strays)
