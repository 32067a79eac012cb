"""What a person asks for: bound to what they saw, refused with a reason when it cannot be meant."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from gates.actions import Refused, Request, Subject, perform
from gates.audit import Actor, Origin
from gates.facts import Unreadable
from gates.keys import GATE, ROLLBACK
from gates.models import AuditEntry, Gate
from tests.decisions.conftest import OTHER, REVISION, Cluster
from tests.support.log import proven

pytestmark = pytest.mark.django_db
CHECKOUT = Subject("default", "payments", "checkout")


def ask(**more: object) -> Request:
    base: dict[str, object] = {
        "subject": CHECKOUT, "actor": Actor("person", "minji"), "origin": Origin("page", "10.0.0.7"),
    }  # fmt: skip
    return Request(**(base | more))  # type: ignore[arg-type]


def test_an_approval_is_bound_to_the_revision_and_ends_with_the_release(cluster: Cluster) -> None:
    state = perform("approve", ask(revision=REVISION, reason="on-call informed")).state
    assert (state.open, state.bound, state.revision, state.until) == (True, True, REVISION, None)
    assert AuditEntry.objects.get().reason == "on-call informed"


def test_an_approval_made_on_an_old_page_is_refused_and_names_the_new_revision(cluster: Cluster) -> None:
    cluster.moves(revision=OTHER)
    with pytest.raises(Refused, match="bbbbbbbbbb") as refused:
        perform("approve", ask(revision=REVISION))
    assert (refused.value.code, refused.value.status) == ("revision-changed", 409)
    assert not Gate.objects.exists()
    assert not AuditEntry.objects.exclude(outcome="refused").exists()


@pytest.mark.parametrize("action", ["hold", "rollback"])
def test_holding_and_rolling_back_are_about_the_revision_seen_too(cluster: Cluster, action: str) -> None:
    cluster.moves(revision=OTHER, phase="Progressing")
    with pytest.raises(Refused, match="revision changed"):
        perform(action, ask(revision=REVISION, reason="errors"))


def test_nothing_is_approved_that_cannot_be_read(cluster: Cluster) -> None:
    cluster.now = Unreadable("the cluster did not answer in time")
    with pytest.raises(Refused, match="did not answer in time") as refused:
        perform("approve", ask())
    assert refused.value.code == "revision-unknown"
    cluster.moves(revision="")
    with pytest.raises(Refused, match="target cannot be read"):
        perform("approve", ask())


def test_keeping_it_open_until_a_time_binds_to_the_time_only(cluster: Cluster) -> None:
    until = timezone.now() + timedelta(hours=2)
    state = perform("approve", ask(revision=REVISION, until=until)).state
    assert (state.open, state.bound, state.until) == (True, False, until)


@pytest.mark.parametrize("offset", [timedelta(seconds=-1), timedelta(days=32)])
def test_a_time_in_the_past_or_too_far_ahead_is_refused(cluster: Cluster, offset: timedelta) -> None:
    with pytest.raises(Refused, match="31 days"):
        perform("approve", ask(until=timezone.now() + offset))


def test_rolling_back_needs_a_reason(cluster: Cluster) -> None:
    cluster.moves(phase="Progressing")
    with pytest.raises(Refused) as refused:
        perform("rollback", ask(reason="  "))
    assert (refused.value.code, refused.value.status) == ("reason-required", 400)


def test_a_rollback_lives_an_hour_at_most(cluster: Cluster) -> None:
    cluster.moves(phase="Progressing", weight=25)
    before = timezone.now()
    state = perform("rollback", ask(reason="error budget")).state
    assert state.bound
    assert state.until is not None
    assert timedelta(minutes=59) < state.until - before <= timedelta(minutes=61)
    assert AuditEntry.objects.get().action == "rollback.requested"


def test_a_rollback_works_while_the_cluster_cannot_be_read(cluster: Cluster) -> None:
    cluster.now = Unreadable("the cluster did not answer in time")
    state = perform("rollback", ask(reason="it burns")).state
    assert (state.open, state.bound, state.revision) == (True, True, "")


def test_while_waiting_there_is_nothing_to_roll_back(cluster: Cluster) -> None:
    with pytest.raises(Refused, match="hold the revision"):
        perform("rollback", ask(reason="errors"))


@pytest.mark.parametrize("phase", ["Initialized", "Succeeded", "Failed", "Promoting", "Finalising"])
def test_where_flagger_does_not_ask_rolling_back_is_refused(cluster: Cluster, phase: str) -> None:
    cluster.moves(phase=phase)
    with pytest.raises(Refused, match=phase):
        perform("rollback", ask(reason="errors"))


def test_a_canary_that_does_not_exist_is_a_404(cluster: Cluster) -> None:
    cluster.now = Unreadable("no such canary", missing=True)
    for action in ("approve", "hold", "rollback", "close"):
        with pytest.raises(Refused) as refused:
            perform(action, ask(reason="x"))
        assert refused.value.status == 404


def test_closing_closes_what_is_open(cluster: Cluster) -> None:
    cluster.moves(phase="Progressing")
    with pytest.raises(Refused, match="Nothing is open"):
        perform("close", ask())
    perform("approve", ask())
    assert not perform("close", ask()).state.open
    perform("rollback", ask(reason="errors"))
    perform("close", ask())
    assert not Gate.objects.filter(open=True).exists()
    assert [e.action for e in AuditEntry.objects.order_by("seq")] == [
        "gate.opened", "gate.closed", "rollback.requested", "rollback.withdrawn",
    ]  # fmt: skip


def test_with_both_open_closing_asks_which(cluster: Cluster) -> None:
    cluster.moves(phase="Progressing")
    perform("approve", ask())
    perform("rollback", ask(reason="errors"))
    with pytest.raises(Refused, match="say which"):
        perform("close", ask())
    perform("close", ask(kind=ROLLBACK))
    assert Gate.objects.get(open=True).kind == GATE
    with pytest.raises(Refused, match="must be"):
        perform("close", ask(kind="door"))


@pytest.mark.parametrize(("reason", "code"), [("x" * 2001, "reason-too-long"), ("a\0b", "reason-unreadable")])
def test_an_unusable_reason_is_refused_with_the_remedy(cluster: Cluster, reason: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        perform("approve", ask(reason=reason))
    assert refused.value.code == code
    assert proven() == (0, "")
