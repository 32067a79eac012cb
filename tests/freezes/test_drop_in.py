"""What drop-in gates answer while something is frozen, and what that costs those that it does not concern."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from gates import decisions, freeze_rules, freezes, freezing
from gates.answers import Answers
from gates.audit import Actor, Origin
from gates.confirm_rules import FreezeWindow
from gates.decisions import Act, Change, Outcome
from gates.facts import Facts, Unreadable
from gates.keys import GATE, ROLLBACK, GateKey
from gates.reader import DatabaseUnavailable, open_reader
from gates.rules import Verdict
from gates.writer import Writer
from tests.freezes.conftest import ADA, freeze, hence
from tests.typed.conftest import CHECKOUT, Cluster, decide, log

pytestmark = pytest.mark.django_db(transaction=True)

KEY, SWITCH = (GateKey(kind, "default", "payments", "checkout") for kind in (GATE, ROLLBACK))
FLAGGER = Origin("webhook", "10.0.0.7")
SCRIPT = Actor("webhook", "webhook (unverified)")


def asks(key: GateKey = KEY, times: int = 1, writer: Writer | None = None) -> list[Verdict]:
    """Flagger asks, one time after the other."""

    async def run() -> list[Verdict]:
        reader, used = open_reader(), writer or Writer()
        answers = Answers(reader, used)
        try:
            return [await answers.answer(key, lambda: FLAGGER) for _ in range(times)]
        finally:
            answers.freezes.close()
            await used.close()
            await reader.close()

    return asyncio.run(run())


def script_opens(key: GateKey = KEY) -> None:
    decisions.apply([Change(Act.OPEN, key, SCRIPT, FLAGGER)])


def person_opens(cluster: Cluster, until: datetime | None = None) -> None:
    decide("approve", hook="gate", until=until)


OPENINGS: list[Callable[[Cluster], None]] = [
    lambda cluster: person_opens(cluster),
    lambda cluster: person_opens(cluster, until=hence(hours=8)),
]


@pytest.mark.parametrize("opens", OPENINGS, ids=["for a release", "until a time"])
@pytest.mark.parametrize(
    ("phase", "weight", "in_flight", "yes"),
    [
        ("Waiting", 0, False, False),
        ("Succeeded", 0, False, False),
        ("Progressing", 0, False, False),
        ("Progressing", 10, False, True),
        ("Progressing", 10, True, False),
        ("WaitingPromotion", 50, False, True),
        ("WaitingPromotion", 50, True, False),
    ],
)
def test_a_gate_that_a_person_opened_is_stopped_where_a_release_would_start(
    cluster: Cluster,
    opens: Callable[[Cluster], None],
    phase: str,
    weight: int,
    in_flight: bool,
    yes: bool,
) -> None:
    cluster.moves(phase=phase, weight=weight)
    opens(cluster)
    freeze(in_flight=in_flight)
    verdict = asks()[0]
    assert verdict.yes is yes
    assert verdict.why == "open" or "incident 4711" in verdict.why


@pytest.mark.parametrize("opens", OPENINGS, ids=["for a release", "until a time"])
def test_a_yes_that_was_told_before_is_not_repeated_during_a_freeze(
    cluster: Cluster, opens: Callable[[Cluster], None]
) -> None:
    opens(cluster)
    assert asks()[0].yes
    made = freeze()
    assert not asks()[0].yes
    freezing.lift(made.pk, ADA)
    assert asks()[0].yes
    assert [action for action, _who in log()].count("answer.approved") == 1


def test_a_canary_that_cannot_be_read_counts_as_one_that_would_start(cluster: Cluster) -> None:
    cluster.moves(phase="Progressing", weight=10)
    person_opens(cluster, until=hence(hours=8))
    freeze()
    assert asks()[0].yes
    cluster.now = Unreadable("the cluster did not answer in time")
    assert not asks()[0].yes


def test_an_exempted_canary_is_let_through(cluster: Cluster) -> None:
    person_opens(cluster)
    freezing.exempt(freeze().pk, CHECKOUT, ADA, "hotfix")
    assert asks()[0].yes


def test_a_gate_that_a_script_opened_is_not_stopped_and_costs_no_look_at_the_freezes(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = counted(monkeypatch)
    freeze(in_flight=True)
    script_opens()
    assert [verdict.yes for verdict in asks(times=3)] == [True, True, True]
    assert looks == []


def test_a_no_costs_no_look_either(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    freeze()
    person_opens(cluster)
    decide("hold", hook="gate")
    looks = counted(monkeypatch)
    assert not asks()[0].yes
    assert looks == []


@pytest.mark.parametrize("by_script", [False, True])
def test_a_rollback_is_never_stopped(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, by_script: bool
) -> None:
    cluster.moves(phase="Progressing", weight=0)
    freeze(in_flight=True, namespaces="*")
    looks = counted(monkeypatch)
    if by_script:
        script_opens(SWITCH)
    else:
        decide("rollback", reason="errors")
    assert [verdict.yes for verdict in asks(SWITCH, times=2)] == [True, True]
    assert looks == []


def test_a_freeze_made_between_the_question_and_its_first_yes_wins(cluster: Cluster) -> None:
    person_opens(cluster)

    class Freezing(Writer):
        """An administrator is quicker than the yes."""

        frozen = False

        async def submit(self, change: Change, patience: float) -> Outcome:
            if not self.frozen:
                await asyncio.to_thread(freeze)
                self.frozen = True
            return await super().submit(change, patience)

    writer = Freezing()
    assert not asks(writer=writer)[0].yes
    assert [action for action, _who in log()] == ["gate.opened", "freeze.created"]


def test_nothing_is_answered_when_the_freezes_cannot_be_read(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    person_opens(cluster)

    def broken(*_where: object) -> list[FreezeWindow]:
        raise DatabaseUnavailable("gone")

    monkeypatch.setattr(freezes, "windows", broken)
    with pytest.raises(DatabaseUnavailable):
        asks()


def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Every look at the freezes from here on."""
    looks: list[tuple[object, ...]] = []
    real = freezes.windows

    def windows(*where: Any) -> list[FreezeWindow]:
        looks.append(where)
        return real(*where)

    monkeypatch.setattr(freezes, "windows", windows)
    return looks


PHASES = ["", "Initialized", "Succeeded", "Failed", "Waiting", "Progressing", "WaitingPromotion", "Promoting"]
WINDOWS = st.lists(st.booleans(), max_size=3)


@given(st.sampled_from(PHASES), st.integers(0, 100), WINDOWS, st.booleans())
def test_a_gate_is_held_exactly_by_a_freeze_of_starts_before_a_release_or_by_one_in_flight(
    phase: str, weight: int, ticks: list[bool], readable: bool
) -> None:
    now = timezone.now()
    windows = [FreezeWindow(now + timedelta(hours=1), "x", ticked) for ticked in ticks]
    known: Facts | Unreadable = Unreadable("away")
    if readable:
        known = Facts("a", (), phase, weight, None, "canary", (), "", now)
    running = readable and phase in {"Progressing", "WaitingPromotion", "Promoting"}
    starting = not running or (phase == "Progressing" and weight == 0)
    assert bool(freeze_rules.held(windows, known)) is (any(ticks) or (bool(ticks) and starting))
