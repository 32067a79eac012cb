"""Recordings replayed through a real API server, seen by two real watches: the record, written by both."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dashboard.releases.running import Recording
from tests.cluster.watched import watching
from tests.releases.expected import EXPECTED
from tests.releases.records import expected, kept
from tests.support import traces
from tests.support.kube import Kube

pytestmark = [pytest.mark.kube, pytest.mark.django_db(transaction=True)]


def comparable(record: dict[str, Any], namespace: str) -> dict[str, Any]:
    """The API server fills templates in with defaults: revisions are others than the recording's."""
    known = {name: bool(record[name]) for name in ("revision", "previous")}
    return {**record, **known, "namespace": namespace}


@pytest.mark.parametrize("trace", ["all-gates", "new-revision", "rollback", "deletion"])
async def test_the_record_of_a_real_cluster(kube: Kube, trace: str) -> None:
    namespace = f"releases-{trace}"
    async with watching(kube) as one, watching(kube, "reader") as other:
        replicas = [Recording(watch.store) for watch in (one, other)]
        steps = await asyncio.to_thread(traces.replay, kube, trace, namespace)
        while await asyncio.to_thread(next, steps, None) is not None:
            pass
        wanted = [comparable(expected(trace, record), namespace) for record in EXPECTED[trace]]
        found: list[dict[str, Any]] = []

        def recorded() -> bool:
            nonlocal found
            for replica in replicas:
                replica.take()
                replica.flush()
            found = [comparable(record, namespace) for record in kept(namespace)]
            return found == wanted

        for _turn in range(200):
            if await asyncio.to_thread(recorded):
                break
            await asyncio.sleep(0.1)
        assert found == wanted
