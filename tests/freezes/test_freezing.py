"""Freezes made, lifted, and canaries exempted: what is refused, and what the log says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from gates import freezes, freezing
from gates.actions import Refused, Subject
from gates.models import AuditEntry, Exemption, Freeze
from tests.freezes.conftest import ADA, freeze, hence
from tests.support.log import proven
from tests.typed.conftest import CHECKOUT, Cluster, log

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        (lambda: {"ends_at": hence(seconds=-1)}, "freeze-ends-in-the-past", "lie ahead"),
        (
            lambda: {"starts_at": hence(hours=2), "ends_at": hence(hours=1)},
            "freeze-ends-before-start",
            "after the start",
        ),
        (lambda: {"ends_at": hence(days=92, minutes=1)}, "freeze-too-long", "92 days"),
        (lambda: {"reason": "  "}, "reason-required", "needs a reason"),
        (lambda: {"reason": "a\x00b"}, "reason-unreadable", "NUL"),
        (lambda: {"reason": "x" * 2001}, "reason-too-long", "2,000"),
        (lambda: {"namespaces": " , "}, "patterns-empty", "Namespaces"),
        (lambda: {"canaries": ""}, "patterns-empty", "Canaries"),
        (lambda: {"canaries": "che[ck]out"}, "patterns-unreadable", "che"),
        (lambda: {"namespaces": "pay\x00"}, "patterns-unreadable", "Namespaces"),
        (
            lambda: {"namespaces": ",".join(f"a{n:03}-very-long-name" for n in range(200))},
            "patterns-too-long",
            "2,000",
        ),
    ],
)
def test_a_freeze_that_makes_no_sense_is_refused_and_says_why(
    cluster: Cluster, more: Callable[[], dict[str, object]], code: str, message: str
) -> None:
    with pytest.raises(Refused, match=message) as refused:
        freeze(**more())
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert not Freeze.objects.exists()
    assert log() == []


def test_every_step_is_an_entry_with_all_that_it_was(cluster: Cluster) -> None:
    made = freeze(in_flight=True, canaries="check*,  search,check*")
    exemption = freezing.exempt(made.pk, CHECKOUT, ADA, "hotfix")
    freezing.withdraw(made.pk, exemption.pk, ADA, "fixed")
    freezing.lift(made.pk, ADA, "incident closed")
    entries = list(AuditEntry.objects.order_by("seq"))
    assert [(entry.action, entry.actor, entry.reason) for entry in entries] == [
        ("freeze.created", "ada", "incident 4711"),
        ("freeze.exempted", "ada", "hotfix"),
        ("freeze.exemption.withdrawn", "ada", "fixed"),
        ("freeze.lifted", "ada", "incident closed"),
    ]
    assert entries[0].after == {
        "namespaces": "pay*",
        "canaries": "check*, search",
        "from": made.starts_at.isoformat(),
        "to": made.ends_at.isoformat(),
        "reason": "incident 4711",
        "in_flight": True,
    }
    assert [entry.decision for entry in entries] == [None, 1, 1, 1]
    assert [(entry.namespace, entry.name) for entry in entries[1:3]] == [("payments", "checkout")] * 2
    lifted = Freeze.objects.get().lifted_at
    assert lifted is not None
    assert entries[3].after["to"] == lifted.isoformat()
    assert proven() == (4, "")


def test_a_start_in_the_past_means_from_now_on(cluster: Cluster) -> None:
    before = timezone.now()
    assert freeze(starts_at=hence(days=-3)).starts_at >= before


def test_a_freeze_holds_from_its_start_until_its_end_or_until_it_is_lifted(cluster: Cluster) -> None:
    made = freeze(starts_at=hence(hours=1), ends_at=hence(hours=2))

    def held(at: datetime) -> bool:
        return bool(freezes.windows("default", "payments", "checkout", at))

    second = timedelta(seconds=1)
    assert [held(made.starts_at - second), held(made.starts_at)] == [False, True]
    assert [held(made.ends_at - second), held(made.ends_at)] == [True, False]
    freezing.lift(made.pk, ADA)
    assert not held(made.starts_at)


def test_it_names_namespaces_and_canaries_and_lets_the_exempted_through(cluster: Cluster) -> None:
    made = freeze(namespaces="pay*", canaries="check*")
    found = freezes.current(timezone.now())[0]
    assert freezes.covers(found, "default", "payments", "checkout")
    assert not freezes.covers(found, "default", "payments", "search")
    assert not freezes.covers(found, "default", "catalog", "checkout")
    freezing.exempt(made.pk, CHECKOUT, ADA, "hotfix")
    found = freezes.current(timezone.now())[0]
    assert not freezes.covers(found, "default", "payments", "checkout")
    assert freezes.covers(found, "other", "payments", "checkout")


def test_what_is_over_is_not_changed_any_more(cluster: Cluster) -> None:
    made = freeze()
    freezing.lift(made.pk, ADA)
    for again in (
        lambda: freezing.lift(made.pk, ADA),
        lambda: freezing.exempt(made.pk, CHECKOUT, ADA, "hotfix"),
        lambda: freezing.withdraw(made.pk, 1, ADA),
    ):
        with pytest.raises(Refused) as refused:
            again()
        assert (refused.value.code, refused.value.status) == ("freeze-over", 409)


def test_an_exemption_needs_a_reason_a_canary_of_the_freeze_and_is_given_once(cluster: Cluster) -> None:
    made = freeze()
    refusals = []
    for canary, reason in ((CHECKOUT, " "), (Subject("default", "catalog", "search"), "x"), (CHECKOUT, "x")):
        try:
            freezing.exempt(made.pk, canary, ADA, reason)
        except Refused as refused:
            refusals.append(refused.code)
    with pytest.raises(Refused) as again:
        freezing.exempt(made.pk, CHECKOUT, ADA, "x")
    assert [*refusals, again.value.code] == ["reason-required", "not-frozen", "exempt-already"]
    assert Exemption.objects.count() == 1


@pytest.mark.parametrize("number", [0, 999, 2**63])
def test_a_freeze_that_is_not_there_is_said_so(cluster: Cluster, number: int) -> None:
    with pytest.raises(Refused) as refused:
        freezing.lift(number, ADA)
    assert (refused.value.code, refused.value.status) == ("no-such-freeze", 404)
