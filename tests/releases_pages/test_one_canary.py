"""Traffic over time and earlier releases on a canary's own page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.known import Known
from dashboard.sections import earlier, traffic
from dashboard.sections.look import Look
from dashboard.store import Store
from gates.access_rights import EVERYTHING
from tests.releases_pages import shelf
from tests.support.html import elements, text

pytestmark = pytest.mark.django_db
PAGE = "/canaries/payments/checkout"


def read(client: Client) -> str:
    """The page."""
    return client.get(PAGE).content.decode()


def look(store: Store) -> Look:
    """What a person sees of it."""
    view = store.get("payments", "checkout")
    assert view is not None
    return Look(store, Known(view), store.around.of(view.canary), EVERYTHING, timezone.now())


def test_the_running_release_is_drawn_with_its_decisions_and_failed_checks(victor: Client) -> None:
    made = shelf.release(steps=shelf.USUAL[:6], began=timezone.now() - timedelta(minutes=8))
    shelf.approved(made)
    page = read(victor)
    names = [mark["aria-label"] for mark in elements(page, "tabindex", "0", "g")]
    assert "+1 min 40 s: hana approved the start of checkout: “window is open”" in names[0]
    assert names[1] == "+5 min 10 s: failed checks: 1 of 5"
    assert names[-1] == "+6 min 10 s: Progressing · 50 %"
    assert "This release, as Aviary saw it." in text(page)
    assert elements(page, "href", f"/releases/{made.pk}")


def test_without_a_running_release_the_last_one_is_drawn(victor: Client) -> None:
    shelf.release()
    assert "The last release, as Aviary saw it." in text(read(victor))


def test_a_canary_without_releases_has_its_numbers_and_no_chart(victor: Client) -> None:
    page = read(victor)
    assert "25 %" in text(page)
    assert not elements(page, "tabindex", "0", "g")
    assert elements(page, "id", "sec-earlier")[0].text == ""


def test_earlier_releases_are_listed_with_outcome_image_and_duration(victor: Client) -> None:
    past = [shelf.release(began=shelf.BEGAN + timedelta(hours=hour), waited=60.0) for hour in range(7)]
    shelf.release(steps=shelf.USUAL[:3], began=shelf.BEGAN + timedelta(days=1))
    section = elements(read(victor), "id", "sec-earlier")[0].text
    assert section.count("succeeded") == 1 + earlier.SHOWN
    assert "100 % succeeded (7 of 7)" in section
    assert "2.13.4→ 2.14.0" in section
    links = [link["href"] for link in elements(read(victor), "href")]
    for release in past[2:]:
        assert f"/releases/{release.pk}" in links


def test_a_release_that_has_just_ended_counts_with_how_long_it_waited(victor: Client) -> None:
    shelf.release(settled=False)
    section = elements(read(victor), "id", "sec-earlier")[0].text
    assert "waiting for people6 min 40 s" in section


def test_another_canarys_releases_are_not_among_them(victor: Client) -> None:
    shelf.release("checkout", "catalog")
    page = read(victor)
    assert elements(page, "id", "sec-earlier")[0].text == ""
    assert not elements(page, "tabindex", "0", "g")


def test_the_picture_is_the_same_within_an_interval_so_that_nothing_is_sent(store: Store) -> None:
    shelf.release(steps=shelf.USUAL[:3], began=timezone.now() - timedelta(seconds=201))
    seen = look(store)
    first, second = traffic.context(seen), traffic.context(seen)
    assert first["picture"] == second["picture"]


def test_both_sections_ask_the_database_only_a_few_times_however_much_there_is(store: Store) -> None:
    for hour in range(30):
        shelf.approved(shelf.release(began=shelf.BEGAN + timedelta(hours=hour)))
    with CaptureQueriesContext(connection) as asked:
        traffic.context(look(store))
        earlier.context(look(store))
    assert len(asked) <= 8


def test_a_table_behind_the_chart_has_the_newest_lines_and_says_what_it_leaves_out(victor: Client) -> None:
    steps = [(10.0 * index, "Progressing", index % 2 * 10, 0, 0) for index in range(traffic.LINES + 12)]
    shelf.release(steps=steps, began=timezone.now() - timedelta(hours=1))
    assert "12 earlier lines are on the evidence page." in text(read(victor))
