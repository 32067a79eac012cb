"""One canary's page with a full timeline: time to the first byte of a signed-in request."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx

from benchmarks.figure import Figure, median, milliseconds, not_measured
from benchmarks.world import MOVING, Missing, World, key
from tests.support.kube import Kube
from tests.support.visitor import Visitor

WHAT, TARGET, MOST = "one canary's page with 200 timeline rows, first byte", "≤ 150 ms", 0.15
ROWS = 200
REQUESTS = 40
# One that moves, but is not among those that the list shows.
CANARY = key(MOVING - 1)


def measure(world: World) -> Iterator[Figure]:
    """Median and slowest of REQUESTS requests, one after the other."""
    try:
        visitor = world.visitor()
    except Missing as missing:
        yield not_measured(WHAT, TARGET, str(missing))
        return
    path = "/canaries/{}/{}".format(*CANARY)
    _surround(world.kube)
    _tell(world.server.url)

    _wait_until_filled(visitor, path)
    taken = []
    for _ in range(REQUESTS):
        begun = time.perf_counter()
        with visitor.stream("GET", path) as answer:
            next(answer.iter_raw())
            taken.append(time.perf_counter() - begun)
    measured = f"median {milliseconds(median(taken))}, slowest {milliseconds(max(taken))}"
    yield Figure(WHAT, TARGET, measured, max(taken) <= MOST)


def _wait_until_filled(visitor: Visitor, path: str) -> None:
    for _ in range(100):
        page = visitor.get(path).text
        if page.count("data-kind=") == ROWS and "data-route=" in page:
            return
        time.sleep(0.1)
    raise AssertionError("the page was not filled within 10 s")


def _tell(url: str) -> None:
    """More than fits: half of the messages come again and again, as Flagger's do."""
    with httpx.Client(trust_env=False) as flagger:
        for number in range(ROWS + 200):
            said = f"Halt advancement of check {number if number < ROWS + 20 else number % 40} 97.40 < 99"
            at = str(int(datetime.now(UTC).timestamp() * 1000))
            metadata = {"eventMessage": said, "eventType": "Warning", "timestamp": at}
            body = {"namespace": CANARY[0], "name": CANARY[1], "phase": "Progressing", "metadata": metadata}
            assert flagger.post(f"{url}/hooks/event", json=body).status_code == 200


def _surround(kube: Kube) -> None:
    """What Flagger makes around a canary."""
    name = CANARY[1]
    for suffix, app in (("", f"{name}-primary"), ("-primary", f"{name}-primary"), ("-canary", name)):
        kube.apply(_thing("v1", "Service", f"{name}{suffix}", _service(app)))
    ends = [(f"{name}-primary", 90), (f"{name}-canary", 10)]
    route = [{"destination": {"host": host}, "weight": weight} for host, weight in ends]
    spec = {"hosts": [name], "gateways": ["mesh"], "http": [{"route": route}]}
    kube.apply(_thing("networking.istio.io/v1beta1", "VirtualService", name, spec))


def _service(app: str) -> dict[str, Any]:
    return {"selector": {"app": app}, "ports": [{"name": "http", "port": 80}]}


def _thing(version: str, kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": {"namespace": CANARY[0], "name": name},
        "spec": spec,
    }
