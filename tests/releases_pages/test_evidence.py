"""The evidence page: everything that is known of one release, and nothing that is not."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from dashboard.models import Release
from dashboard.releases.evidence import diff
from gates.models import Episode, FlaggerEvent
from tests.releases_pages import shelf
from tests.support.html import elements, one

pytestmark = pytest.mark.django_db


def read(client: Client, number: int, status: int = 200) -> str:
    """The page."""
    answer = client.get(f"/releases/{number}")
    assert answer.status_code == status
    return answer.content.decode()


def text(page: str) -> str:
    """Without tags, each a blank, so that cells do not run together."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_it_says_what_changed_when_and_how_it_ended(victor: Client) -> None:
    page = read(victor, shelf.release(waited=270.0).pk)
    words = text(page)
    for said in (
        "shop/checkout:2.13.4 → shop/checkout:2.14.0",
        shelf.NEW,
        "canary · 10, 25, 50 %",
        "1 failed; Flagger rolls back at 5 · highest weight 50 %",
        "12 min · waited for people 4 min 30 s",
        "first seen 2026-11-24 12:00:00 UTC",
        "analysis started 2026-11-24 12:02:10 UTC +2 min 10 s",
        "promotion began not seen",
        "No gap while it was watched.",
    ):
        assert said in words
    assert one(page, "data-release", tag="article")["data-outcome"] == "succeeded"
    assert [line.text for line in elements(page, "class", "added")] == ["+ image: shop/checkout:2.14.0"]


def test_a_decision_has_both_clocks_its_reason_and_its_entry(victor: Client) -> None:
    made = shelf.release()
    given = shelf.approved(made)
    row = one(read(victor, made.pk), "data-decision", str(given.seq)).text
    for said in (
        "2026-11-24 12:01:40 UTC",
        "hana approved the start of checkout",
        "window is open",
        "2026-11-24 12:02:02 UTC +22 s",
        f"#{given.seq}",
    ):
        assert said in row


@pytest.mark.parametrize(("who", "decided"), [("Flagger", False), ("hana", True)])
def test_a_hook_that_closes_the_gate_behind_a_release_decides_nothing(
    victor: Client, who: str, decided: bool
) -> None:
    made = shelf.release()
    closed = shelf.entry(made, "gate.closed", who, 700)
    page = read(victor, made.pk)
    assert bool(elements(page, "data-decision", str(closed.seq))) is decided
    assert bool([each for each in elements(page, "class") if "spot refuse" in each["class"]]) is decided


def test_how_long_a_running_release_waits_for_people_is_counted_so_far(victor: Client) -> None:
    made = shelf.release(outcome="running")
    made.states.update(phase="Waiting", phase_at=None)
    assert "waited for people 0 s" not in text(read(victor, made.pk))


def test_checks_are_listed_with_how_often_they_failed(victor: Client) -> None:
    made = shelf.release()
    made.checks = [
        ["latency", None, 500.0, "ms", "1m", ""],
        ["errors", 1.0, 5.0, "", "30s", "flagger/errors"],
    ]
    made.save()
    for second in (100, 110):
        FlaggerEvent.objects.create(
            subject=made.subject,
            cluster=made.cluster,
            namespace=made.namespace,
            name=made.name,
            hook="event",
            at=made.began_at + timedelta(seconds=second),
            message=f"Halt checkout.payments advancement latency {second}.5 > 500",
            warning=True,
        )
    rows = elements(read(victor, made.pk), "data-check")
    assert [row.text.replace("\N{NO-BREAK SPACE}", " ") for row in rows] == [
        "latencyat most 500 ms over 1m2 × 110.5 > 500",
        "errorsMetricTemplate flagger/errorsfrom 1 to 5 over 30snever",
    ]


def test_the_last_entry_about_it_is_given_with_its_hash(victor: Client) -> None:
    made = shelf.release()
    given = shelf.approved(made)
    answer = shelf.entry(made, "answer.approved", "Flagger", 460, decision=given.seq)
    shelf.approved(shelf.release("search", "catalog"))
    page = text(read(victor, made.pk))
    assert answer.hash in page
    assert f"is #{answer.seq}." in page
    assert given.hash not in page


def test_who_rolled_back_is_named_with_the_reason_and_tokens_are_masked(victor: Client) -> None:
    made = shelf.release(steps=[*shelf.USUAL[:4], (300, "Failed", 0, 2, 0)])
    asked = shelf.entry(made, "rollback.requested", "minji", 280, reason="error budget", kind="rollback")
    shelf.entry(made, "answer.rollback", "Flagger", 290, decision=asked.seq, kind="rollback")
    made.decision, made.why = asked.seq, "Rolling back: http://aviary/t/s3cret/rollback/check"
    made.save()
    page = text(read(victor, made.pk))
    assert f"Decided by minji : error budget ( #{asked.seq} )" in page
    assert "s3cret" not in page


def test_a_rollback_that_nobody_asked_for_is_told_as_flaggers_own(victor: Client) -> None:
    made = shelf.release(steps=[*shelf.USUAL[:4], (300, "Failed", 0, 5, 0)])
    assert "Flagger rolled back by itself" in text(read(victor, made.pk))
    assert "Nobody decided anything here" in text(read(victor, made.pk))


