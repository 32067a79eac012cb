"""A/B testing sends the requests that match to the canary: no page says that it gets all of the traffic."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboard.store import Store
from tests.support import views
from tests.support.html import elements, one, text

pytestmark = pytest.mark.django_db
PLAN: dict[str, Any] = {
    "iterations": 3,
    "match": [{"headers": {"x-insider": {"exact": "yes"}}}],
}


def put(store: Store, iterations: int) -> None:
    views.put(store, views.canary("tested", analysis=PLAN, iterations=iterations))


def shown(client: Client, path: str) -> str:
    answer: Any = client.get(path)
    body: str = answer.content.decode()
    return body


def inner(html: str, key: str, value: str) -> str:
    """The element that carries this attribute, as text."""
    return one(html, key, value).text


def bars(html: str) -> list[str]:
    """What screen readers hear instead of each bar."""
    return [bar["aria-label"] for bar in elements(html, "class", "bar")]


def test_the_row_names_the_requests_instead_of_a_share(store: Store, viewer: Client) -> None:
    put(store, 2)
    html = shown(viewer, "/?q=tested")
    row = inner(html, "data-canary", "test/tested")
    assert "matching requests" in row
    assert "100 %" not in row
    assert "100 % to the canary" not in bars(html)


def test_before_the_first_iteration_nothing_is_sent(store: Store, viewer: Client) -> None:
    put(store, 0)
    assert "no requests" in inner(shown(viewer, "/?q=tested"), "data-canary", "test/tested")
    assert "all requests" in inner(shown(viewer, "/canaries/test/tested"), "id", "sec-traffic")


def test_the_canary_page_says_who_gets_what(store: Store, viewer: Client) -> None:
    put(store, 2)
    html = shown(viewer, "/canaries/test/tested")
    traffic = inner(html, "id", "sec-traffic")
    assert "matching requests" in traffic
    assert "all others" in traffic
    assert "100 %" not in traffic
    assert 'to the canary"' not in html
    assert "The canary gets 100 % of the requests that match (iterations)." in text(html)


def test_a_decision_is_taken_about_the_requests_that_match(store: Store, approver: Client) -> None:
    put(store, 2)
    dialog = text(shown(approver, "/canaries/test/tested/rollback"))
    assert "100 % of the requests that match" in dialog
    assert "100 % to the canary" not in dialog


def test_a_share_of_all_requests_keeps_its_bar(store: Store, viewer: Client) -> None:
    assert "25 % to the canary" in bars(shown(viewer, "/?q=rising"))
