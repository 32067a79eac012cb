"""What a real Flagger would have been told, question by question, had its hooks had typed addresses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from gates import facts, heartbeat, lapsing, unapproved
from gates.confirm_rules import CONFIRM, Hook
from gates.models import Approval, AuditEntry, FlaggerEvent, Gate
from tests.support.log import proven
from tests.support.traces import NAMES
from tests.typed.recording import Recording, Told

pytestmark = pytest.mark.django_db(transaction=True)
START, TRAFFIC, PROMOTION, ROLLBACK = Hook.START, Hook.TRAFFIC, Hook.PROMOTION, Hook.ROLLBACK
WAITING = "waiting for approval 1 of 1"
NO_ROLLBACK = "no rollback is requested"
CONFIRMING = ["all-gates", "confirm-rollout", "confirm-promotion", "confirm-traffic", "new-revision"]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What a trace told of its cluster is forgotten."""
    yield
    facts.provide(None)
    heartbeat.forget()


def sweep() -> None:
    asyncio.run(lapsing.sweep())


def alarm(recording: Recording) -> bool:
    return asyncio.run(unapproved.check("default", recording.namespace, recording.name))


def questions(told: list[Told], *hooks: Hook) -> list[Told]:
    return [one for one in told if one.hook in hooks]


@pytest.mark.parametrize("trace", NAMES)
def test_with_nothing_approved_nothing_but_events_gets_a_yes(trace: str) -> None:
    told = [one for one in Recording(trace).play() if one]
    assert told
    for one in told:
        if one.hook in CONFIRM:
            assert one.answer == (f"start: {WAITING}" if _asks_about_the_start(one, trace) else WAITING)
        elif one.hook is ROLLBACK:
            assert one.answer == NO_ROLLBACK
        else:
            assert one.answer == "OK"
    assert not AuditEntry.objects.exists()


def _asks_about_the_start(one: Told, trace: str) -> bool:
    """all-gates has a start hook, which more traffic at weight 0 depends on."""
    return one.hook is TRAFFIC and one.weight == 0 and trace == "all-gates"


@pytest.mark.parametrize("trace", CONFIRMING)
def test_with_everything_approved_in_time_flagger_is_never_held_up(trace: str) -> None:
    recording = Recording(trace)
    told = []
    for one in recording.play():
        told += [one] if one else []
        if recording.line["kind"] == "action" and recording.line["action"] == "image":
            _approve(recording, START)
        if recording.restarted:
            _approve(recording, TRAFFIC, reach="all")
            _approve(recording, PROMOTION)
        sweep()
    asked = questions(told, START, TRAFFIC, PROMOTION)
    assert asked
    assert {one.answer for one in asked} == {"Approved"}
    assert {one.answer for one in questions(told, ROLLBACK)} <= {NO_ROLLBACK}
    # Each was told, about the release that Flagger's own checksum names, and holds no more.
    for row in Approval.objects.exclude(answered_at=None, passed_at=None):
        of_hook = {one.checksum for one in asked if one.hook == row.hook}
        assert row.hook == START or {row.pinned} == of_hook
        assert row.ended_why in {"release ended", "new revision"} or trace == "confirm-traffic"
    told_of = set(Approval.objects.exclude(answered_at=None).values_list("hook", flat=True))
    assert told_of == {str(one.hook) for one in asked}


def _approve(recording: Recording, hook: Hook, **more: str) -> None:
    if any(spec.typed == hook for spec in recording.facts.specs):
        recording.decides("approve", hook=str(hook), **more)


def test_at_the_start_the_real_checksum_is_the_release_befores_and_fresh_from_progressing_on() -> None:
    recording = Recording("all-gates")
    told = [one for one in recording.play() if one]
    (start,) = questions(told, START)
    fresh = {one.checksum for one in questions(told, TRAFFIC, PROMOTION, ROLLBACK)}
    assert len(fresh) == 1
    assert start.checksum not in fresh


