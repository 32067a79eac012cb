"""Three processes on one PostgreSQL and one Redis: what they agree on, and what they get over."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from benchmarks.figure import Figure, not_measured
from benchmarks.replicas_away import postgres_stopped, redis_stopped
from benchmarks.replicas_seen import api_server_restarted, seen_elsewhere
from benchmarks.trio import Trio
from benchmarks.world import Missing, World
from tests.replicas.calls import mixed
from tests.replicas.load import Load
from tests.replicas.service import Service

CALLS, RATE = 20_000, 200
AGREE = f"{CALLS:,} mixed calls, each check right after a change elsewhere"
ROLLING = f"rolling restart of three under {RATE} calls/s"


def measure(world: World) -> Iterator[Figure]:
    """Each on the same three processes, which are there again after each."""
    try:
        trio = Trio(world.scratch)
    except Missing as missing:
        yield not_measured(AGREE, "0 wrong answers", str(missing))
        return
    with trio:
        for part in (_agree, _rolling, seen_elsewhere, api_server_restarted, redis_stopped, postgres_stopped):
            for figure in part(trio):
                load = os.getloadavg()[0]
                yield Figure(figure.what, figure.target, f"{figure.measured} (load {load:.1f})", figure.held)


def _agree(trio: Trio) -> Iterator[Figure]:
    begun = time.monotonic()
    made, wrong = mixed(trio.servers, CALLS)
    rate = made / (time.monotonic() - begun)
    yield Figure(AGREE, "0 wrong answers", f"{len(wrong)} of {made:,} wrong, {rate:.0f}/s", not wrong)


def _rolling(trio: Trio) -> Iterator[Figure]:
    with Service(trio.servers) as service:
        service.until_ready(3)
        begun = time.monotonic()
        with Load(lambda: service.port, RATE) as load:
            for server in trio.servers:
                server.terminate()
                server.start()
                service.until_ready(3)
            rate = load.made / (time.monotonic() - begun)
    measured = f"{len(load.failed)} of {load.made:,} failed, {rate:.0f}/s, slowest {load.slowest:.2f} s"
    yield Figure(ROLLING, "0 failed calls", measured, not load.failed)
