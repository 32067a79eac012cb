"""Every recording of a real Flagger, told to the recorder: the record against one written by hand."""

from __future__ import annotations

import pytest

from tests.releases.expected import EXPECTED
from tests.releases.records import expected, kept
from tests.releases.telling import Replica, writes
from tests.support.traces import NAMES

pytestmark = pytest.mark.django_db(transaction=True)


def by_hand(trace: str) -> list[dict[str, object]]:
    return [expected(trace, record) for record in EXPECTED[trace]]


def test_every_recording_has_a_record() -> None:
    assert sorted(EXPECTED) == NAMES


@pytest.mark.parametrize("trace", NAMES)
def test_the_record_of_a_recording(trace: str) -> None:
    replica = Replica()
    for write in writes(trace):
        replica.told(write)
        replica.records()
    assert kept() == by_hand(trace)


@pytest.mark.parametrize("trace", NAMES)
def test_the_record_is_the_same_when_it_is_written_at_the_end(trace: str) -> None:
    replica = Replica()
    for write in writes(trace):
        replica.told(write)
    replica.records()
    assert kept() == by_hand(trace)
