"""What event hooks told of a release's checks stays with it, whatever is told of its canary afterwards."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from dashboard.models import Release
from dashboard.releases import event_rows, settling, writing
from gates import events
from gates.keys import subject
from gates.models import FlaggerEvent
from tests.releases.made import at, release

pytestmark = pytest.mark.django_db
CHECKS = [["request-success-rate", 99.0, None, "%", "1m", ""], ["latency", None, 500.0, "ms", "1m", ""]]
FAILED = "Halt checkout.payments advancement success rate 96.00% < 99%"
WAITS = "Halt checkout.payments advancement waiting for promotion approval gate"
TOLD = {"complete": True, "failed": [["request-success-rate", 2, "96.00% < 99%"]]}


def tell(messages: Iterable[tuple[float, str]], checksum: str = "c1") -> None:
    """Over the event hook, as it is written down: a few at a time, and trimmed."""
    rows = [
        FlaggerEvent(
            subject=subject("default", "payments", "checkout"), cluster="default", namespace="payments",
            name="checkout", at=at(seconds), hook="event", checksum=checksum, message=message, warning=True,
        )
        for seconds, message in messages
    ]  # fmt: skip
    for start in range(0, len(rows), 20):
        events.save(rows[start : start + 20])


def messages() -> list[str]:
    """What is kept, oldest first."""
    return list(FlaggerEvent.objects.order_by("id").values_list("message", flat=True))


def settled(of: Release) -> Release:
    """The release, gathered."""
    assert settling.settle_ended("default", at(1000)) == 1
    of.refresh_from_db()
    return of


def test_what_its_checks_said_is_kept_when_it_is_settled_and_never_changes() -> None:
    tell([(-5, "New revision detected!"), (40, FAILED), (50, FAILED)])
    one = settled(release(0, 100, outcome="failed", checks=CHECKS))
    assert one.told == TOLD
    tell((2000 + number, f"another {number}") for number in range(750))
    assert FAILED not in messages()
    assert settling.told(one) == TOLD
    # A replica may see another end; what was told is not less for it.
    Release.objects.update(settled=False, outcome="superseded")
    one.refresh_from_db()
    assert settled(one).told == TOLD


def test_what_was_trimmed_away_before_it_was_settled_is_not_taken_for_nothing() -> None:
    tell((10 + number / 10, f"other {number}") for number in range(750))
    assert settled(release(0, 100, outcome="failed", checks=CHECKS)).told == {"complete": False, "failed": []}


def test_a_night_at_a_gate_pushes_out_no_failed_check() -> None:
    one = release(0, checks=CHECKS)
    tell([(-5, "New revision detected!"), (40, FAILED), (50, FAILED)])
    tell((60 + 60 * number, WAITS) for number in range(305))
    assert settling.told(one)["failed"] == [("request-success-rate", 2, "96.00% < 99%")]
    tell((20000 + 60 * number, WAITS) for number in range(500))
    assert len(messages()) < events.KEPT + events.SLACK
    assert event_rows.all_kept(one)
    assert settling.told(one) == {"complete": True, "failed": [("request-success-rate", 2, "96.00% < 99%")]}


def test_what_repeats_itself_makes_room_first_and_the_first_of_a_run_and_the_newest_stay() -> None:
    tell([(0, "New revision detected!"), *((seconds, WAITS) for seconds in range(300))])
    tell(((400 + number, f"news {number}") for number in range(250)), "c2")
    tell(((700 + number, WAITS) for number in range(100)), "c2")
    kept = messages()
    assert len(kept) < events.KEPT + events.SLACK
    assert kept[:2] == ["New revision detected!", WAITS]
    assert sum(message.startswith("news") for message in kept) == 250
    assert kept[-100:] == [WAITS] * 100


def test_secrets_in_what_a_check_said_are_masked() -> None:
    tell([(40, "Prometheus query failed for latency: http://x/?token=s3cret refused")])
    one = settled(release(0, 100, outcome="failed", checks=CHECKS))
    assert "latency" in str(one.told)
    assert "s3cret" not in str(one.told)


def test_settling_a_release_that_turned_meanwhile_writes_nothing() -> None:
    one = release(0, 100, outcome="failed", checks=CHECKS)
    Release.objects.update(outcome="succeeded")
    writing.settle(one, "", None, 0.0, settling.told(one))
    one.refresh_from_db()
    assert one.told is None
