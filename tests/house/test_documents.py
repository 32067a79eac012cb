"""Every setting and every address is documented, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

from gates import addresses
from tests.house.sources import ROOT, tree

# Django's own pages are one entry each: their addresses are Django's to document.
DJANGO_OWN = ("/admin/",)
# Served in front of the URL configuration: whitenoise's files, and the websocket.
IN_FRONT = {"/static/<path>", "/ws/"}


def first_column(name: str) -> set[str]:
    """The code texts in the first column of the file's tables, without the methods in front."""
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`[^|]*?) \|", text, re.MULTILINE)
    return {word.split(" ")[-1] for cell in cells for word in re.findall(r"`([^`]+)`", cell)}


def settings_read() -> set[str]:
    """The names that settings.py, and the files it is made of, ask env.py for."""
    files = [ROOT / "dashboard" / "settings.py", *(ROOT / "dashboard").glob("conf_*.py")]
    calls = [node for file in files for node in ast.walk(tree(file)) if isinstance(node, ast.Call)]
    readers = [call for call in calls if re.fullmatch(r"env\.\w+", ast.unparse(call.func))]
    return {ast.literal_eval(call.args[0]) for call in readers}


def readable(route: str) -> str:
    """`<str:name>` and `(?P<name>[^/]+)` → `<name>`."""
    route = re.sub(r"<\w+:(\w+)>", r"<\1>", route)
    return re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", route).strip("^$").removesuffix("/?")


def routes(patterns: Sequence[URLPattern | URLResolver], prefix: str = "/") -> Iterator[str]:
    """Every address of the URL configuration, as people write it."""
    for pattern in patterns:
        address = prefix + readable(str(pattern.pattern))
        if isinstance(pattern.pattern, RegexPattern) and address == prefix:
            continue  # a catch-all: it only says 404
        if address in DJANGO_OWN or isinstance(pattern, URLPattern):
            yield address
        else:
            yield from routes(pattern.url_patterns, address)


def test_every_setting_is_documented_and_no_other() -> None:
    assert first_column("settings.md") == settings_read()


def test_the_readme_names_only_settings_that_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = {name.removesuffix("_FILE") for name in re.findall(r"AVIARY_[A-Z_]+", readme)}
    assert named <= settings_read() | {"AVIARY_REQUIRE_TIERS"}


def test_every_address_is_documented_and_no_other() -> None:
    flagger = {address.label for address in (*addresses._LISTED, *addresses._OPERATION)}
    people = set(routes(get_resolver().url_patterns))
    assert first_column("addresses.md") == flagger | people | IN_FRONT


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8")):
            if not (path.parent / target).exists():
                broken.append(f"{path.name}: {target}")
    assert broken == []
