"""What people did about a release: whose entries it gets, how long they let it wait, why it ended."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.models import Release
from dashboard.releases import settling, waiting
from dashboard.releases.entries import entries_of
from gates.keys import subject
from gates.models import FlaggerEvent
from tests.releases.made import R2, at, entry, episode, release, state

pytestmark = pytest.mark.django_db


def actions(of: Release) -> list[str]:
    return [each.action for each in entries_of(of)]


def tell(seconds: float, message: str, checksum: str = "c1") -> None:
    FlaggerEvent.objects.create(
        subject=subject("default", "payments", "checkout"), cluster="default", namespace="payments",
        name="checkout", at=at(seconds), hook="event", checksum=checksum, message=message,
    )  # fmt: skip


def waited(of: Release, now: datetime) -> float:
    """Seconds."""
    waiting.fill([of], now)
    return of.waited


def test_an_approval_given_before_flagger_began_counts() -> None:
    given = entry(-600, "approval.granted")
    assert [each.seq for each in entries_of(release(0, 100))] == [given.seq]


def test_what_was_said_of_an_earlier_release_of_the_same_revision_does_not_count() -> None:
    first = release(0, 100, outcome="failed")
    entry(10, "approval.granted")
    entry(101, "comment.made")
    again = release(200, 300)
    entry(150, "approval.rejected")
    entry(210, "answer.approved")
    assert actions(first) == ["approval.granted", "comment.made"]
    assert actions(again) == ["approval.rejected", "answer.approved"]


def test_what_was_said_before_another_revision_began_has_lapsed() -> None:
    entry(-50, "approval.granted", R2)
    other = release(0, 100)
    entry(90, "approval.granted", R2)
    later = release(110, 200, R2)
    assert actions(other) == []
    assert [each.at for each in entries_of(later)] == [at(90)]


def test_another_revisions_entries_do_not_count_however_close() -> None:
    entry(50, "approval.rejected", R2)
    assert actions(release(0, 100)) == []


def test_what_names_no_revision_counts_while_the_release_ran() -> None:
    for seconds in (-60, 50, 160):
        entry(seconds, "gate.opened", "")
    assert [each.at for each in entries_of(release(0, 100))] == [at(50)]


def test_endings_a_little_after_the_end_count_and_the_approval_of_a_retry_does_not() -> None:
    given = entry(10, "approval.granted")
    entry(105, "approval.lapsed", decision=given.seq)
    entry(110, "approval.granted")
    assert actions(release(0, 100, outcome="failed")) == ["approval.granted", "approval.lapsed"]


def test_entries_of_another_canary_do_not_count() -> None:
    entry(50, "approval.granted")
    assert actions(release(0, 100, name="cart")) == []


def test_time_is_counted_once_however_many_hooks_wait() -> None:
    one = release(0, 100)
    episode(-5, 20)
    episode(10, 30, hook="confirm-traffic-increase")
    episode(60, 70, hook="confirm-promotion")
    episode(80, 85, R2)
    assert waited(one, at(1000)) == 40


def test_phases_in_which_flagger_asks_count_whatever_address_it_asks() -> None:
    one = release(0, 100)
    for seconds, phase in ((0, "Waiting"), (30, "Progressing"), (50, "WaitingPromotion"), (90, "Promoting")):
        state(one, seconds, phase)
    episode(25, 35)
    assert waited(one, at(1000)) == 35 + 40


def test_a_running_release_waits_until_now() -> None:
    one = release(0)
    episode(10, None)
    assert waited(one, at(70)) == 60


def test_many_are_asked_for_at_once_and_what_is_written_down_stays() -> None:
    one, other = release(0, 100), release(0, 200, name="cart")
    kept = release(300, 400, settled=True, waited=7.0)
    episode(10, 30)
    episode(310, 390)
    state(other, 0, "Waiting")
    state(other, 50, "Progressing")
    releases = [one, other, kept]
    with CaptureQueriesContext(connection) as asked:
        waiting.fill(releases, at(1000))
    assert [each.waited for each in releases] == [20, 50, 7]
    assert len(asked) == 2


def test_an_end_that_nobody_saw_adds_no_waiting() -> None:
    one = release(0, outcome="unknown")
    Release.objects.filter(pk=one.pk).update(current=None)
    episode(10, None)
    assert waited(one, at(70)) == 0


def settled(of: Release) -> Release:
    assert settling.settle_ended("default", at(1000)) == 1
    assert settling.settle_ended("default", at(1000)) == 0
    of.refresh_from_db()
    return of


MESSAGE = "Canary analysis failed, Deployment scaled to zero."


def test_why_it_failed_is_told_in_flaggers_words_with_the_most_telling_first() -> None:
    one = release(0, 100, outcome="failed", checksum="c1", message=MESSAGE)
    tell(40, "Halt checkout.payments advancement success rate 97.40% < 99%")
    tell(50, "Halt checkout.payments advancement waiting for traffic increase approval gate")
    tell(60, "Halt checkout.payments advancement http://x/t/s3cret/check failed")
    tell(99, "Rolling back checkout.payments failed checks threshold reached 2")
    tell(99, "Rolling back another run", "c2")
    tell(100, "Canary failed! Scaling down checkout.payments")
    assert settled(one).why.splitlines() == [
        "Rolling back checkout.payments failed checks threshold reached 2",
        "Halt checkout.payments advancement http://x/t/•••/check failed",
        MESSAGE,
    ]


def test_pods_that_never_were_ready_are_why() -> None:
    one = release(0, 100, outcome="failed", checksum="c1", message=MESSAGE)
    tell(50, "canary deployment checkout.payments not ready: waiting for rollout to finish: 0 of 2")
    assert "not ready" in settled(one).why


def test_without_event_hooks_the_status_says_why() -> None:
    assert settled(release(0, 100, outcome="failed", message=MESSAGE)).why == MESSAGE


def test_who_asked_for_the_rollback_is_named_by_the_entry() -> None:
    one = release(0, 100, outcome="failed")
    entry(80, "rollback.requested", reason="too many errors")
    asked = entry(90, "rollback.requested", reason="really")
    entry(95, "answer.rollback", decision=asked.seq)
    assert settled(one).decision == asked.seq


def test_a_rollback_that_flagger_was_never_told_of_ended_nothing() -> None:
    one = release(0, 100, outcome="failed")
    entry(80, "rollback.requested", reason="too many errors")
    assert settled(one).decision is None


def test_a_rejected_revision_that_was_replaced_names_the_rejection() -> None:
    one = release(0, 100, outcome="superseded")
    refused = entry(80, "approval.rejected", reason="not on a Friday")
    assert settled(one).decision == refused.seq


def test_a_release_is_settled_only_when_the_last_words_had_time_to_come() -> None:
    release(0, 990, outcome="failed")
    assert settling.settle_ended("default", at(1000)) == 0
