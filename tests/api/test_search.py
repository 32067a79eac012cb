"""The search behind page and API: dates become ranges of numbers, and nothing is lost by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from gates import audit, search
from gates.access_rights import EVERYTHING
from gates.audit import Draft
from gates.filters import Filters

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SKEW = timedelta(hours=1)


def log(*moments: datetime) -> None:
    """Entries at these times, in this order."""
    with transaction.atomic():
        drafts = [Draft(at, "gate.opened", "changed", audit.SYSTEM, audit.SYSTEM_ORIGIN) for at in moments]
        audit.append(audit.lock_head(), drafts)


def found(since: datetime | None, until: datetime | None) -> list[int]:
    entries, _cursor = search.find(EVERYTHING, Filters(since=since, until=until), None, 100)
    return [entry.seq for entry in entries]


def test_entries_whose_times_are_out_of_order_are_found_all_the_same() -> None:
    late, minute = SKEW - timedelta(minutes=1), timedelta(minutes=1)
    # The clock of another replica: each of these is numbered far from where its time lies.
    log(NOON - late, NOON + late, NOON - minute, NOON, NOON + minute, NOON - late, NOON + late)
    assert found(NOON, None) == [7, 5, 4, 2]
    assert found(None, NOON) == [6, 3, 1]
    assert found(NOON - minute, NOON + minute) == [4, 3]


@pytest.mark.parametrize(("since", "until"), [(NOON, None), (None, NOON), (NOON, NOON + SKEW)])
def test_a_time_outside_the_log_finds_nothing(since: datetime | None, until: datetime | None) -> None:
    assert found(since, until) == []
    log(NOON - 3 * SKEW if since else NOON + 3 * SKEW)
    assert found(since, until) == []


@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_time_are_times(moment: datetime) -> None:
    log(NOON)
    assert found(moment, None) == ([1] if moment.year == 1 else [])
    assert found(None, moment) == ([] if moment.year == 1 else [1])
