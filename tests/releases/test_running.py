"""The task hears everything, writes beside the event loop, and loses nothing while the database is away."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from dashboard.models import Release
from dashboard.releases import running, writing
from dashboard.releases.running import Recording
from dashboard.releases.sight import Sight
from dashboard.releases.where import Where
from dashboard.store import Reach, Store
from tests.releases.made import release, state
from tests.releases.records import kept
from tests.releases.telling import Replica, Write, writes
from tests.releases.test_traces import by_hand
from tests.support.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses for tests."""
    monkeypatch.setattr(running, "PAUSE", 0.02)
    monkeypatch.setattr(running, "LONGEST_PAUSE", 0.05)


@asynccontextmanager
async def recorded() -> AsyncIterator[Replica]:
    replica = Replica()
    task = asyncio.create_task(replica.recording.run())
    yield replica
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


@contextmanager
def away() -> Iterator[None]:
    """The database takes no writes."""
    other = sqlite3.connect(str(connection.settings_dict["NAME"]), isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


async def told(replica: Replica, some: tuple[Write, ...]) -> None:
    for write in some:
        replica.told(write)
        await asyncio.sleep(0.005)


async def test_what_happens_is_recorded_while_it_happens() -> None:
    async with recorded() as replica:
        await told(replica, writes("seed-steps")[:10])
        await eventually(lambda: not len(replica.recording.pending), "written")
        assert await sync_to_async(Release.objects.filter(outcome="running").count)() == 1
        await told(replica, writes("seed-steps")[10:])
    assert await sync_to_async(kept)() == by_hand("seed-steps")


async def test_what_is_pending_is_written_at_the_end() -> None:
    async with recorded() as replica:
        await asyncio.sleep(0)
        for write in writes("rollback"):
            replica.told(write)
    assert await sync_to_async(kept)() == by_hand("rollback")


async def test_nothing_is_lost_while_the_database_is_away(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A database that is locked says so soon.
    monkeypatch.setitem(connections.databases["default"]["OPTIONS"], "timeout", 0.1)
    some = writes("all-gates")
    async with recorded() as replica:
        await told(replica, some[:8])
        await eventually(lambda: not len(replica.recording.pending), "written")
        with away():
            await told(replica, some[8:])
            await eventually(lambda: "not written yet" in caplog.text, "the complaint")
            assert len(replica.recording.pending) > 2
        await eventually(lambda: not len(replica.recording.pending), "written")
    assert await sync_to_async(kept)() == by_hand("all-gates")


def test_one_canary_that_cannot_be_written_keeps_no_other_from_its_record(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    write = writing.write

    def odd(seen: dict[Where, list[Sight]], now: datetime) -> None:
        if any(where.namespace == "s-rollback" for where in seen):
            raise ValueError("odd")
        write(seen, now)

    monkeypatch.setattr(writing, "write", odd)
    replica = Replica()
    for each in (*writes("rollback"), *writes("all-gates")):
        replica.told(each)
    with caplog.at_level(logging.ERROR):
        replica.records()
    assert kept() == by_hand("all-gates")
    assert "what was seen of s-rollback/test-api is not recorded" in caplog.text


def test_only_what_is_as_old_as_asked_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RELEASES_DAYS", 30)
    now = timezone.now()
    for age in (5, 40, 50):
        old = release(0, 100, name=f"c{age}")
        Release.objects.filter(pk=old.pk).update(began_at=now - timedelta(days=age))
    running_on = release(0, name="still")
    Release.objects.filter(pk=running_on.pk).update(began_at=now - timedelta(days=99), cluster="another")
    Recording(Store("default", "empty")).flush()
    assert set(Release.objects.values_list("name", flat=True)) == {"c5", "still"}


def test_a_store_that_is_not_followed_ends_nothing() -> None:
    state(release(0), 0, "Progressing")
    store = Store("default", "unread")
    now = timezone.now()
    recording = Recording(store, lambda: now)
    recording.flush()
    assert Release.objects.get().outcome == "running"
    store.set_freshness(Reach.LIVE)
    now += timedelta(minutes=1)
    recording.flush()
    recording.flush()
    assert Release.objects.get().outcome == "removed"
