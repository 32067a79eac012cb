"""Links from annotations: http and https only, the host shown, none that carries a secret."""

from __future__ import annotations

import pytest

from dashboard import links
from tests.one_a.conftest import Page
from tests.support import views
from tests.support.html import elements, one


def hosts(value: str) -> list[tuple[str, str]]:
    """Host and address of what an annotation becomes."""
    return [(link.host, link.address) for link in links.read({"example.com/runbook": value})]


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("https://wiki.example/runbook?id=7#top", "wiki.example"),
        ("HTTP://Grafana.example:3000/d/abc", "grafana.example:3000"),
        ("  https://git.example/commit/1 ", "git.example"),
        ("https://аррӏе.com/", "xn--80ak6aa92e.com"),
    ],
)
def test_an_address_is_a_link_that_says_where_it_leads(value: str, host: str) -> None:
    assert hosts(value) == [(host, value.strip())]


@pytest.mark.parametrize(
    "value",
    [
        "javascript:alert(1)",
        "data:text/html,<script>alert(1)</script>",
        "//evil.example/",
        "ftp://files.example/",
        "https://",
        "https:///path",
        "https://evil.example\\@good.example/",
        "https://a.example/ https://b.example/",
        'https://a.example/"onclick="alert(1)',
        "https://a.example/\u0000",
        "https://host:99999/",
        "see https://wiki.example/",
        "5d8f1c2",
    ],
)
def test_anything_else_is_no_link(value: str) -> None:
    assert hosts(value) == []


@pytest.mark.parametrize(
    "value",
    [
        "https://me:hunter2@wiki.example/",
        "https://wiki.example/?token=hunter2",
        "https://a.example/t/hunter2/x",
    ],
)
def test_an_address_with_a_secret_is_named_and_not_linked(value: str) -> None:
    ((host, address),) = hosts(value)
    assert host.endswith(".example")
    assert address == ""


def test_the_label_is_the_last_part_of_the_key() -> None:
    found = links.read(
        {
            "example.com/run-book": "https://a.example/",
            "grafana": "https://b.example/",
            "example.com/source.commit_sha": "https://c.example/",
        }
    )
    assert [link.label for link in found] == ["Grafana", "Run book", "Source commit sha"]


def test_no_more_than_twenty() -> None:
    assert len(links.read({f"example.com/link-{n}": "https://a.example/" for n in range(50)})) == 20


@pytest.mark.django_db
def test_they_are_on_the_page_and_tell_nobody_where_one_came_from(page: Page) -> None:
    raw = views.raw()
    raw["metadata"]["annotations"] = {
        "example.com/runbook": "https://wiki.example/podinfo",
        "example.com/bad": "javascript:alert(1)",
        "example.com/secret": "https://wiki.example/?token=hunter2",
    }
    html = page.of(raw)
    (link,) = elements(html, "rel", "noreferrer", tag="a")
    assert (link["href"], link.text) == ("https://wiki.example/podinfo", "Runbook")
    assert "wiki.example" in one(html, "id", "sec-links").text
    assert "carries a secret" in one(html, "id", "sec-links").text
    assert "hunter2" not in html
    assert not [one for one in elements(html, "href") if one["href"].startswith("javascript")]


@pytest.mark.django_db
def test_without_links_there_is_nothing(page: Page) -> None:
    assert "hidden" in one(page.of(views.raw()), "id", "sec-links").attributes
