"""The lock file: exact versions with hashes, no addresses, and enough for pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.sources import ROOT

LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = dict(re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;]+)", LOCK, re.MULTILINE))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WANTED = [Requirement(text) for text in PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]]


def test_every_pin_has_a_hash() -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(entries) == len(re.findall(r"^[A-Za-z0-9]", LOCK, re.MULTILINE)) > 0
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_it_names_no_address() -> None:
    assert re.findall(r"\S*://\S*", LOCK) == []
    assert "index-url" not in LOCK.replace("--no-emit-index-url", "")


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: wanted.name)
def test_it_satisfies_the_project(wanted: Requirement) -> None:
    assert wanted.specifier.contains(PINS[canonicalize_name(wanted.name)], prereleases=True)


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: wanted.name)
def test_what_is_installed_is_what_is_locked(wanted: Requirement) -> None:
    assert version(wanted.name) == PINS[canonicalize_name(wanted.name)]
