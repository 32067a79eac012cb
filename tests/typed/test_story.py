"""What Flagger is told over a release, and what the log says of it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from gates import lapsing, unapproved
from gates.actions import Refused
from gates.confirm_rules import Hook
from gates.facts import Unreadable
from gates.models import Approval, AuditEntry, Episode, FlaggerEvent, Freeze, Gate
from tests.support.log import proven
from tests.typed.conftest import R1, R2, Cluster, Flagger, decide, log, spec

pytestmark = pytest.mark.django_db(transaction=True)


def sweep() -> int:
    return asyncio.run(lapsing.sweep())


def test_each_hook_is_a_gate_of_its_own(cluster: Cluster, flagger: Flagger) -> None:
    assert flagger.asks(Hook.START) == "waiting for approval 1 of 1"
    decide("approve")
    assert flagger.asks(Hook.START) == "Approved"
    cluster.moves(phase="Progressing", checksum="c1")
    assert flagger.asks(Hook.TRAFFIC) == "waiting for approval 1 of 1"
    assert flagger.asks(Hook.PROMOTION) == "waiting for approval 1 of 1"
    assert flagger.asks(Hook.ROLLBACK) == "no rollback is requested"


def test_the_yes_is_entered_once_with_both_clocks_and_repeated(cluster: Cluster, flagger: Flagger) -> None:
    decide("approve", reason="on-call informed")
    assert [flagger.asks(Hook.START) for _ in range(3)] == ["Approved"] * 3
    assert log() == [("approval.granted", "minji"), ("answer.approved", "Flagger")]
    row = Approval.objects.get()
    assert row.answered_at is not None
    assert row.at < row.answered_at
    assert AuditEntry.objects.get(action="answer.approved").decision == row.decision
    assert proven() == (2, "")


def test_a_quorum_is_of_distinct_people(cluster: Cluster, flagger: Flagger) -> None:
    cluster.moves(specs=(spec("confirm-rollout", approvals="2"),))
    decide("approve", "minji")
    assert decide("approve", "minji").applied is False
    decide("approve", "minji (token)")
    assert flagger.asks(Hook.START, approvals="2") == "waiting for approval 2 of 2"
    decide("approve", "hana")
    assert flagger.asks(Hook.START, approvals="2") == "Approved"


def test_a_policy_in_the_payload_that_is_not_the_manifests_is_refused(
    cluster: Cluster, flagger: Flagger
) -> None:
    cluster.moves(specs=(spec("confirm-rollout", approvals="2"),))
    decide("approve")
    assert flagger.asks(Hook.START, approvals="1") == "policy differs from the manifest"
    assert flagger.asks(Hook.START) == "policy differs from the manifest"


def test_a_newer_revision_while_waiting_makes_earlier_approvals_lapse(
    cluster: Cluster, flagger: Flagger
) -> None:
    decide("approve")
    cluster.moves(revision=R2)
    assert flagger.asks(Hook.START) == "revision changed"
    assert sweep() == 1
    assert ("approval.lapsed", "Aviary") in log()
    with pytest.raises(Refused) as refused:
        decide("approve", revision=R1)
    assert refused.value.code == "revision-changed"
    decide("approve", revision=R2)
    assert flagger.asks(Hook.START) == "Approved"


def test_memory_that_lags_behind_gives_no_yes(cluster: Cluster, flagger: Flagger) -> None:
    decide("approve")
    cluster.memory = cluster.now
    cluster.now = Unreadable("the cluster did not answer in time")
    assert flagger.asks(Hook.START, checksum="c0") == "revision unknown"
    assert log() == [("approval.granted", "minji")]


def test_a_newer_revision_in_an_analysis_is_caught_at_weight_0(cluster: Cluster, flagger: Flagger) -> None:
    decide("approve")
    assert flagger.asks(Hook.START) == "Approved"
    cluster.moves(phase="Progressing", checksum="c1", weight=0)
    decide("approve", hook="confirm-traffic-increase", reach="all")
    assert flagger.asks(Hook.TRAFFIC) == "Approved"
    cluster.moves(revision=R2, checksum="c2", weight=0)
    assert flagger.asks(Hook.TRAFFIC) == "start: revision changed"
    assert asyncio.run(unapproved.check("default", "payments", "checkout")) is False


def test_step_by_step(cluster: Cluster, flagger: Flagger) -> None:
    decide("approve")
    flagger.asks(Hook.START)
    cluster.moves(phase="Progressing", checksum="c1", weight=10, next_weight=25)
    decide("approve")
    assert flagger.asks(Hook.TRAFFIC) == "Approved"
    cluster.moves(weight=25, next_weight=50)
    assert flagger.asks(Hook.TRAFFIC) == "waiting for approval 1 of 1"
    decide("approve", reach="up-to", weight=50)
    assert flagger.asks(Hook.TRAFFIC) == "Approved"
    cluster.moves(weight=50, next_weight=None)
    assert flagger.asks(Hook.TRAFFIC) == "waiting for approval 1 of 1"
    decide("approve", hook="confirm-promotion")
    assert flagger.asks(Hook.TRAFFIC) == "Approved"
    assert flagger.asks(Hook.PROMOTION) == "Approved"


def test_another_checksum_is_a_no(cluster: Cluster, flagger: Flagger) -> None:
    cluster.moves(phase="Progressing", checksum="c1", weight=50, next_weight=None)
    decide("approve", hook="confirm-promotion")
    assert flagger.asks(Hook.PROMOTION, checksum="c9") == "revision changed"
    assert flagger.asks(Hook.PROMOTION, checksum="c1") == "Approved"


def test_an_approval_given_before_flagger_asks_pins_its_checksum_with_the_first_yes(
    cluster: Cluster, flagger: Flagger
) -> None:
    decide("approve", hook="confirm-promotion")
    cluster.moves(phase="WaitingPromotion", checksum="c1", weight=50, next_weight=None)
    assert flagger.asks(Hook.PROMOTION) == "Approved"
    assert Approval.objects.get().pinned == "c1"


def test_a_rejection_blocks_the_revision_until_it_is_withdrawn(cluster: Cluster, flagger: Flagger) -> None:
    decide("approve")
    rejection = decide("hold", "hana", reason="error budget").entry
    assert rejection is not None
    assert flagger.asks(Hook.START) == "rejected by hana: error budget"
    decide("close", "hana", decision=rejection.seq)
    assert flagger.asks(Hook.START) == "Approved"
    assert [action for action, _ in log()] == [
        "approval.granted", "approval.rejected", "approval.withdrawn", "answer.approved",
    ]  # fmt: skip


def test_what_flagger_was_told_cannot_be_withdrawn(cluster: Cluster, flagger: Flagger) -> None:
    entry = decide("approve").entry
    assert entry is not None
    flagger.asks(Hook.START)
    with pytest.raises(Refused, match="told already"):
        decide("close", decision=entry.seq)


def test_a_group_and_a_reason_may_be_required(cluster: Cluster, flagger: Flagger) -> None:
    cluster.moves(specs=(spec("confirm-rollout", group="sre", reason="required"),))
    with pytest.raises(Refused, match="sre") as refused:
        decide("approve", reason="x")
    assert refused.value.status == 403
    with pytest.raises(Refused, match="reason"):
        decide("approve", groups=frozenset({"sre"}))
    decide("approve", groups=frozenset({"sre"}), reason="window open")
    assert flagger.asks(Hook.START, group="sre", reason="required") == "Approved"


def test_a_bad_policy_refuses_and_says_why(cluster: Cluster, flagger: Flagger) -> None:
    cluster.moves(specs=(spec("confirm-rollout", approvals="many"),))
    assert "approvals" in flagger.asks(Hook.START, approvals="many")
    with pytest.raises(Refused, match="approvals"):
        decide("approve")


def freeze(**changes: object) -> Freeze:
    now = timezone.now()
    values: dict[str, object] = {
        "starts_at": now - timedelta(minutes=1), "ends_at": now + timedelta(hours=1), "namespaces": "pay*",
        "reason": "incident 4711", "created_by": "ada", "decision": 900,
    }  # fmt: skip
    return Freeze.objects.create(**(values | changes))


def test_a_freeze_stops_starts_and_lets_a_rollback_through(cluster: Cluster, flagger: Flagger) -> None:
    decide("approve")
    held = freeze()
    assert "incident 4711" in flagger.asks(Hook.START)
    assert log() == [("approval.granted", "minji")]
    held.exemptions.create(
        cluster="default",
        namespace="payments",
        name="checkout",
        reason="hotfix",
        created_by="ada",
        decision=901,
    )
    assert flagger.asks(Hook.START) == "Approved"
    cluster.moves(phase="Progressing", checksum="c1", weight=10)
    decide("rollback", reason="errors")
    assert flagger.asks(Hook.ROLLBACK) == "Approved"


def test_a_rollback_hook_says_yes_to_a_live_request_only(cluster: Cluster, flagger: Flagger) -> None:
    cluster.moves(phase="Progressing", checksum="c1", weight=10)
    assert flagger.asks(Hook.ROLLBACK) == "no rollback is requested"
    decide("rollback", reason="errors")
    assert flagger.asks(Hook.ROLLBACK) == "Approved"
    assert flagger.asks(Hook.ROLLBACK) == "Approved"
    cluster.moves(phase="Failed")
    assert flagger.asks(Hook.ROLLBACK) == "nothing to roll back in phase Failed"


def test_a_waiting_episode_is_one_row_however_often_flagger_asks(cluster: Cluster, flagger: Flagger) -> None:
    for _ in range(3):
        flagger.asks(Hook.START)
    episode = Episode.objects.get()
    assert (episode.hook, episode.revision, episode.ended_at) == ("confirm-rollout", R1, None)
    decide("approve")
    flagger.asks(Hook.START)
    episode.refresh_from_db()
    assert episode.ended_at is not None


@pytest.mark.parametrize("by_sweeper", [False, True])
def test_a_deadline_is_applied_once_by_the_policys_name(
    cluster: Cluster, flagger: Flagger, by_sweeper: bool
) -> None:
    metadata = {"deadline": "1h", "on_deadline": "reject"}
    cluster.moves(specs=(spec("confirm-rollout", **metadata),))
    flagger.asks(Hook.START, **metadata)
    Episode.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))
    if by_sweeper:
        sweep()
    assert flagger.asks(Hook.START, **metadata).startswith("rejected by policy (deadline)")
    sweep()
    assert log() == [("approval.rejected", "policy (deadline)")]


def test_a_deadline_may_ask_for_a_rollback_where_there_is_something_to_roll_back(
    cluster: Cluster, flagger: Flagger
) -> None:
    metadata = {"deadline": "1h", "on_deadline": "rollback"}
    cluster.moves(
        specs=(spec("confirm-promotion", **metadata),),
        phase="WaitingPromotion", checksum="c1", weight=50, next_weight=None,
    )  # fmt: skip
    flagger.asks(Hook.PROMOTION, **metadata)
    Episode.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))
    # The request wins over every approval, also before Flagger asks about it.
    assert flagger.asks(Hook.PROMOTION, **metadata) == "a rollback is requested"
    assert flagger.asks(Hook.ROLLBACK) == "Approved"
    assert ("rollback.requested", "policy (deadline)") in log()


def test_approvals_end_with_their_release(cluster: Cluster, flagger: Flagger) -> None:
    decide("approve")
    flagger.asks(Hook.START)
    cluster.moves(phase="Progressing", checksum="c1", weight=50, next_weight=None)
    decide("approve", hook="confirm-promotion")
    flagger.asks(Hook.PROMOTION)
    cluster.moves(phase="Succeeded", weight=0)
    assert sweep() == 1
    assert not Approval.objects.filter(ended_at=None).exists()
    assert [action for action, _ in log()].count("approval.lapsed") == 2
    # The same template again, because a ConfigMap changed: it asks anew.
    cluster.moves(phase="Waiting")
    assert flagger.asks(Hook.START) == "waiting for approval 1 of 1"


def test_a_revision_that_nothing_stopped_is_entered_once_and_rolled_back_by_policy(
    cluster: Cluster, flagger: Flagger
) -> None:
    cluster.moves(
        specs=(spec("confirm-rollout", on_unapproved="rollback"),),
        phase="Progressing",
        checksum="c1",
        weight=20,
    )
    assert asyncio.run(unapproved.check("default", "payments", "checkout")) is True
    assert asyncio.run(unapproved.check("default", "payments", "checkout")) is False
    assert log() == [("revision.unapproved", "Aviary"), ("rollback.requested", "policy (on-unapproved)")]
    assert Gate.objects.get(kind="rollback").open
    assert flagger.asks(Hook.ROLLBACK) == "Approved"


def test_events_and_the_end_are_always_acknowledged_and_kept(cluster: Cluster, flagger: Flagger) -> None:
    assert flagger.asks(Hook.EVENT, eventMessage="Advance weight 10", eventType="Normal") == "OK"
    assert flagger.asks(Hook.POST) == "OK"
    kept = list(FlaggerEvent.objects.order_by("id").values_list("hook", "message"))
    assert kept == [("event", "Advance weight 10"), ("post-rollout", "")]


def test_two_hooks_of_one_type_have_names(cluster: Cluster, flagger: Flagger) -> None:
    cluster.moves(specs=(spec("confirm-promotion", "qa"), spec("confirm-promotion", "sre")),
                  phase="WaitingPromotion", checksum="c1", weight=50, next_weight=None)  # fmt: skip
    decide("approve", hook="confirm-promotion", gate="qa")
    assert flagger.asks(Hook.PROMOTION, "qa") == "Approved"
    assert flagger.asks(Hook.PROMOTION, "sre") == "waiting for approval 1 of 1"


def test_a_comment_decides_nothing(cluster: Cluster, flagger: Flagger) -> None:
    decide("comment", reason="looks slow in eu-west")
    assert flagger.asks(Hook.START) == "waiting for approval 1 of 1"
    assert AuditEntry.objects.get().reason == "looks slow in eu-west"
