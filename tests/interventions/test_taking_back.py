"""skipAnalysis is taken back after the release: once, by whichever replica is there, whatever happens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.cluster_errors import Unreachable
from dashboard.interventions import records, sweep
from dashboard.interventions.acts import Act
from dashboard.models import Intervention
from gates import audit
from tests.interventions.conftest import Shop
from tests.interventions.live import ask, codes, in_thread, log, until
from tests.support.log import proven

pytestmark = [pytest.mark.kube, pytest.mark.django_db(transaction=True)]
PROMOTED = ["canary.promote-now.requested", "canary.promoted-now"]
TAKEN_BACK = ["canary.take-back.requested", "canary.taken-back"]


def promoted(shop: Shop, **spec: Any) -> None:
    """`podinfo` was promoted now, to be taken back."""
    shop.add("podinfo", **spec)
    ask(Act.PROMOTE_NOW, shop.namespace, "podinfo", take_back=True)
    until(lambda: shop.view("podinfo").canary.skip_analysis)
    shop.api.patched.clear()


def swept() -> int:
    """One sweep, as the server does it."""
    return in_thread(sweep.sweep)


def test_it_stays_set_while_the_release_runs(shop: Shop) -> None:
    promoted(shop)
    for phase in ("WaitingPromotion", "Promoting", "Finalising"):
        shop.phase("podinfo", phase)
        assert swept() == 0
    assert shop.spec("podinfo")["skipAnalysis"] is True
    assert codes() == PROMOTED


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_it_is_taken_back_when_the_release_has_ended(shop: Shop, phase: str) -> None:
    promoted(shop)
    shop.phase("podinfo", phase)
    assert swept() == 1
    assert swept() == 0
    assert "skipAnalysis" not in shop.spec("podinfo")
    assert codes() == PROMOTED + TAKEN_BACK
    asked, done = log()[2:]
    assert (done.actor_kind, done.decision) == ("system", log()[0].seq)
    assert (done.before["skipAnalysis"], done.after["skipAnalysis"]) == (True, None)
    assert asked.after == {"skipAnalysis": None}
    assert proven() == (4, "")


def test_what_was_false_is_false_again(shop: Shop) -> None:
    promoted(shop, skipAnalysis=False)
    shop.phase("podinfo", "Succeeded")
    assert swept() == 1
    assert shop.spec("podinfo")["skipAnalysis"] is False


def test_a_newer_revision_is_not_promoted_unseen(shop: Shop) -> None:
    promoted(shop)
    before = shop.view("podinfo").revision
    shop.image("podinfo", "app:3.0.0")
    until(lambda: shop.view("podinfo").revision != before)
    assert swept() == 1
    assert "skipAnalysis" not in shop.spec("podinfo")


def test_without_the_tick_it_stays(shop: Shop) -> None:
    shop.add("podinfo")
    ask(Act.PROMOTE_NOW, shop.namespace, "podinfo")
    shop.phase("podinfo", "Succeeded")
    assert swept() == 0
    assert shop.spec("podinfo")["skipAnalysis"] is True


def test_of_several_replicas_one_takes_it_back(shop: Shop) -> None:
    promoted(shop)
    shop.phase("podinfo", "Succeeded")
    with ThreadPoolExecutor(4) as replicas:
        ended = list(replicas.map(lambda _number: in_thread(sweep.sweep), range(4)))
    assert sorted(ended) == [0, 0, 0, 1]
    assert len(shop.api.patched) == 1
    assert codes() == PROMOTED + TAKEN_BACK


def test_what_git_has_undone_is_left_alone(shop: Shop) -> None:
    promoted(shop)
    shop.kube.merge("Canary", shop.namespace, "podinfo", {"spec": {"skipAnalysis": None}})
    shop.phase("podinfo", "Succeeded")
    assert swept() == 1
    assert shop.api.patched == []
    assert (log()[-1].action, log()[-1].outcome) == ("canary.taken-back", audit.UNCHANGED)


def test_another_canary_of_the_same_name_is_left_alone(shop: Shop) -> None:
    promoted(shop)
    shop.kube.delete("Canary", shop.namespace, "podinfo")
    until(lambda: shop.view("podinfo") is None)
    shop.add("podinfo", "Succeeded", skipAnalysis=True)
    assert swept() == 1
    assert shop.spec("podinfo")["skipAnalysis"] is True
    assert log()[-1].outcome == audit.UNCHANGED
    assert swept() == 0


def test_flagger_writing_at_the_same_moment_does_not_put_it_off(shop: Shop) -> None:
    promoted(shop)
    shop.phase("podinfo", "Succeeded")
    writes = iter([1, 2])

    def write() -> None:
        if failed := next(writes, 0):
            status = {"phase": "Succeeded", "canaryWeight": 0, "failedChecks": failed, "iterations": 0}
            shop.kube.set_status("Canary", shop.namespace, "podinfo", status)

    shop.api.before = write
    assert swept() == 1
    assert len(shop.api.patched) == 3
    assert codes() == PROMOTED + TAKEN_BACK


def test_what_fails_is_said_once_and_tried_again(shop: Shop) -> None:
    promoted(shop)
    shop.phase("podinfo", "Succeeded")

    def fail() -> None:
        raise Unreachable("the API server answered 500 for canaries.flagger.app")

    shop.api.before = fail
    now = timezone.now()
    for later in (0, 1, 31, 62):
        in_thread(lambda later=later: sweep.sweep(now + timedelta(seconds=later)))  # type: ignore[misc]
    assert codes() == [*PROMOTED, "canary.take-back.requested", "canary.take-back.failed"]
    assert "500" in Intervention.objects.get().trouble
    shop.api.before = lambda: None
    in_thread(lambda: sweep.sweep(now + timedelta(seconds=93)))
    assert codes()[-1] == "canary.taken-back"
    assert Intervention.objects.get().trouble == ""
    assert "skipAnalysis" not in shop.spec("podinfo")


def test_a_replica_that_dies_while_taking_back_leaves_it_to_the_next(shop: Shop) -> None:
    promoted(shop)
    shop.phase("podinfo", "Succeeded")
    row = Intervention.objects.get()
    now = timezone.now()
    assert records.claim(row.pk, None, now) is not None
    assert swept() == 0
    assert in_thread(lambda: sweep.sweep(now + records.CLAIM + timedelta(seconds=1))) == 1
    assert codes() == PROMOTED + TAKEN_BACK
