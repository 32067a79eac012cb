"""The list page at 1,000 canaries: time to the first byte of a signed-in request."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks.figure import Figure, median, milliseconds, not_measured
from benchmarks.world import Missing, World

WHAT, TARGET, MOST = "list page at 1,000 canaries, first byte", "≤ 200 ms", 0.2
REQUESTS = 40


def measure(world: World) -> Iterator[Figure]:
    """Median and slowest of REQUESTS requests, one after the other."""
    try:
        visitor = world.visitor()
    except Missing as missing:
        yield not_measured(WHAT, TARGET, str(missing))
        return
    assert visitor.get("/").text.count("data-canary=") >= 100, "the list is not filled"
    taken = []
    for _ in range(REQUESTS):
        begun = time.perf_counter()
        with visitor.stream("GET", "/") as answer:
            next(answer.iter_raw())
            taken.append(time.perf_counter() - begun)
    measured = f"median {milliseconds(median(taken))}, slowest {milliseconds(max(taken))}"
    yield Figure(WHAT, TARGET, measured, max(taken) <= MOST)
