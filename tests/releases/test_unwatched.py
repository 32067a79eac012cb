"""What is kept, and what is said, of the time in which nobody watched."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dashboard.models import Release
from dashboard.store import CANARY, Reach
from tests.releases.story import Story, found, phases, promoted

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_canary_that_was_removed_or_made_anew_while_nobody_watched(story: Story) -> None:
    story.image("2")
    story.flagger("Progressing", spec="s2")
    story.records()
    story.unwatched()
    story.removed()
    story.watched()
    story.records()
    assert found() == [("removed", "cart:2")]
    story.installed()
    story.image("3")
    story.flagger("Progressing", spec="s3")
    story.records()
    story.unwatched()
    story.removed("u3")
    story.installed()
    story.image("4")
    story.flagger("Progressing", spec="s4")
    story.watched()
    story.records()
    assert found() == [("removed", "cart:2"), ("removed", "cart:3"), ("running", "cart:4")]


def test_a_cluster_that_was_made_anew_counts_from_the_beginning(story: Story) -> None:
    story.image("2")
    story.flagger("Progressing", spec="s2")
    story.records()
    story.unwatched()
    story.removed()
    story.version = 1
    story.installed()
    for tag in ("3", "4"):
        promoted(story, tag, f"s{tag}")
    story.image("5")
    story.flagger("Progressing", spec="s5")
    story.watched()
    for weight in (10, 50):
        story.flagger("Progressing", weight)
        story.records()
    story.flagger("Failed")
    story.records()
    ended = Release.objects.order_by("began_at").values_list("outcome", "first_version")
    assert [outcome for outcome, _version in ended] == ["removed", "failed"]
    assert ended[1][1] < ended[0][1]


def test_a_cluster_that_forgot_its_canaries_for_a_moment_ended_nothing(story: Story) -> None:
    story.image("2")
    story.flagger("Progressing", spec="s2")
    story.records()
    assert story.replica is not None
    # So it looks when the API server says that it knows no canaries.
    story.replica.store.apply(CANARY, whole=True)
    story.replica.store.set_freshness(Reach.STALE)
    story.records()
    assert found() == [("removed", "cart:2")]
    story.watched()
    story.flagger("Progressing", 10)
    story.records()
    assert found() == [("running", "cart:2")]
    assert phases(Release.objects.get()) == [("Progressing", 0), ("Progressing", 10)]


def test_what_was_out_of_sight_for_a_moment_is_superseded_like_any_other(story: Story) -> None:
    story.image("2")
    story.flagger("Progressing", spec="s2")
    story.records()
    story.unwatched()
    story.watched().store.apply(CANARY, whole=True)
    story.records()
    assert found() == [("removed", "cart:2")]
    story.image("3")
    story.flagger("Progressing", spec="s3")
    story.records()
    assert found() == [("superseded", "cart:2"), ("running", "cart:3")]


def test_the_end_that_nobody_saw_is_told_by_the_status_and_the_time_between_as_a_gap(story: Story) -> None:
    story.image("2")
    story.flagger("Progressing", spec="s2")
    story.records()
    story.unwatched()
    left = story.now
    story.flagger("Progressing", 10)
    story.flagger("Progressing", 50)
    story.now += timedelta(minutes=5)
    story.image("2", "-primary")
    story.flagger("Promoting", 50)
    back = story.now
    story.watched()
    story.records()
    (release,) = Release.objects.all()
    assert release.gaps == [[left.isoformat(), back.isoformat()]]
    assert phases(release) == [("Progressing", 0), ("Promoting", 50)]
    story.flagger("Succeeded")
    story.records()
    assert found() == [("succeeded", "cart:2")]


def test_a_whole_release_that_nobody_saw_is_kept_and_says_so(story: Story) -> None:
    promoted(story, "2", "s2")
    story.records()
    story.unwatched()
    promoted(story, "3", "s3")
    ended = story.now
    story.watched()
    story.records()
    assert found() == [("succeeded", "cart:2"), ("succeeded", "cart:3")]
    unseen = Release.objects.latest("began_at")
    assert (unseen.from_start, unseen.began_at, unseen.ended_at) == (False, ended, ended)
    assert (unseen.started_at, unseen.promoting_at) == (None, None)


def test_what_rests_when_the_first_watch_begins_tells_of_no_release() -> None:
    story = Story()
    story.unwatched()
    story.installed()
    promoted(story, "2", "s2")
    story.watched()
    story.records()
    assert found() == []


def test_a_release_that_runs_when_the_first_watch_begins_is_kept_from_then_on(story: Story) -> None:
    story.unwatched()
    story.image("2")
    story.flagger("Progressing", spec="s2")
    began = story.now
    story.flagger("Progressing", 10)
    story.watched()
    story.flagger("Progressing", 50)
    story.records()
    (release,) = Release.objects.all()
    assert (release.from_start, release.began_at) == (False, began)
    assert release.images == [["app", "cart:1", "cart:2"]]
    assert phases(release) == [("Progressing", 10), ("Progressing", 50)]


def test_an_end_between_two_runs_that_nobody_saw_is_inferred_only_where_it_is_sure(story: Story) -> None:
    story.image("2")
    story.flagger("Progressing", spec="s2")
    story.records()
    story.unwatched()
    story.flagger("Succeeded")
    story.image("2", "-primary")
    story.image("3")
    story.flagger("Progressing", spec="s3")
    story.watched()
    story.records()
    assert found() == [("succeeded", "cart:2"), ("running", "cart:3")]
    story.unwatched()
    story.flagger("Failed")
    story.image("4")
    story.flagger("Progressing", spec="s4")
    story.watched()
    story.records()
    assert found() == [("succeeded", "cart:2"), ("unknown", "cart:3"), ("running", "cart:4")]
    assert Release.objects.get(outcome="unknown").ended_at is None


def test_replicas_watching_together_leave_no_gap_when_one_of_them_is_away(story: Story) -> None:
    story.image("2")
    story.flagger("Progressing", spec="s2")
    story.records()
    other = story.replica
    assert other is not None
    for _minute in range(3):
        story.now += timedelta(seconds=30)
        other.flush()
    story.watched()
    story.records()
    assert Release.objects.get().gaps == []


def test_hours_without_news_are_no_gap_while_somebody_watches(story: Story) -> None:
    story.image("2")
    story.flagger("Waiting")
    for _hour in range(3):
        story.now += timedelta(hours=1)
        story.records()
    assert Release.objects.get().gaps == []
