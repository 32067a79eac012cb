"""Numbers about releases: right, few, and nobody else's."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.releases import stats
from dashboard.releases.stats import Run
from tests.releases_pages import shelf
from tests.support.html import elements, one, text

BEGAN = shelf.BEGAN


def run(outcome: str = "succeeded", minutes: float = 10, waited: float = 0) -> Run:
    """One that took so long."""
    return Run(outcome, BEGAN, BEGAN + timedelta(minutes=minutes), waited)


def test_only_promoted_and_failed_ones_make_the_rate() -> None:
    found = stats.summary([run(), run(), run(), run("failed"), run("superseded"), run("running")])
    assert (found.releases, found.succeeded, found.failed, found.other, found.rate) == (5, 3, 1, 1, 75)


def test_lead_time_is_that_of_promoted_ones() -> None:
    found = stats.summary([run(minutes=1), run(minutes=2), run(minutes=60), run("failed", 500)])
    assert (found.lead, found.lead_slow) == (120, 3600)


def test_how_long_people_are_waited_for_is_said_of_those_that_waited() -> None:
    quick = [run() for _number in range(7)]
    found = stats.summary([*quick, run(waited=60), run("superseded", waited=120), run(waited=600)])
    assert (found.waiters, found.waited, found.waited_slow, found.waited_all) == (3, 120, 600, 780)
    nobody = stats.summary(quick)
    assert (nobody.waiters, nobody.waited, nobody.waited_slow) == (0, None, None)


@pytest.mark.django_db
def test_the_page_says_how_many_waited(victor: Client) -> None:
    began = timezone.now() - timedelta(days=2)
    shelf.release(began=began)
    assert "none of them waited" in text(victor.get("/releases/stats").content.decode())
    shelf.release("search", "catalog", began=began, waited=60.0)
    page = text(victor.get("/releases/stats").content.decode())
    assert "1 min" in page
    assert "median of the 1 that waited; 9 of 10 within 1 min; 1 min in all" in page


def test_nothing_is_known_of_nothing() -> None:
    found = stats.summary([])
    assert found.rate is None
    assert set(found.words.values()) == {"–", "0 s"}


@pytest.mark.parametrize(
    ("count", "share", "rank"),
    [(1, 0.5, 1), (2, 0.5, 1), (3, 0.5, 2), (10, 0.9, 9), (11, 0.9, 10), (4, 1, 4), (4, 0, 1)],
)
def test_a_quantile_is_one_of_the_values(count: int, share: float, rank: int) -> None:
    assert stats.quantile([float(value) for value in range(1, count + 1)], share) == rank


def test_the_longest_release_is_the_highest_column_and_none_is_invisible() -> None:
    columns = stats.columns([run(minutes=0), run("failed", 5), run("removed", 10)])
    assert (columns.good, columns.failed, columns.rest) == (
        "M0 100v-6h8v6z",
        "M10 100v-50h8v50z",
        "M20 100v-100h8v100z",
    )
    assert columns.cut == "M10 96h8"


@pytest.mark.django_db
def test_namespaces_lead_to_their_canaries_and_those_to_their_releases(victor: Client) -> None:
    began = timezone.now() - timedelta(days=2)
    shelf.release(began=began, waited=60.0)
    shelf.release("search", "catalog", [*shelf.USUAL[:4], (300, "Failed", 0, 5, 0)], began=began)
    page = victor.get("/releases/stats").content.decode()
    assert [row["data-group"] for row in elements(page, "data-group")] == ["catalog", "payments"]
    assert "100 %" in one(page, "data-group", "payments").text
    assert "50 %" in text(page)
    inside = victor.get("/releases/stats?namespace=payments&days=90").content.decode()
    assert [row["data-group"] for row in elements(inside, "data-group")] == ["payments/checkout"]
    assert elements(inside, "href", "/releases?canary=payments%2Fcheckout")


@pytest.mark.django_db
def test_a_release_that_has_just_ended_counts_with_how_long_it_waited(victor: Client) -> None:
    shelf.release(began=timezone.now() - timedelta(days=2), settled=False)
    page = victor.get("/releases/stats").content.decode()
    assert "waited 6 min 40 s" in one(page, "data-group", "payments").text


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "days=7", "days=-1", "namespace=nowhere"])
def test_a_time_without_releases_says_so(victor: Client, query: str) -> None:
    shelf.release(began=timezone.now() - timedelta(days=40))
    assert "No release ended in this time" in text(victor.get(f"/releases/stats?{query}").content.decode())


@pytest.mark.django_db
def test_another_namespaces_releases_change_no_number(nora: Client) -> None:
    began = timezone.now() - timedelta(days=2)
    shelf.release("search", "catalog", began=began)
    before = text(nora.get("/releases/stats").content.decode())
    shelf.release(began=began)
    assert text(nora.get("/releases/stats").content.decode()) == before
    assert "No release ended" in text(nora.get("/releases/stats?namespace=payments").content.decode())
