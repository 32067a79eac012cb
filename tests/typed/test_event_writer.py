"""Flagger's events while the database does not answer: acknowledged, kept up to a limit, written later."""

from __future__ import annotations

import asyncio

import pytest

from gates import event_writer, events
from gates.approvals import Where
from gates.confirm_rules import Hook
from gates.event_writer import EventWriter
from gates.facts import Unreadable
from gates.models import FlaggerEvent
from gates.payload import Call
from gates.reader import DatabaseUnavailable
from tests.typed.conftest import Cluster, Flagger

pytestmark = pytest.mark.django_db(transaction=True)
WHERE = Where("default", "payments", "checkout", Hook.EVENT)


def event(number: int, text: str = "") -> FlaggerEvent:
    told = {"eventMessage": f"event {number}{text}", "eventType": "Normal"}
    return events.row(WHERE, Call("checkout", "payments", "Progressing", "c1", told))


async def tell(writer: EventWriter, numbers: range) -> None:
    for number in numbers:
        writer.keep(event(number))
    await writer.settled()
    await writer.close()


def written() -> list[str]:
    return list(FlaggerEvent.objects.order_by("id").values_list("message", flat=True))


def test_events_are_written_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_writer, "BATCH", 7)
    asyncio.run(tell(EventWriter(), range(30)))
    assert written() == [f"event {number}" for number in range(30)]


def test_what_waits_is_bounded_and_the_latest_is_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(event_writer, "LIMIT", 10)
    monkeypatch.setattr(event_writer, "BATCH", 4)
    monkeypatch.setattr(event_writer, "PAUSE", 0.001)
    real, tries = events.save, 0

    def away_at_first(rows: list[FlaggerEvent]) -> None:
        nonlocal tries
        tries += 1
        if tries < 5:
            raise DatabaseUnavailable("away")
        real(rows)

    monkeypatch.setattr(events, "save", away_at_first)
    asyncio.run(tell(EventWriter(), range(500)))
    assert written() == [f"event {number}" for number in range(490, 500)]
    assert "490 of Flagger's events were lost" in caplog.text


def test_an_event_is_kept_no_longer_than_it_is_shown() -> None:
    assert len(event(1, "x" * 100_000).message) == events.LONGEST


def test_events_about_canaries_that_are_not_there_leave_nothing(cluster: Cluster, flagger: Flagger) -> None:
    cluster.memory = Unreadable("no such canary", missing=True)
    assert flagger.asks(Hook.EVENT, eventMessage="made up") == "OK"
    assert written() == []


def test_a_canary_keeps_its_latest_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "KEPT", 20)
    monkeypatch.setattr(events, "SLACK", 5)
    for start in range(0, 100, 10):
        asyncio.run(tell(EventWriter(), range(start, start + 10)))
    assert 20 <= len(written()) < 30
    assert written()[-1] == "event 99"
