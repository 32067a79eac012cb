"""The scripted API server, for every test of the watch."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.cluster.scripted import Scripted, serving


@pytest.fixture
async def api() -> AsyncIterator[Scripted]:
    async with serving(Scripted()) as server:
        yield server