def test_approving_each_step_as_it_is_asked() -> None:
    recording = Recording("confirm-traffic")
    told: list[Told] = []
    for one in recording.play():
        if one and one.hook is TRAFFIC:
            told.append(one)
            if one.answer == WAITING:
                recording.decides("approve")
    # Three times a first no, then the step's yes; nobody's yes reaches further than its step.
    steps = [(one.weight, one.answer == "Approved") for one in told]
    assert steps[0] == (0, False)
    assert {weight for weight, yes in steps if yes} <= {0, 20, 60}
    for weight in (0, 20, 60):
        mine = [yes for at, yes in steps if at == weight]
        assert mine == [False, *[True] * (len(mine) - 1)]


def test_a_newer_revision_in_an_analysis_is_an_alarm_and_rolled_back_by_policy() -> None:
    recording = Recording("new-revision", {"confirm-rollout": {"on-unapproved": "rollback"}})
    answers: dict[str, set[str]] = {}
    alarms = 0
    for one in recording.play():
        if recording.line["kind"] == "action":
            _approve_first(recording)
        alarms += alarm(recording)
        if one and one.hook in {START, ROLLBACK}:
            answers.setdefault(f"{one.hook} {one.checksum}", set()).add(one.answer)
    assert answers == {
        "confirm-rollout 5dd448bd4d": {"Approved"},
        "rollback 685d66766": {NO_ROLLBACK},
        "rollback 7d7b7d69c": {"Approved"},
    }
    assert alarms == 1
    entry = AuditEntry.objects.get(action="revision.unapproved")
    assert (entry.images, entry.phase) == (["app:3.0.0"], "Progressing")
    request = AuditEntry.objects.get(action="rollback.requested")
    assert request.actor == "policy (on-unapproved)"


def _approve_first(recording: Recording) -> None:
    if recording.line["argument"] == "app:2.0.0":
        recording.decides("approve", hook="confirm-rollout")


def test_a_newer_revision_is_caught_at_weight_0_where_traffic_is_asked() -> None:
    recording = Recording("new-revision", more=(TRAFFIC,))
    answers: list[tuple[str, str]] = []
    for one in recording.play():
        if recording.line["kind"] == "action":
            _approve_first(recording)
        sweep()
        assert not alarm(recording)
        if recording.restarted:
            # A person lets more traffic through, whatever revision it is.
            recording.decides("approve", hook="confirm-traffic-increase", reach="all")
        if one and one.hook is ROLLBACK and one.weight == 0:
            # Flagger asks about the traffic after the rollback, in the same interval.
            answers.append((one.checksum, recording.asks(TRAFFIC)))
        if len(answers) == 2:
            # The recorded Flagger had no such hook and went on.
            break
    assert answers == [("685d66766", "Approved"), ("7d7b7d69c", f"start: {WAITING}")]


def test_a_rollback_is_told_until_it_is_done() -> None:
    recording = Recording("rollback")
    told = []
    for one in recording.play():
        told += [one] if one and one.hook is ROLLBACK else []
        if recording.line["kind"] == "action" and recording.line["action"] == "post":
            assert recording.facts.weight == 25
            recording.decides("rollback", reason="errors")
    assert [(one.weight, one.answer) for one in told] == [
        (0, NO_ROLLBACK),
        (10, NO_ROLLBACK),
        (25, "Approved"),
    ]
    assert recording.asks(ROLLBACK) == "nothing to roll back in phase Failed"
    assert Gate.objects.get(kind="rollback").answered_at is not None
    assert proven()[1] == ""


def test_events_that_run_ahead_of_the_status_end_nothing() -> None:
    recording = Recording("stuck", more=(PROMOTION,))
    ahead = 0
    for one in recording.play():
        if recording.restarted and not Approval.objects.exists():
            recording.decides("approve", hook="confirm-promotion")
        sweep()
        live = Approval.objects.filter(ended_at=None).exists()
        if one and '"phase":"Failed"' in recording.line["body"] and recording.facts.phase != "Failed":
            ahead += 1
            assert live
        if recording.facts.phase == "Failed":
            assert not live
    assert ahead
    kept = FlaggerEvent.objects.filter(hook="event").order_by("id").values_list("message", flat=True)
    assert [message for message in kept if "Canary failed!" in message]
    assert len(kept) == sum(
        line["kind"] == "webhook" and line["path"] == "/event" for line in recording.lines
    )
