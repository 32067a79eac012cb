"""The one door: a change and its entry in one transaction, chained, with nothing lost."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction

from gates import audit, decisions
from gates.audit import Actor, Draft, Origin
from gates.decisions import Act, Change, Outcome
from gates.keys import GATE, ROLLBACK, GateKey
from gates.models import AuditEntry, AuditHead, Gate
from gates.signals import decided
from tests.decisions.conftest import REVISION, known
from tests.support.log import proven, unguarded

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = Actor("webhook", "webhook (unverified)")
MINJI = Actor("person", "minji")
WEB = Origin("webhook", "10.0.0.7", "curl/8", "r-1")


def key(name: str = "checkout", kind: str = GATE) -> GateKey:
    return GateKey(kind, "default", "payments", name)


def do(act: Act, target: GateKey | None = None, **more: object) -> Outcome:
    change = Change(act, target or key(), more.pop("actor", SCRIPT), WEB, **more)  # type: ignore[arg-type]
    return decisions.apply([change])[0]


def test_opening_writes_the_gate_and_its_entry_together() -> None:
    outcome = do(Act.OPEN)
    entry = AuditEntry.objects.get()
    assert outcome.entry == entry
    assert (entry.seq, entry.action, entry.outcome) == (1, "gate.opened", "changed")
    assert (entry.actor, entry.source, entry.namespace, entry.name) == (
        "webhook (unverified)", "10.0.0.7", "payments", "checkout",
    )  # fmt: skip
    gate = Gate.objects.get()
    assert gate.open
    assert gate.decision == 1
    assert not gate.bound


def test_a_repeated_open_or_close_is_recorded_without_changing_the_state() -> None:
    first = do(Act.OPEN)
    again = do(Act.OPEN)
    assert again.entry is not None
    assert again.entry.outcome == "unchanged"
    assert again.state.decision == first.state.decision
    do(Act.CLOSE)
    closed = do(Act.CLOSE)
    assert closed.entry is not None
    assert closed.entry.outcome == "unchanged"
    assert AuditEntry.objects.count() == 4


def test_a_script_that_opens_a_bound_gate_unbinds_it() -> None:
    do(Act.OPEN, actor=MINJI, bind=True, facts=known())
    assert do(Act.OPEN).state.bound is False


def test_opened_by_a_person_it_is_bound_to_what_they_saw() -> None:
    state = do(Act.OPEN, actor=MINJI, bind=True, facts=known()).state
    assert (state.bound, state.revision, state.opened_phase, state.checksum) == (
        True, REVISION, "Waiting", "c0",
    )  # fmt: skip
    entry = AuditEntry.objects.get()
    assert (entry.images, entry.phase, entry.weight) == (["shop/checkout:2.14.0"], "Waiting", 0)


def test_the_first_yes_is_an_entry_once() -> None:
    decision = do(Act.OPEN).state.decision
    assert do(Act.ANSWER, expect=decision).applied
    assert not do(Act.ANSWER, expect=decision).applied
    assert [e.action for e in AuditEntry.objects.order_by("seq")] == ["gate.opened", "answer.approved"]
    assert AuditEntry.objects.get(action="answer.approved").decision == decision


def test_a_yes_that_lost_to_a_close_is_not_written() -> None:
    decision = do(Act.OPEN).state.decision
    do(Act.CLOSE)
    outcome = do(Act.ANSWER, expect=decision)
    assert not outcome.applied
    assert not outcome.state.open


def test_an_end_that_lost_to_a_newer_opening_does_nothing() -> None:
    decision = do(Act.OPEN, actor=MINJI, bind=True, facts=known()).state.decision
    do(Act.CLOSE)
    do(Act.OPEN)
    outcome = do(Act.END, expect=decision, why="release ended")
    assert not outcome.applied
    assert outcome.state.open


def test_kinds_are_separate_switches() -> None:
    do(Act.OPEN)
    assert not do(Act.CLOSE, key(kind=ROLLBACK)).state.open
    assert Gate.objects.get(kind=GATE).open


def test_holding_a_closed_gate_is_a_decision() -> None:
    outcome = do(Act.HOLD, actor=MINJI, reason="error budget")
    assert outcome.entry is not None
    assert (outcome.entry.action, outcome.entry.outcome) == ("gate.held", "changed")


def test_a_failing_transaction_leaves_neither_gate_nor_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(audit, "append", full)
    with pytest.raises(OSError, match="disk full"):
        do(Act.OPEN)
    assert not Gate.objects.filter(open=True).exists()
    assert proven() == (0, "")


def test_pages_hear_of_it_only_after_the_commit() -> None:
    heard: list[bool] = []

    def listen(entries: list[AuditEntry], **_: object) -> None:
        heard.append(connection.in_atomic_block)

    decided.connect(listen)
    try:
        do(Act.OPEN)
    finally:
        decided.disconnect(listen)
    assert heard == [False]


def test_sixteen_writers_lose_nothing() -> None:
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(10):
                act = Act.OPEN if turn % 2 == 0 else Act.CLOSE
                decisions.apply([Change(act, key(f"n{(number + turn) % 4}"), SCRIPT, WEB)])
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert proven() == (160, "")
    for gate in Gate.objects.all():
        last = AuditEntry.objects.filter(name=gate.name, outcome="changed").order_by("-seq")[0]
        assert gate.decision == last.seq
        assert gate.open == last.after["open"]


@pytest.mark.parametrize("change", ["actor", "reason", "at", "after", "weight", "prev_hash"])
def test_an_edited_entry_is_named(change: str) -> None:
    for _ in range(3):
        do(Act.OPEN)
    values: dict[str, object] = {"after": {"open": False}, "weight": 7, "at": "2020-01-01T00:00:00Z"}
    unguarded()
    AuditEntry.objects.filter(seq=2).update(**{change: values.get(change, "x")})
    bad, why = proven()
    assert bad == 2
    assert "2" in why


def test_a_removed_entry_is_named() -> None:
    for _ in range(3):
        do(Act.OPEN)
    unguarded()
    AuditEntry.objects.filter(seq=3).delete()
    assert proven()[0] == 3
    AuditEntry.objects.filter(seq=1).delete()
    assert proven()[0] == 1


def test_entries_can_be_neither_saved_nor_deleted_by_hand() -> None:
    do(Act.OPEN)
    entry = AuditEntry.objects.get()
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()


def test_the_log_is_written_inside_a_transaction_only() -> None:
    draft = Draft(known().observed_at, "gate.opened", "changed", SCRIPT, WEB)
    with pytest.raises(RuntimeError):
        audit.append(AuditHead.objects.get(), [draft])
    with transaction.atomic():
        audit.append(audit.lock_head(), [draft])
    assert proven() == (1, "")
