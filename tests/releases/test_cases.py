"""What is a release, and what is none."""

from __future__ import annotations

import pytest

from dashboard.models import Release
from tests.releases.story import Story, found, phases, promoted

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_first_deployment_is_no_release(story: Story) -> None:
    story.records()
    assert found() == []


def test_releases_follow_each_other_and_each_knows_the_one_before(story: Story) -> None:
    promoted(story, "2", "s2")
    promoted(story, "3", "s3")
    story.records()
    assert found() == [("succeeded", "cart:2"), ("succeeded", "cart:3")]
    first, second = Release.objects.order_by("began_at")
    assert second.previous == first.revision
    assert second.images == [["app", "cart:2", "cart:3"]]


def test_a_retry_after_a_failure_is_a_release_of_the_same_revision(story: Story) -> None:
    story.image("2")
    for _attempt in range(2):
        story.flagger("Progressing", spec="s2")
        story.flagger("Progressing", 10, failed=5)
        story.flagger("Failed")
        story.flagger("Failed")
    story.records()
    assert found() == [("failed", "cart:2")] * 2
    assert len(set(Release.objects.values_list("revision", flat=True))) == 1
    assert set(Release.objects.values_list("failed_checks", flat=True)) == {5}


def test_a_changed_configuration_is_a_release_of_the_same_revision(story: Story) -> None:
    promoted(story, "2", "s2")
    story.flagger("Progressing", configs={"configmap/cart": "abc"})
    story.records()
    first, second = Release.objects.order_by("began_at")
    assert (second.outcome, second.revision, second.previous) == ("running", first.revision, first.revision)


def test_a_changed_configuration_while_a_release_runs_restarts_it(story: Story) -> None:
    story.image("2")
    story.flagger("Progressing", spec="s2")
    story.flagger("Progressing", 10)
    story.flagger("Progressing", configs={"configmap/cart": "abc"})
    story.records()
    assert found() == [("superseded", "cart:2"), ("running", "cart:2")]


def test_a_newer_revision_while_one_waits_takes_its_place(story: Story) -> None:
    story.image("2")
    story.flagger("Waiting")
    story.records()
    assert found() == [("running", "cart:2")]
    story.image("3")
    story.records()
    assert found() == [("superseded", "cart:2"), ("running", "cart:3")]
    story.flagger("Progressing", spec="s3")
    story.records()
    assert found() == [("superseded", "cart:2"), ("running", "cart:3")]
    assert phases(Release.objects.get(outcome="running")) == [("Waiting", 0), ("Progressing", 0)]


def test_a_newer_revision_that_came_too_late_to_be_started_waits_its_turn(story: Story) -> None:
    story.image("2")
    story.flagger("Waiting")
    story.flagger("Progressing", spec="s2")
    story.image("3")
    story.flagger("Progressing", 10)
    story.records()
    assert found() == [("running", "cart:2")]
    story.flagger("Progressing", spec="s3")
    story.records()
    assert found() == [("superseded", "cart:2"), ("running", "cart:3")]


def test_a_canary_that_is_removed_ends_its_release_and_one_made_anew_is_another(story: Story) -> None:
    promoted(story, "2", "s2")
    story.image("3")
    story.flagger("Progressing", spec="s3")
    story.removed()
    story.installed()
    story.image("4")
    story.flagger("Progressing", spec="s4")
    story.records()
    assert found() == [("succeeded", "cart:2"), ("removed", "cart:3"), ("running", "cart:4")]


def test_a_status_that_was_wiped_leaves_an_unknown_end(story: Story) -> None:
    story.image("2")
    story.flagger("Progressing", spec="s2")
    story.records()
    story.flagger("Initializing", spec="")
    story.records()
    assert found() == [("unknown", "cart:2")]
    story.records()
    assert found() == [("unknown", "cart:2")]