def test_the_timeline_merges_states_the_log_and_event_hooks_in_the_order_of_time(victor: Client) -> None:
    made = shelf.release()
    shelf.approved(made)
    FlaggerEvent.objects.create(
        subject=made.subject, cluster=made.cluster, namespace=made.namespace, name=made.name,
        at=made.began_at + timedelta(seconds=311), hook="event", warning=True,
        message="Halt advancement: http://x/?token=s3cret success rate 98 < 99",
    )  # fmt: skip
    FlaggerEvent.objects.create(
        subject=made.subject, cluster=made.cluster, namespace=made.namespace, name=made.name,
        at=made.began_at + timedelta(seconds=312), hook="event",
        message="Rollback hook undo not signaling a rollback",
    )  # fmt: skip
    page = read(victor, made.pk)
    words = text(page)
    assert "not signaling" not in words
    places = [
        words.index(said, words.index("Timeline"))
        for said in (
            "status Waiting",
            "log hana approved",
            "status Progressing",
            "event hook Halt advancement",
        )
    ]
    assert places == sorted(places)
    assert "s3cret" not in page


def test_the_timeline_says_what_the_post_rollout_hook_told(victor: Client) -> None:
    made = shelf.release()
    FlaggerEvent.objects.create(
        subject=made.subject, cluster=made.cluster, namespace=made.namespace, name=made.name,
        at=made.began_at + timedelta(seconds=721), hook="post-rollout", phase="Succeeded",
    )  # fmt: skip
    assert "post-rollout hook Told over the post-rollout hook: Succeeded" in text(read(victor, made.pk))


def tell(about: Release, seconds: float, message: str) -> None:
    """A warning over the event hook."""
    FlaggerEvent.objects.create(
        subject=about.subject, cluster=about.cluster, namespace=about.namespace, name=about.name,
        at=about.began_at + timedelta(seconds=seconds), hook="event", warning=True, message=message,
    )  # fmt: skip


@pytest.mark.parametrize("interval", [5, 60, 600])
def test_a_message_that_is_repeated_is_one_row_of_the_timeline(victor: Client, interval: int) -> None:
    made = shelf.release(outcome="running")
    waits = "Halt checkout.payments advancement waiting for approval gate"
    for number in range(20):
        tell(made, 10 + number * interval, waits)
    tell(made, 15, "Halt checkout.payments advancement latency 510.5 > 500")
    rows = [row.text for row in elements(read(victor, made.pk), "class", "bad") if "Halt" in row.text]
    assert len(rows) == 2
    assert sum(f"{waits} ×20 since 2026-11-24 12:00:10 UTC" in row for row in rows) == 1


def test_a_message_that_comes_again_after_a_pause_is_another_row(victor: Client) -> None:
    made = shelf.release()
    for second in (10, 20, 30, 500, 510):
        tell(made, second, "Halt checkout.payments advancement latency 510.5 > 500")
    words = text(read(victor, made.pk))
    assert "×3 since" in words
    assert "×2 since" in words


def test_of_a_running_release_nothing_is_said_to_be_missed(victor: Client) -> None:
    words = text(read(victor, shelf.release(steps=shelf.USUAL[:4]).pk))
    assert "promotion began – ended still running" in words
    assert "not seen" not in words


def test_that_flagger_counts_anew_at_the_end_is_not_told_as_no_failed_checks(victor: Client) -> None:
    made = shelf.release(steps=[*shelf.USUAL[:3], (250, "Progressing", 10, 5, 0), (300, "Failed", 0, 0, 0)])
    words = text(read(victor, made.pk))
    assert "failed checks: 5 of 5" in words
    assert "failed checks: 0 of 5" not in words


def test_flaggers_last_words_are_not_said_twice(victor: Client) -> None:
    last = "Canary analysis failed"
    steps = [*shelf.USUAL[:4], (300.0, "Failed", 0, 5, 0)]
    made = shelf.release(steps=steps, why=f"Halt checkout\n{last}", message=last)
    page = text(read(victor, made.pk))
    assert f"failed : Halt checkout {last} No person" in page
    made.why = "Halt checkout"
    made.save()
    assert f"failed : Halt checkout Flagger says: {last}" in text(read(victor, made.pk))


def test_where_flagger_waited_for_people_is_listed_with_how_long(victor: Client) -> None:
    made = shelf.release()
    Episode.objects.create(
        subject=made.subject, cluster=made.cluster, namespace=made.namespace, name=made.name,
        hook="confirm-promotion", revision=made.revision, began_at=made.began_at + timedelta(seconds=430),
        ended_at=made.began_at + timedelta(seconds=700),
    )  # fmt: skip
    assert "Promotion 2026-11-24 12:07:10 UTC 4 min 30 s" in text(read(victor, made.pk))


def test_what_nobody_saw_is_said(victor: Client) -> None:
    gap = ["2026-11-24T12:03:00+00:00", "2026-11-24T12:05:00+00:00"]
    made = shelf.release(from_start=False, gaps=[gap, "odd", [1, 2]], revision="", changes="", images=[])
    page = text(read(victor, made.pk))
    assert "Its beginning was not seen." in page
    assert "Nobody watched: 2026-11-24 12:03:00 UTC – 2026-11-24 12:05:00 UTC ." in page
    assert "revision aaaaaaaaaa → not known" in page
    assert "The difference of the pod templates is not known" in page


def test_a_release_without_any_state_still_has_its_page(victor: Client) -> None:
    assert "No state of it was kept." in text(read(victor, shelf.release(steps=()).pk))


def test_another_namespaces_release_is_not_found_as_one_that_never_was(nora: Client) -> None:
    hidden, seen = shelf.release(), shelf.release("search", "catalog")
    assert read(nora, seen.pk)
    not_mine, nobodys = read(nora, hidden.pk, 404), read(nora, 999_999, 404)
    assert text(not_mine).replace(str(hidden.pk), "") == text(nobodys).replace("999999", "")
    read(nora, 10**30, 404)


def test_a_diff_is_read_line_by_line() -> None:
    lines = diff("--- primary\n+++ target\n@@ a @@\n same\n-old\n+new\n")
    assert lines == [("place", "@@ a @@"), ("", " same"), ("removed", "-old"), ("added", "+new")]
