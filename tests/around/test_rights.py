"""The page and the documentation name every resource that is watched, and no other."""

from __future__ import annotations

import re

import pytest

from dashboard.resources import CANARIES, OPTIONAL
from tests.support.tiers import ROOT

WATCHED = {CANARIES.title, *(resource.title for resource in OPTIONAL.values())}


@pytest.mark.parametrize("path", ["docs/cluster.md", "templates/canaries/trouble.html"])
def test_the_roles_to_create_are_for_what_is_watched(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    named = [name for group in re.findall(r"--resource=(\S+)", text) for name in group.split(",")]
    assert sorted(named) == sorted(WATCHED)


def test_the_table_says_what_each_resource_is_for() -> None:
    text = (ROOT / "docs/cluster.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE)) == WATCHED
