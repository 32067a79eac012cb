"""Surroundings to fill, and who was told of what."""

from __future__ import annotations

import pytest

from dashboard.around.objects import Key
from dashboard.around.surroundings import Surroundings


@pytest.fixture
def around() -> Surroundings:
    return Surroundings()


@pytest.fixture
def told(around: Surroundings) -> list[frozenset[Key]]:
    heard: list[frozenset[Key]] = []
    around.subscribe(heard.append)
    return heard
