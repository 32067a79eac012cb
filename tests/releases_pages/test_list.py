"""The list of releases: what it shows, how it is searched, and what it keeps from whom."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from dashboard.models import Release
from dashboard.releases import search
from dashboard.releases.pages import PAGE
from tests.releases_pages import shelf
from tests.support.html import elements, one, text
from tests.support.people import People

pytestmark = pytest.mark.django_db


def read(client: Client, **filters: Any) -> str:
    """The page."""
    answer = client.get("/releases", filters)
    assert answer.status_code == 200
    return answer.content.decode()


def listed(page: str) -> list[int]:
    """The numbers of the releases, in the order of the page."""
    return [int(row["data-release"]) for row in elements(page, "data-release", tag="tr")]


def counted(page: str) -> dict[str, int]:
    """The counts by outcome."""
    chips = (
        link.text.rsplit(" ", 1)
        for link in elements(page, "href", tag="a")
        if link.attributes.get("class") == "count"
    )
    return {label: int(number) for label, number in chips if number.isdigit()}


def later(minutes: float) -> Any:
    """So long after the first release of the shelf."""
    return shelf.BEGAN + timedelta(minutes=minutes)


@pytest.fixture
def runs(db: None) -> dict[str, Release]:
    """Three releases in two namespaces, the last one failed."""
    return {
        "first": shelf.release(waited=270.0),
        "other": shelf.release("search", "catalog", shelf.USUAL[:4], began=later(60), revision="c" * 64),
        "failed": shelf.release(
            steps=[*shelf.USUAL[:4], (300, "Failed", 0, 5, 0)],
            began=later(120),
            images=[["app", "shop/checkout:2.14.0", "shop/checkout:3.0.0-rc.1"]],
        ),
    }


def test_a_row_says_what_ran_who_approved_how_long_it_took_and_how_it_ended(
    victor: Client, runs: dict[str, Release]
) -> None:
    shelf.approved(runs["first"])
    page = read(victor)
    assert listed(page) == [runs[name].pk for name in ("failed", "other", "first")]
    rows = elements(page, "data-release", tag="tr")
    assert [row["data-outcome"] for row in rows] == ["failed", "running", "succeeded"]
    row = rows[-1].text
    for words in ("checkout", "payments", "succeeded", "2.13.4", "2.14.0", "hana", "12 min", "4 min 30 s"):
        assert words in row


def test_how_long_people_let_it_wait_is_said_before_it_is_written_down(victor: Client) -> None:
    made = shelf.release(settled=False)
    assert "waited 6 min 40 s" in one(read(victor), "data-release", str(made.pk), "tr").text


def test_outcomes_are_counted_and_chosen(victor: Client, runs: dict[str, Release]) -> None:
    assert counted(read(victor)) == {"all": 3, "running": 1, "succeeded": 1, "failed": 1}
    page = read(victor, outcome="failed")
    assert listed(page) == [runs["failed"].pk]
    assert counted(page)["succeeded"] == 1


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"namespace": "catalog"}, ["other"]),
        ({"namespace": "cat"}, []),
        ({"canary": "checkout"}, ["failed", "first"]),
        ({"canary": "catalog/search"}, ["other"]),
        ({"text": "3.0.0-RC"}, ["failed"]),
        ({"text": "CCCC"}, ["other"]),
        ({"text": "acccc"}, []),
        ({"text": "%"}, []),
        ({"since": "2026-11-24", "until": "2026-11-24"}, ["failed", "other", "first"]),
        ({"until": "2026-11-23"}, []),
        ({"approver": "hana"}, ["first"]),
        ({"approver": "nobody"}, []),
        ({"approver": "hana", "outcome": "failed"}, []),
    ],
)
def test_filters_find_what_they_say(
    victor: Client, runs: dict[str, Release], filters: dict[str, str], found: list[str]
) -> None:
    shelf.approved(runs["first"])
    assert listed(read(victor, **filters)) == [runs[name].pk for name in found]


def test_an_approval_given_before_flagger_began_counts_for_the_release_that_followed(
    victor: Client, runs: dict[str, Release]
) -> None:
    shelf.approved(runs["other"], "early", seconds=-40)
    shelf.entry(runs["failed"], "approval.granted", "elsewhere", -40, revision="d" * 64)
    assert listed(read(victor, approver="early")) == [runs["other"].pk]
    assert "early" in one(read(victor), "data-release", str(runs["other"].pk), "tr").text
    assert listed(read(victor, approver="elsewhere")) == []


def test_a_filter_is_a_chip_that_leaves_itself_out_and_nothing_else(
    victor: Client, runs: dict[str, Release]
) -> None:
    page = read(victor, namespace="payments", canary="checkout", outcome="failed")
    chip = one(page, "aria-label", "Leave out Canary: checkout")
    assert chip["href"] == "?namespace=payments&outcome=failed"


@pytest.mark.parametrize(
    ("filters", "says"),
    [
        ({"since": "soon"}, "This is no date"),
        ({"since": "2026-11-24", "until": "2026-11-01"}, "This lies before"),
        ({"outcome": "great"}, "There is no such outcome"),
        ({"before": "x"}, "Enter a whole number"),
        ({"before": str(10**30)}, "less than or equal"),
    ],
)
def test_a_wrong_filter_is_told_and_nothing_is_listed(
    victor: Client, runs: dict[str, Release], filters: dict[str, str], says: str
) -> None:
    page = read(victor, **filters)
    assert says in text(page)
    assert listed(page) == []


def test_paging_shows_every_release_once_also_those_that_began_at_the_same_moment(victor: Client) -> None:
    made = [shelf.release(f"shop-{number}", steps=()) for number in range(PAGE + 20)]
    first = read(victor)
    older = next(link["href"] for link in elements(first, "rel", "next"))
    second = victor.get(f"/releases{older}").content.decode()
    assert listed(first) + listed(second) == [release.pk for release in reversed(made)]
    assert not elements(second, "rel", "next")


def test_counting_stops_where_it_would_be_slow_and_says_so(
    victor: Client, runs: dict[str, Release], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_COUNTED", 1)
    assert "Counted among the newest 1." in text(read(victor))


def test_another_namespaces_releases_are_not_listed_not_counted_and_move_no_cursor(
    nora: Client, runs: dict[str, Release]
) -> None:
    shelf.approved(runs["first"])
    page = read(nora)
    assert listed(page) == [runs["other"].pk]
    assert counted(page) == {"all": 1, "running": 1}
    for filters in (
        {"namespace": "payments"},
        {"canary": "payments/checkout"},
        {"approver": "hana"},
        {"text": "3.0"},
    ):
        found = read(nora, **filters)
        assert listed(found) == []
        assert counted(found) == {"all": 0}
    # As with a number that nobody has.
    hidden = read(nora, before=str(runs["failed"].pk))
    assert text(hidden).replace(str(runs["failed"].pk), "") == text(read(nora, before="999999")).replace(
        "999999", ""
    )


def test_who_sees_no_release_at_all_is_told_as_if_there_were_none(nora: Client, db: None) -> None:
    shelf.release()
    assert "No release has been seen yet" in text(read(nora))


def test_an_empty_list_says_what_will_be_here_and_how_to_make_one(victor: Client) -> None:
    page = text(read(victor))
    assert "No release has been seen yet" in page
    assert "kubectl -n test set image" in page


def test_who_has_no_role_is_refused(browse: Any, store: Any, people: People) -> None:
    for address in ("/releases", "/releases/stats", f"/releases/{shelf.release().pk}"):
        assert browse("nora").get(address).status_code == 403
        assert browse("").get(address).status_code == 302


def test_a_page_that_does_not_follow_does_not_say_that_it_is_live(
    victor: Client, runs: dict[str, Release]
) -> None:
    assert not elements(read(victor), "data-live")
