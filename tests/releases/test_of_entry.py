"""From an entry of the log to the release that it is about."""

from __future__ import annotations

import pytest

from dashboard.models import Release
from dashboard.releases import of_entry
from gates.models import AuditEntry
from tests.releases.made import R2, entry, release

pytestmark = pytest.mark.django_db


def leads(said: AuditEntry) -> str:
    return of_entry.address(said)


def to(made: Release) -> str:
    return f"/releases/{made.pk}"


def test_a_decision_leads_to_the_release_that_shows_it() -> None:
    early, during, late = (entry(each, "approval.granted") for each in (-600, 50, 500))
    made = release(0, 100)
    assert leads(early) == leads(during) == to(made)
    assert leads(late) == ""


def test_of_two_releases_of_a_revision_each_has_its_own() -> None:
    first, again = release(0, 100, outcome="failed"), release(200, 300)
    assert leads(entry(50, "approval.granted")) == to(first)
    assert leads(entry(150, "approval.granted")) == to(again)
    assert leads(entry(250, "answer.approved")) == to(again)


def test_an_entry_about_another_revision_leads_nowhere() -> None:
    release(0, 100)
    assert leads(entry(50, "approval.rejected", R2)) == ""


def test_the_release_that_the_entry_names_comes_first() -> None:
    first, _again = release(0, 100), release(200, 300)
    said = entry(250, "approval.granted")
    said.release = str(first.pk)
    assert leads(said) == to(first)


@pytest.mark.parametrize("name", ["", "x", "-1", "9" * 18, "9" * 64, "²"])
def test_a_name_that_nobody_has_is_no_release(name: str) -> None:
    said = AuditEntry(subject="s", cluster="default", release=name)
    said.at = entry(0, "approval.granted").at
    assert leads(said) == ""


def test_what_is_about_no_canary_leads_nowhere() -> None:
    release(0, 100)
    said = entry(50, "approval.granted")
    said.subject = ""
    assert leads(said) == ""
