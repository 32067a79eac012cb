"""Alerts: how bad it must be, where they go, and what keeps Flagger from sending them."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.around.around import Around
from dashboard.around.referred import AlertProvider
from tests.one_a.conftest import Page
from tests.support import views
from tests.support.html import Element, one

pytestmark = pytest.mark.django_db
SLACK = AlertProvider("flagger", "on-call", "slack", "deploys", "", "https://hooks.slack.com/•••", "")


def alert(page: Page, provider: AlertProvider | None, severity: str | None = "warn", **more: Any) -> Element:
    """What is said of the one alert of a canary."""
    written = {"name": "team", "providerRef": {"name": "on-call", "namespace": "flagger"}}
    if severity is not None:
        written["severity"] = severity
    around = Around(alert_providers={provider.key: provider} if provider else {}, **more)
    raw = views.raw(analysis={"stepWeights": [10], "alerts": [written]})
    return one(page.of(raw, around), "data-alert", "team")


@pytest.mark.parametrize(
    ("severity", "words"),
    [("info", "everything"), ("warn", "warnings and errors"), ("error", "errors only"), (None, "nothing")],
)
def test_the_severity_says_what_is_sent(page: Page, severity: str | None, words: str) -> None:
    assert alert(page, SLACK, severity).text.startswith(f"team {words}")


def test_the_provider_is_shown_with_channel_and_masked_address(page: Page) -> None:
    words = alert(page, SLACK).text
    assert "slack flagger/on-call" in words
    assert "channel deploys" in words
    assert "address https://hooks.slack.com/•••" in words


def test_an_address_in_a_secret_is_said_to_be(page: Page) -> None:
    provider = AlertProvider("flagger", "on-call", "msteams", "", "", "", "teams-url")
    words = alert(page, provider).text
    assert "from Secret teams-url" in words
    assert "channel" not in words


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        (
            AlertProvider("flagger", "on-call", "pager", "", "", "https://x/•••", ""),
            "does not know this type",
        ),
        (AlertProvider("flagger", "on-call", "slack", "", "", "", ""), "has no address"),
        (None, "There is no such object"),
    ],
)
def test_what_keeps_flagger_silent_is_said(page: Page, provider: AlertProvider | None, words: str) -> None:
    assert words in alert(page, provider).text


def test_a_provider_that_may_not_be_read_says_so(page: Page) -> None:
    words = alert(page, None, unread=("alertproviders.flagger.app: forbidden",)).text
    assert "alertproviders.flagger.app: forbidden" in words


def test_without_alerts_there_is_nothing(page: Page) -> None:
    assert "hidden" in one(page.of(views.raw()), "id", "sec-alerts").attributes
