"""The Korean texts: all there, in step with the sources, with the same placeholders."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
KOREAN = ROOT / "dashboard" / "locale" / "ko" / "LC_MESSAGES" / "django.po"
SOURCES = ("dashboard", "gates", "templates")
KEPT = re.compile(r"%\([A-Za-z_0-9]+\)[sd]|%%|%[sd]|\{[a-z_0-9]*\}|</?[a-z][^>]*>")


def messages(catalogue: Path) -> dict[tuple[str, str], Message]:
    """Those in use, by context and English text."""
    with catalogue.open("rb") as file:
        return {(str(one.context or ""), english(one)): one for one in read_po(file, locale="ko") if one.id}


def english(message: Message) -> str:
    """Of two forms the one for many, which names the number."""
    return str(message.id[-1] if isinstance(message.id, tuple) else message.id)


def korean(message: Message) -> str:
    """Korean has one form."""
    return str(message.string[0] if isinstance(message.string, tuple) else message.string)


def test_every_text_is_translated() -> None:
    empty = [place for place, one in messages(KOREAN).items() if not korean(one).strip() or one.fuzzy]
    assert not empty


def test_placeholders_and_markup_are_the_same() -> None:
    wrong = {
        text: korean(one)
        for (_context, text), one in messages(KOREAN).items()
        if sorted(KEPT.findall(text)) != sorted(KEPT.findall(korean(one)))
    }
    assert not wrong


def test_spaces_at_the_edges_are_the_same() -> None:
    def edges(text: str) -> tuple[bool, bool]:
        return text[:1].isspace(), text[-1:].isspace()

    wrong = {
        text: korean(one)
        for (_context, text), one in messages(KOREAN).items()
        if edges(text) != edges(korean(one))
    }
    assert not wrong


@pytest.mark.gettext
def test_the_texts_of_the_sources_are_all_there(tmp_path: Path) -> None:
    for name in SOURCES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("locale", "__pycache__"))
    (tmp_path / "locale").mkdir()
    django = [sys.executable, "-m", "django", "makemessages", "--locale", "ko", "--no-location", "--no-wrap"]
    subprocess.run(django, cwd=tmp_path, check=True, capture_output=True)
    found = messages(tmp_path / "locale" / "ko" / "LC_MESSAGES" / "django.po")
    assert len(found) > 1000
    # `make messages` brings the file in step.
    assert found.keys() == messages(KOREAN).keys()
