"""The evidence of a release, when rows of the event hook have made room for newer ones."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from dashboard.models import Release
from dashboard.releases import settling
from gates import events
from gates.models import FlaggerEvent
from tests.releases_pages import shelf
from tests.support.html import elements, one

pytestmark = pytest.mark.django_db
FAILED = "Halt checkout.payments advancement latency 510.5 > 500"
LATENCY = ["latency", None, 500.0, "ms", "1m", ""]


def tell(about: Release, *told: tuple[float, str]) -> None:
    """Over the event hook, seconds after it began."""
    rows = [
        FlaggerEvent(
            subject=about.subject, cluster=about.cluster, namespace=about.namespace, name=about.name,
            at=about.began_at + timedelta(seconds=seconds), hook="event", message=message, warning=True,
        )
        for seconds, message in told
    ]  # fmt: skip
    for start in range(0, len(rows), 50):
        events.save(rows[start : start + 50])


def latency(client: Client, about: Release) -> str:
    """What the page says of the check."""
    return one(client.get(f"/releases/{about.pk}").content.decode(), "data-check", "latency").text


def lost(client: Client, about: Release) -> bool:
    """Whether the page says that messages are not there."""
    return bool(elements(client.get(f"/releases/{about.pk}").content.decode(), "data-events-lost"))


def test_what_a_check_said_stays_and_the_timeline_says_that_messages_are_gone(victor: Client) -> None:
    made = shelf.release(checks=[LATENCY], settled=False)
    tell(made, (310, FAILED))
    settling.settle_ended(made.cluster, made.began_at + timedelta(hours=1))
    before = latency(victor, made)
    assert "1 × 510.5 > 500" in before
    assert not lost(victor, made)
    tell(made, *((5000 + number, f"later {number}") for number in range(750)))
    assert latency(victor, made) == before
    assert lost(victor, made)


def test_of_a_release_that_kept_nothing_of_its_checks_it_does_not_say_never(victor: Client) -> None:
    made = shelf.release(checks=[LATENCY])
    assert latency(victor, made).endswith("never")
    tell(made, (310, FAILED), *((700 + number, f"later {number}") for number in range(750)))
    assert latency(victor, made).endswith("not kept")
    tell(made, (320, FAILED))
    assert latency(victor, made).endswith("1 × 510.5 > 500 (what came before is not kept)")


def test_hours_at_a_gate_push_out_no_failed_check_of_a_running_release(victor: Client) -> None:
    made = shelf.release(steps=shelf.USUAL[:7], checks=[LATENCY])
    waits = "Halt checkout.payments advancement waiting for promotion approval gate"
    tell(made, (-9, "New revision detected!"), (310, FAILED), *((430 + 60 * n, waits) for n in range(700)))
    assert latency(victor, made).endswith("1 × 510.5 > 500")
    assert not lost(victor, made)
