"""What the Content-Security-Policy would refuse, and what would let text become markup, never gets into a template."""

import re
from pathlib import Path

from tests.each import each

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted(
    path for folder in (ROOT / "templates", ROOT / "tests" / "browser" / "gallery") for path in folder.rglob("*.html")
)
SCRIPTS = sorted((ROOT / "static" / "js").glob("*.js"))
STYLES = sorted((ROOT / "static" / "css").glob("*.css"))
ALL = "".join(path.read_text() for path in TEMPLATES)
FORBIDDEN = {
    "an inline style": r"""\sstyle\s*=""",
    "a style element": r"<style\b",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an event attribute": r"""\son[a-z]+\s*=\s*["']""",
    "hx-on": r"\bhx-on\b",
    "an hx value with js:": r"""=\s*["']\s*(js|javascript):""",
    "a trigger filter, which needs eval": r"""hx-trigger\s*=\s*["'][^"']*\[""",
    "a page that waits and asks once, so never again after a failure": r"""hx-trigger\s*=\s*["']load delay""",
    "markup from text": r"\|\s*safe\b|\{%\s*autoescape\s+off",
    "something from another site": r"""(src|href)\s*=\s*["'](https?:)?//(?!(dashboard|docs)\.stripe\.com)""",
}


@each(TEMPLATES)
def test_templates(path):
    text = path.read_text()
    for what, pattern in FORBIDDEN.items():
        assert not re.search(pattern, text), f"{what} in {path.name}"
    assert len(text.splitlines()) <= 150


@each(SCRIPTS)
def test_scripts(path):
    text = path.read_text()
    assert not re.search(r"\beval\b|new Function|innerHTML|outerHTML\s*=|insertAdjacentHTML|document\.write", text)
    assert len(text.splitlines()) <= 200
    assert f"js/{path.name}" in ALL, "a page uses it"


@each(STYLES)
def test_styles(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 200
    assert "@import" not in text
    assert text.lstrip().startswith("@layer")
    assert f"css/{path.name}" in ALL, "a page uses it"


def test_every_style_rule_belongs_to_a_layer():
    order = STYLES[0].parent.joinpath("tokens.css").read_text().splitlines()[0]
    assert order == "@layer reset, tokens, base, layout, components, utilities;"
