"""What Flagger is told on typed hooks while something is frozen."""

from __future__ import annotations

import pytest

from gates import freezing
from gates.confirm_rules import Hook
from tests.freezes.conftest import ADA, freeze, hence
from tests.typed.conftest import CHECKOUT, Cluster, Flagger, decide, log

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_start_waits_for_the_end_of_the_freeze(cluster: Cluster, flagger: Flagger) -> None:
    made = freeze(ends_at=hence(hours=3))
    decide("approve")
    assert flagger.asks(Hook.START) == f"frozen until {made.ends_at:%Y-%m-%d %H:%M} UTC: incident 4711"
    freezing.lift(made.pk, ADA)
    assert flagger.asks(Hook.START) == "Approved"
    assert [action for action, _who in log()] == [
        "freeze.created", "approval.granted", "freeze.lifted", "answer.approved",
    ]  # fmt: skip


def test_the_first_traffic_counts_as_a_start_and_later_steps_do_not(
    cluster: Cluster, flagger: Flagger
) -> None:
    decide("approve")
    assert flagger.asks(Hook.START) == "Approved"
    freeze()
    cluster.moves(phase="Progressing", checksum="c1", weight=0)
    decide("approve", hook="confirm-traffic-increase", reach="all")
    assert flagger.asks(Hook.TRAFFIC).startswith("frozen until")
    cluster.moves(weight=10, next_weight=25)
    assert flagger.asks(Hook.TRAFFIC) == "Approved"
    cluster.moves(phase="WaitingPromotion", weight=50, next_weight=None)
    decide("approve", hook="confirm-promotion")
    assert flagger.asks(Hook.PROMOTION) == "Approved"


def test_releases_in_flight_stop_when_that_was_ticked(cluster: Cluster, flagger: Flagger) -> None:
    cluster.moves(phase="Progressing", checksum="c1", weight=10, next_weight=25)
    decide("approve", hook="confirm-traffic-increase", reach="all")
    assert flagger.asks(Hook.TRAFFIC) == "Approved"
    freeze(in_flight=True)
    assert flagger.asks(Hook.TRAFFIC).startswith("frozen until")


def test_an_exempted_canary_goes_on_until_the_exemption_is_withdrawn(
    cluster: Cluster, flagger: Flagger
) -> None:
    made = freeze()
    exemption = freezing.exempt(made.pk, CHECKOUT, ADA, "hotfix")
    decide("approve")
    assert flagger.asks(Hook.START) == "Approved"
    freezing.withdraw(made.pk, exemption.pk, ADA)
    assert flagger.asks(Hook.START).startswith("frozen until")


@pytest.mark.parametrize("in_flight", [False, True])
def test_a_rollback_is_never_stopped(cluster: Cluster, flagger: Flagger, in_flight: bool) -> None:
    freeze(namespaces="*", in_flight=in_flight)
    cluster.moves(phase="Progressing", checksum="c1", weight=0)
    decide("rollback", reason="errors")
    assert flagger.asks(Hook.ROLLBACK) == "Approved"
