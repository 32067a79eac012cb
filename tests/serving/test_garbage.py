"""What a long look for garbage leaves over is not looked at again."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from dashboard import garbage


@pytest.fixture
def keeper() -> Iterator[garbage.Keeper]:
    """At work; afterwards nothing is kept."""
    gc.unfreeze()
    made = garbage.Keeper()
    gc.callbacks.append(made)
    yield made
    gc.callbacks.remove(made)
    gc.unfreeze()


def test_after_a_long_full_collection_everything_stays(
    keeper: garbage.Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(garbage, "LONG", -1.0)
    gc.collect(1)
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert gc.get_freeze_count() > 1000


def test_after_a_short_one_nothing_does(keeper: garbage.Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "LONG", 1000.0)
    gc.collect()
    assert gc.get_freeze_count() == 0
