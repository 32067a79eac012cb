"""What a person opened ends with the release, with an entry, also when Flagger no longer asks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from django.utils import timezone

from gates import sweeper
from gates.actions import Request, Subject, perform
from gates.audit import Actor, Origin
from gates.facts import Unreadable
from gates.models import AuditEntry, Gate
from tests.decisions.conftest import OTHER, Cluster, known
from tests.support.log import proven

pytestmark = pytest.mark.django_db(transaction=True)


def decide(action: str, reason: str = "because") -> None:
    subject = Subject("default", "payments", "checkout")
    perform(action, Request(subject, Actor("person", "minji"), Origin("page"), reason))


def sweep() -> int:
    return asyncio.run(sweeper.sweep())


def test_a_gate_is_left_alone_while_its_release_runs(cluster: Cluster) -> None:
    decide("approve")
    cluster.moves(phase="Progressing", checksum="c1")
    assert sweep() == 0
    assert Gate.objects.get().open


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_the_end_of_the_release_closes_it_once(cluster: Cluster, phase: str) -> None:
    decide("approve")
    cluster.moves(phase=phase, checksum="c1")
    assert sweep() == 1
    assert sweep() == 0
    entry = AuditEntry.objects.get(action="gate.ended")
    assert (entry.actor, entry.reason, entry.decision) == ("Aviary", "release ended", 1)
    assert not Gate.objects.get().open


def test_a_newer_revision_closes_it(cluster: Cluster) -> None:
    decide("approve")
    cluster.moves(revision=OTHER)
    assert sweep() == 1
    assert AuditEntry.objects.get(action="gate.ended").reason == "new revision"


def test_a_rollback_ends_with_the_release_so_that_the_next_one_is_not_rolled_back(cluster: Cluster) -> None:
    cluster.moves(phase="Progressing", checksum="c1")
    decide("rollback")
    cluster.moves(phase="Failed", checksum="c1")
    assert sweep() == 1
    assert AuditEntry.objects.get(action="rollback.ended").reason == "release ended"


def test_memory_that_lags_behind_does_not_close_anything(cluster: Cluster) -> None:
    decide("approve")
    cluster.memory = known(revision=OTHER)
    assert sweep() == 0
    assert Gate.objects.get().open


def test_an_unreadable_cluster_ends_nothing_but_time_does(cluster: Cluster) -> None:
    cluster.moves(phase="Progressing")
    decide("rollback")
    cluster.now = Unreadable("the cluster did not answer in time")
    assert sweep() == 0
    Gate.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert sweep() == 1
    assert AuditEntry.objects.get(action="rollback.ended").reason == "expired"
    assert proven() == (2, "")
