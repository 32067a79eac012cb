"""Templates compile, and keep to the content security policy: nothing inline."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import engines

from tests.house.sources import ROOT, short, templates

INLINE = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "a script without src": r"<script\b(?![^>]*\ssrc\s*=)",
    "an event attribute": r"<[^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "js: in an attribute": r"=\s*[\"']\s*(js|javascript):",
}


@pytest.mark.parametrize("template", templates(), ids=short)
def test_a_template_compiles(template: Path) -> None:
    engines["django"].get_template(template.relative_to(ROOT / "templates").as_posix())


@pytest.mark.parametrize("template", templates(), ids=short)
def test_a_template_has_nothing_inline(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert [what for what, pattern in INLINE.items() if re.search(pattern, text)] == []


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('<p class="a" style="color: red">', "a style attribute"),
        ("<style>p {}</style>", "a style element"),
        ("<script>go()</script>", "a script without src"),
        ('<a onclick="go()">', "an event attribute"),
        ('<a hx-on:click="go()">', "hx-on"),
        ("<a hx-vals='js:{a: 1}'>", "js: in an attribute"),
    ],
)
def test_the_patterns_find_what_they_name(text: str, what: str) -> None:
    assert [name for name, pattern in INLINE.items() if re.search(pattern, text)] == [what]


@pytest.mark.parametrize(
    "text", ['<script src="/static/a.js" defer></script>', '<div data-phase="on" hx-get="/">']
)
def test_the_patterns_leave_the_rest_alone(text: str) -> None:
    assert [name for name, pattern in INLINE.items() if re.search(pattern, text)] == []
