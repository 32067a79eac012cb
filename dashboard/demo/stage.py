"""Puts the cast on the stage: rehearses each canary to its opening scene, then lets time run."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from dashboard.demo import manifests, props, routing, workloads
from dashboard.demo.cast import CAST, Part, next_version
from dashboard.demo.flagger import Flagger
from dashboard.demo.hooks import Answer, Caller
from dashboard.demo.recorder import Recorder
from dashboard.demo.state import CANARIES, Cluster, Missing
from dashboard.demo.turn import Turn

log = logging.getLogger(__name__)
# When the canaries were set up.
LONG_AGO = timedelta(days=40)
RESTING = frozenset({"Initialized", "Succeeded", "Failed"})
Sleep = Callable[[float], Awaitable[object]]


class Clock:
    """The time now, or while rehearsing the time that it is made out to be."""

    def __init__(self) -> None:
        self.pretended: datetime | None = None

    def __call__(self) -> datetime:
        """With time zone."""
        return self.pretended or datetime.now(UTC)


class Rehearsal:
    """Answers all hooks without a network."""

    def __init__(self, part: Part) -> None:
        self.part = part

    async def __call__(self, url: str, body: bytes, seconds: float) -> Answer:
        """No rollback; gates as the part has them; yes to all else."""
        asks = "/gate/check" in url or "/hooks/confirm-" in url
        rolls_back = url.endswith(("/rollback/check", "/hooks/rollback"))
        closed = rolls_back or (asks and not self.part.opened)
        return Answer(403, "Forbidden") if closed else Answer(200, "OK")


def measure(turn: Turn, metric: str) -> float:
    """Metrics of the demo: the weak part's success rate falls with every check, all else is well."""
    part = next((part for part in CAST if (part.namespace, part.name) == (turn.namespace, turn.name)), None)
    if metric != "request-success-rate":
        return 180.0 if metric == "request-duration" else 0.42
    if part is None or routing.weight(turn) < part.weak_from:
        return 99.8
    return 97.4 - 0.35 * turn.failed_checks


class Stage:
    """`aviary` and `loadtester` are base URLs, `interval` is in seconds."""

    def __init__(
        self,
        cluster: Cluster,
        clock: Clock,
        call: Caller,
        aviary: str,
        loadtester: str,
        interval: float,
        recorder: Recorder | None = None,
    ) -> None:
        self.cluster, self.clock, self.call = cluster, clock, call
        self.aviary, self.loadtester, self.interval = aviary.rstrip("/"), loadtester, interval
        self.flagger = Flagger(cluster, call, measure, recorder)
        self.rested: Counter[Part] = Counter()

    async def rehearse(self) -> None:
        """Play every part up to its opening scene, in the past."""
        self.clock.pretended = datetime.now(UTC) - LONG_AGO
        props.put(self.cluster)
        for part in CAST:
            step = timedelta(seconds=self.interval)
            self.clock.pretended = datetime.now(UTC) - LONG_AGO
            resource = manifests.canary(part, self.aviary, self.loadtester, self.interval)
            created = self.cluster.create(CANARIES, resource)
            self.cluster.create(workloads.resource_of(created), manifests.workload(part))
            Turn.read(self.cluster, part.namespace, part.name).adopt()
            self.flagger.hooks.call = Rehearsal(part)
            # A skipped analysis is initialized in one interval; the second one then passes idly.
            for played in range(part.played + 2):
                if played == 2:
                    self.clock.pretended = datetime.now(UTC) - part.ago - step * (part.played + 1)
                    self.release(part, part.new)
                self.clock.pretended += step
                await self.flagger.tick(part.namespace, part.name)
            workloads.settle(self.cluster, created)
        self.clock.pretended = None
        self.flagger.hooks.call = self.call

    async def run(self, sleep: Sleep = asyncio.sleep) -> None:
        """Play until cancelled, once this server answers."""
        while not (await self.call(f"{self.aviary}/healthz", b"", 2)).status:
            await sleep(0.25)
        async with asyncio.TaskGroup() as group:
            for index, part in enumerate(CAST):
                group.create_task(self._play(part, self.interval * index / len(CAST), sleep))

    async def _play(self, part: Part, late: float, sleep: Sleep) -> None:
        """One canary's loop; they do not all move at the same moment."""
        await sleep(late)
        while True:
            try:
                await self.interval_of(part)
            except Exception:
                # One canary in trouble must not end the show for the others.
                log.exception("The demo's canary %s/%s missed an interval", part.namespace, part.name)
            await sleep(self.interval)

    async def interval_of(self, part: Part) -> None:
        """One interval: a new image when the canary has rested long enough, then Flagger's turn."""
        with suppress(Missing):
            turn = Turn.read(self.cluster, part.namespace, part.name)
            self.rested[part] = self.rested[part] + 1 if turn.phase in RESTING else 0
            if self.rested[part] > part.rest:
                self.rested[part] = 0
                self.release(part, next_version(self.version(part)))
        await self.flagger.tick(part.namespace, part.name)

    def version(self, part: Part) -> str:
        """What the target runs."""
        canary = self.cluster.get(CANARIES, part.namespace, part.name)
        image: str = workloads.containers(self.cluster, canary)[0]["image"]
        return image.rsplit(":", 1)[1]

    def release(self, part: Part, version: str) -> None:
        """Bring the target to another version, as a pipeline would."""
        canary = self.cluster.get(CANARIES, part.namespace, part.name)
        containers = [manifests.container(part, version)]
        patch = {"spec": {"template": {"spec": {"containers": containers}}}}
        workloads.change(self.cluster, workloads.find(self.cluster, canary), patch)
