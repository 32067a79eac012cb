"""Each recording of a real Flagger, replayed through a real API server: the store after every step."""

from __future__ import annotations

import asyncio

import pytest

from dashboard.store import CanaryView, Store
from tests.cluster.watched import watching
from tests.support import traces
from tests.support.kube import Kube
from tests.support.traces import Step
from tests.support.waiting import eventually

pytestmark = pytest.mark.kube


def says(view: CanaryView | None, step: Step) -> bool:
    """Whether the store shows exactly what the recording says."""
    if view is None or step.gone:
        return view is None and step.gone
    known = view.canary
    images = [(image.old, image.new) for image in view.images]
    return (
        known.phase == step.phase
        and view.weight.value == step.weight
        and known.failed_checks == step.failed_checks
        and known.iteration == step.iteration
        and (step.checksum is None or known.checksum == step.checksum)
        and images == [(step.old, step.new)]
        and not known.problem
    )


async def follow(kube: Kube, store: Store, trace: str) -> int:
    """Replay, checking after every step; returns how many steps there were."""
    steps = await asyncio.to_thread(traces.replay, kube, trace, f"replay-{trace}")
    count = 0
    while (step := await asyncio.to_thread(next, steps, None)) is not None:
        where = step.namespace, step.name
        await eventually(
            lambda where=where, step=step: says(store.get(*where), step),  # type: ignore[misc]
            f"{trace} line {step.number + 1}: {step}",
        )
        count += 1
    return count


@pytest.mark.parametrize("trace", traces.NAMES)
async def test_store_says_what_flagger_did(kube: Kube, trace: str) -> None:
    async with watching(kube) as watch:
        assert await follow(kube, watch.store, trace) > 4


def test_every_recording_is_there() -> None:
    assert len(traces.NAMES) == 16
