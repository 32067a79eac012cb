"""Several replicas, each with watches of its own pace, agree on one record; a restart changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.models import Release
from tests.releases.orders import shuffled
from tests.releases.records import kept
from tests.releases.telling import DEPLOYMENT, Replica, Write, writes
from tests.releases.test_traces import by_hand
from tests.support.traces import NAMES

pytestmark = pytest.mark.django_db(transaction=True)
QUICK = settings(
    max_examples=8,
    phases=[Phase.explicit, Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


def together(replicas: Sequence[tuple[Replica, list[Write]]], random: Random) -> None:
    """Each replica is told its writes, and writes now and then, in some order."""
    left = [(replica, list(told)) for replica, told in replicas]
    while left:
        turn = random.choice(left)
        replica, told = turn
        for _count in range(random.choice((1, 2, 20))):
            if told:
                replica.told(told.pop(0))
        if random.random() < 0.6 or not told:
            replica.records()
        if not told:
            left.remove(turn)


@pytest.mark.parametrize("trace", NAMES)
@QUICK
@given(random=st.randoms(use_true_random=False))
def test_replicas_with_delays_of_their_own_agree(trace: str, random: Random) -> None:
    Release.objects.all().delete()
    together([(Replica(), shuffled(trace, random)) for _count in range(2)], random)
    assert kept() == by_hand(trace)


@pytest.mark.parametrize("trace", NAMES)
@QUICK
@given(random=st.randoms(use_true_random=False))
def test_one_replica_whose_watches_run_apart_is_right_in_the_end(trace: str, random: Random) -> None:
    Release.objects.all().delete()
    together([(Replica(), shuffled(trace, random))], random)
    assert kept() == by_hand(trace)


@pytest.mark.parametrize("trace", NAMES)
def test_a_replica_that_comes_late_with_everything_changes_nothing(trace: str) -> None:
    for _count in range(2):
        replica = Replica()
        for write in writes(trace):
            replica.told(write)
            replica.records()
    assert kept() == by_hand(trace)


@pytest.mark.parametrize("trace", NAMES)
def test_a_kill_at_any_point_leaves_the_same_record(trace: str) -> None:
    told = writes(trace)
    for cut in range(2, len(told)):
        Release.objects.all().delete()
        before = Replica()
        for write in told[:cut]:
            before.told(write)
        before.records()
        last = told[cut - 1]
        unseen = last.kind == DEPLOYMENT and last.key == told[0].key and not Release.objects.exists()
        after = Replica(told[:cut])
        for write in told[cut:]:
            after.told(write)
        after.records()
        wanted = by_hand(trace)
        if unseen:
            # The target is new and Flagger has not seen it: nobody alive knows what was there before.
            wanted = [{**record, "previous": ""} for record in wanted]
        assert kept() == wanted, f"killed after line {cut}"
