"""Changes share a transaction without sharing their faults; what comes too late is not made."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from django.db import connection

from gates.audit import Actor, Origin
from gates.decisions import Act, Change, Outcome
from gates.keys import GATE, GateKey
from gates.models import AuditEntry, Gate
from gates.reader import DatabaseUnavailable
from gates.signals import decided
from gates.writer import Writer
from tests.support.log import proven

pytestmark = pytest.mark.django_db(transaction=True)

SCRIPT, HERE = Actor("webhook", "webhook (unverified)"), Origin("webhook")


def opening(name: str, act: Act = Act.OPEN) -> Change:
    return Change(act, GateKey(GATE, "default", "test", name), SCRIPT, HERE)


def with_writer(use: Callable[[Writer], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        writer = Writer()
        try:
            return await use(writer)
        finally:
            await writer.close()

    return asyncio.run(run())


def submit(*changes: Change, patience: float = 30) -> list[Outcome | BaseException]:
    """All at once, so that they wait together."""

    async def use(writer: Writer) -> list[Outcome | BaseException]:
        return await asyncio.gather(
            *(writer.submit(change, patience) for change in changes), return_exceptions=True
        )

    found: list[Outcome | BaseException] = with_writer(use)
    return found


def test_every_change_has_its_own_outcome() -> None:
    outcomes = submit(*(opening(str(number)) for number in range(200)))
    assert all(isinstance(one, Outcome) and one.applied for one in outcomes)
    names = [one.entry.name for one in outcomes if isinstance(one, Outcome) and one.entry]
    assert names == [str(number) for number in range(200)]
    assert Gate.objects.filter(open=True).count() == 200
    assert proven() == (200, "")


def test_changes_of_one_gate_happen_in_the_order_they_came() -> None:
    submit(*(opening("a", act) for act in (Act.OPEN, Act.CLOSE, Act.CLOSE, Act.OPEN)))
    found = AuditEntry.objects.order_by("seq").values_list("action", "outcome")
    assert list(found) == [
        ("gate.opened", "changed"),
        ("gate.closed", "changed"),
        ("gate.closed", "unchanged"),
        ("gate.opened", "changed"),
    ]


def test_one_change_that_fails_takes_no_other_with_it() -> None:
    bad = Change(Act.OPEN, GateKey(GATE, "default", "test", "bad"), SCRIPT, HERE, until="no time")  # type: ignore[arg-type]
    outcomes = submit(opening("a"), bad, opening("b"))
    assert [type(one) for one in outcomes] == [Outcome, AttributeError, Outcome]
    assert sorted(Gate.objects.filter(open=True).values_list("name", flat=True)) == ["a", "b"]
    assert proven() == (2, "")


def test_a_page_that_fails_on_a_decision_does_not_make_it_twice() -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("a page's own trouble")

    decided.connect(broken)
    try:
        outcomes = submit(opening("a"))
    finally:
        decided.disconnect(broken)
    assert isinstance(outcomes[0], Outcome)
    assert AuditEntry.objects.count() == 1


@pytest.fixture
def locked() -> Iterator[sqlite3.Connection]:
    """Another process holds the database."""
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    yield other
    other.close()


def test_what_cannot_be_made_in_time_is_never_made(locked: sqlite3.Connection) -> None:
    async def use(writer: Writer) -> Outcome:
        with pytest.raises(DatabaseUnavailable):
            await writer.submit(opening("late"), 0.1)
        locked.execute("ROLLBACK")
        return await writer.submit(opening("in time"), 5)

    outcome = with_writer(use)
    assert outcome.applied
    assert list(Gate.objects.values_list("name", flat=True)) == ["in time"]


def test_a_change_waits_for_the_database_while_it_may(locked: sqlite3.Connection) -> None:
    async def use(writer: Writer) -> Outcome:
        waiting = asyncio.create_task(writer.submit(opening("a"), 20))
        await asyncio.sleep(0.6)  # longer than one wait for the lock
        assert not waiting.done()
        locked.execute("ROLLBACK")
        return await waiting

    assert with_writer(use).applied


def test_what_was_submitted_is_made_before_it_closes() -> None:
    async def run() -> list[Outcome]:
        writer = Writer()
        waiting = [asyncio.create_task(writer.submit(opening(str(number)), 30)) for number in range(100)]
        await asyncio.sleep(0)
        await writer.close()
        return await asyncio.gather(*waiting)

    assert all(outcome.applied for outcome in asyncio.run(run()))
    assert Gate.objects.count() == 100
