"""What somebody could try, and what goes wrong by itself: never more of a yes than people said."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from gates import lapsing, sweeper, unapproved
from gates.actions import Refused
from gates.confirm_rules import Hook
from gates.facts import HookSpec, Unreadable
from gates.models import Approval, AuditEntry, Episode
from tests.typed.conftest import ALL, R2, Cluster, Flagger, decide, log, spec

pytestmark = pytest.mark.django_db(transaction=True)

WAITING = "waiting for approval 1 of 1"
MAXIMUM = {"phase": "Progressing", "checksum": "c1", "weight": 50, "next_weight": None}


def sweep() -> int:
    return asyncio.run(lapsing.sweep())


def alarm() -> bool:
    return asyncio.run(unapproved.check("default", "payments", "checkout"))


def started(cluster: Cluster, flagger: Flagger) -> None:
    """A release of R1 at weight 10, its start approved and told."""
    decide("approve")
    assert flagger.asks(Hook.START) == "Approved"
    cluster.moves(phase="Progressing", checksum="c1", weight=10, next_weight=25)


def test_an_approval_whose_release_is_over_counts_no_more_before_the_sweeper_comes(
    cluster: Cluster, flagger: Flagger
) -> None:
    started(cluster, flagger)
    cluster.moves(phase="Succeeded", weight=0)
    # The same template again, because a ConfigMap changed.
    assert flagger.asks(Hook.START) == WAITING


def test_a_canary_that_was_deleted_takes_its_approvals_along(cluster: Cluster, flagger: Flagger) -> None:
    decide("approve")
    before, cluster.now = cluster.now, Unreadable("no such canary", missing=True)
    assert flagger.asks(Hook.START) == "revision unknown"
    assert sweep() == 1
    cluster.now = before
    assert flagger.asks(Hook.START) == WAITING


def test_a_new_configuration_of_the_same_revision_in_an_analysis_is_another_release(
    cluster: Cluster, flagger: Flagger
) -> None:
    cluster.moves(specs=(spec("confirm-rollout"), spec("confirm-promotion")))
    started(cluster, flagger)
    assert sweep() == 1
    assert Approval.objects.get().pinned == "c1"
    assert not alarm()
    cluster.moves(checksum="c2", weight=0)
    assert alarm()
    assert sweep() == 1
    assert Approval.objects.get().ended_why == "new configuration"
    assert not alarm()


def test_a_newer_revision_whose_start_was_approved_meanwhile_raises_no_alarm(
    cluster: Cluster, flagger: Flagger
) -> None:
    started(cluster, flagger)
    cluster.moves(revision=R2, checksum="c2", weight=0, next_weight=10)
    decide("approve", hook="confirm-rollout")
    decide("approve", hook="confirm-traffic-increase")
    assert flagger.asks(Hook.TRAFFIC) == "Approved"
    start = Approval.objects.get(hook="confirm-rollout", revision=R2)
    assert start.answered_at is not None
    cluster.moves(weight=10, next_weight=25)
    assert not alarm()


def test_a_webhook_of_another_type_at_a_confirm_address_gets_no_yes(
    cluster: Cluster, flagger: Flagger
) -> None:
    wrong = HookSpec("rollback", "oops", "confirm-promotion", "", {})
    cluster.moves(specs=(*ALL, wrong), **MAXIMUM)
    decide("approve", hook="confirm-promotion")
    assert flagger.asks(Hook.PROMOTION) == "the manifest's rollback webhook asks here, too"


def test_a_promotion_is_not_confirmed_by_a_request_to_roll_back(cluster: Cluster, flagger: Flagger) -> None:
    cluster.moves(specs=(HookSpec("confirm-promotion", "oops", "rollback", "", {}),), **MAXIMUM)
    decide("rollback", reason="errors")
    assert flagger.asks(Hook.ROLLBACK) == "the manifest's rollback webhook does not ask here"


def test_a_rollback_wins_over_approvals_that_flagger_asks_about_first(
    cluster: Cluster, flagger: Flagger
) -> None:
    cluster.moves(**MAXIMUM)
    decide("approve", hook="confirm-promotion")
    decide("rollback", reason="errors")
    assert flagger.asks(Hook.PROMOTION) == "a rollback is requested"
    assert flagger.asks(Hook.TRAFFIC) == "a rollback is requested"
    decide("close", kind="rollback")
    assert flagger.asks(Hook.PROMOTION) == "Approved"


def test_gates_that_the_manifest_does_not_have_leave_nothing_behind(
    cluster: Cluster, flagger: Flagger
) -> None:
    for name in ("a", "b", "c"):
        assert "no webhook of this type" in flagger.asks(Hook.START, name)
    assert not Episode.objects.exists()


@pytest.mark.parametrize("phase", ["Progressing", "Promoting", "Terminating"])
def test_a_question_that_flagger_does_not_ask_in_this_phase_gets_no_yes(
    cluster: Cluster, flagger: Flagger, phase: str
) -> None:
    decide("approve")
    cluster.moves(phase=phase)
    assert flagger.asks(Hook.START) == f"Flagger does not ask this in phase {phase}"
    assert Approval.objects.get().answered_at is None
    assert not Episode.objects.exists()


def test_a_stray_question_about_the_promotion_does_not_spoil_an_early_approval(
    cluster: Cluster, flagger: Flagger
) -> None:
    decide("approve", hook="confirm-promotion")
    assert flagger.asks(Hook.PROMOTION, checksum="c0").startswith("Flagger does not ask")
    cluster.moves(**MAXIMUM)
    assert flagger.asks(Hook.PROMOTION) == "Approved"


def test_memory_that_lags_behind_by_a_step_lets_no_step_through(cluster: Cluster, flagger: Flagger) -> None:
    started(cluster, flagger)
    decide("approve")
    assert flagger.asks(Hook.TRAFFIC) == "Approved"
    lagging = cluster.now
    cluster.moves(weight=25, next_weight=50)
    cluster.memory = lagging
    assert flagger.asks(Hook.TRAFFIC) == WAITING


def test_people_who_said_enough_in_time_are_not_overruled_by_the_deadline(
    cluster: Cluster, flagger: Flagger
) -> None:
    metadata = {"deadline": "1h", "on_deadline": "reject"}
    cluster.moves(specs=(spec("confirm-rollout", **metadata),))
    flagger.asks(Hook.START, **metadata)
    decide("approve")
    Episode.objects.update(deadline_at=timezone.now() - timedelta(seconds=1))
    sweep()
    assert flagger.asks(Hook.START, **metadata) == "Approved"
    assert ("approval.rejected", "policy (deadline)") not in log()


def test_a_policy_that_asks_for_a_group_later_counts_only_its_people(
    cluster: Cluster, flagger: Flagger
) -> None:
    decide("approve")
    decide("approve", "hana", groups=frozenset({"sre", "payments"}))
    cluster.moves(specs=(spec("confirm-rollout", group="sre", approvals="2"),))
    assert flagger.asks(Hook.START, group="sre", approvals="2") == "waiting for approval 2 of 2 by sre"


def test_a_promotion_has_its_own_first_yes_after_it_let_the_traffic_pass(
    cluster: Cluster, flagger: Flagger
) -> None:
    cluster.moves(**MAXIMUM)
    entry = decide("approve", hook="confirm-promotion").entry
    assert [flagger.asks(Hook.TRAFFIC) for _ in range(2)] == ["Approved"] * 2
    assert Approval.objects.get().answered_at is None
    assert [flagger.asks(Hook.PROMOTION) for _ in range(2)] == ["Approved"] * 2
    told = AuditEntry.objects.filter(action="answer.approved").order_by("seq")
    assert entry is not None
    assert [(each.kind, each.decision) for each in told] == [
        ("confirm-traffic-increase", entry.seq), ("confirm-promotion", entry.seq),
    ]  # fmt: skip


def test_one_gates_yes_does_not_end_the_waiting_of_another(cluster: Cluster, flagger: Flagger) -> None:
    specs = (spec("confirm-promotion", "qa"), spec("confirm-promotion", "sre"))
    cluster.moves(specs=specs, **MAXIMUM | {"phase": "WaitingPromotion"})
    for gate in ("qa", "sre"):
        flagger.asks(Hook.PROMOTION, gate)
    decide("approve", hook="confirm-promotion", gate="qa")
    assert flagger.asks(Hook.PROMOTION, "qa") == "Approved"
    assert list(Episode.objects.filter(ended_at=None).values_list("gate", flat=True)) == ["sre"]


def test_every_start_gate_is_asked_again_for_a_revision_that_slipped_in(
    cluster: Cluster, flagger: Flagger
) -> None:
    specs = (spec("confirm-rollout", "qa"), spec("confirm-rollout", "sre"), spec("confirm-traffic-increase"))
    cluster.moves(specs=specs, phase="Progressing", checksum="c2", weight=0, next_weight=10, revision=R2)
    decide("approve", hook="confirm-traffic-increase", reach="all")
    decide("approve", hook="confirm-rollout", gate="qa")
    assert flagger.asks(Hook.TRAFFIC) == f"start: {WAITING}"
    decide("approve", hook="confirm-rollout", gate="sre")
    assert flagger.asks(Hook.TRAFFIC) == "Approved"


def test_rolling_back_while_waiting_rejects_the_revision(cluster: Cluster, flagger: Flagger) -> None:
    with pytest.raises(Refused) as refused:
        decide("rollback")
    assert refused.value.code == "reason-required"
    entry = decide("rollback", "hana", reason="broken build").entry
    assert entry is not None
    assert entry.action == "approval.rejected"
    decide("approve")
    assert flagger.asks(Hook.START) == "rejected by hana: broken build"
    decide("close", decision=entry.seq)
    assert flagger.asks(Hook.START) == "Approved"


def test_rolling_back_while_waiting_at_a_switch_stays_refused(cluster: Cluster) -> None:
    cluster.moves(specs=(HookSpec("confirm-rollout", "start", "", "", {}),))
    with pytest.raises(Refused) as refused:
        decide("rollback", reason="broken build")
    assert refused.value.code == "nothing-to-roll-back"


def test_a_decision_without_a_hook_is_about_what_flagger_asks_next(
    cluster: Cluster, flagger: Flagger
) -> None:
    cluster.moves(phase="Promoting", checksum="c1", weight=50, next_weight=None)
    with pytest.raises(Refused) as refused:
        decide("approve")
    assert refused.value.code == "nothing-asked"
    # Only traffic is asked here: at the maximum nothing but "all the way" helps.
    cluster.moves(specs=(spec("confirm-traffic-increase", "web"),), **MAXIMUM)
    decide("approve")
    assert flagger.asks(Hook.TRAFFIC, "web") == "Approved"
    cluster.moves(specs=(spec("confirm-promotion", "qa"), spec("confirm-promotion", "sre")))
    with pytest.raises(Refused) as several:
        decide("approve")
    assert several.value.code == "gate-required"


def test_holding_a_hook_that_the_manifest_does_not_have_is_refused(cluster: Cluster) -> None:
    with pytest.raises(Refused) as refused:
        decide("hold", hook="confirm-promotion", gate="nobody", reason="x")
    assert refused.value.code == "no-such-hook"


def test_a_revision_that_slips_in_again_in_a_later_release_is_another_alarm(
    cluster: Cluster, flagger: Flagger
) -> None:
    cluster.moves(specs=(spec("confirm-rollout", on_unapproved="rollback"), spec("rollback")), weight=20)
    for release in (1, 2):
        cluster.moves(phase="Progressing", checksum="c1")
        assert alarm()
        # Flagger notices the revision and begins again: the same alarm.
        cluster.moves(checksum="c2")
        assert not alarm()
        assert flagger.asks(Hook.ROLLBACK) == "Approved"
        cluster.moves(phase="Failed")
        asyncio.run(sweeper.sweep())
        asyncio.run(unapproved.sweep())
        assert [action for action, _ in log()].count("rollback.requested") == release
