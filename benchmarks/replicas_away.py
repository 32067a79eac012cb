"""PostgreSQL or Redis stopped below three processes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress

import httpx

from benchmarks.figure import Figure
from benchmarks.trio import Trio
from tests.gates.calls import APPROVED, ask, somebody
from tests.replicas.load import Load
from tests.replicas.service import Service
from tests.replicas.shop import CLOSED, OPEN, WHO, opened
from tests.support.server import Server
from tests.support.visitor import Visitor

AWAY = 30  # seconds
RATE = 100
CHECKED, BACK = (f"PostgreSQL stopped {AWAY} s: {what}" for what in ("slowest call", "all is back after"))
KEPT = f"PostgreSQL stopped {AWAY} s: acknowledged openings that are there"
CALLS, PAGES = (f"Redis stopped {AWAY} s: {what}" for what in ("calls", "slowest page of another process"))


def postgres_stopped(trio: Trio) -> Iterator[Figure]:
    """Calls to all three in turn before, while and after."""
    ports, visitor = [server.port for server in trio.servers], trio.visitor()
    known = somebody()
    ask(trio.servers[0], "/gate/open", known)
    ask(trio.servers[0], "/gate/check", known)
    opening = 0
    with Load(lambda: ports[load.made % len(ports)], RATE) as load:
        time.sleep(2)
        trio.postgres.stop()
        load.slowest, load.slowest_check = 0.0, 0.0
        time.sleep(AWAY)
        trio.postgres.start()
        begun = time.monotonic()
        while not _all_is_back(trio.servers, known, visitor):
            time.sleep(0.05)
        back = time.monotonic() - begun
        time.sleep(2)
    for who in load.acknowledged:
        opening += ask(trio.servers[0], "/gate/check", who) == APPROVED
    others = [line for line in load.failed if not line.endswith(": 503")]
    refused = f"{load.slowest_check:.2f} s for a check, {len(load.failed)} of {load.made:,} were 503"
    yield Figure(
        CHECKED,
        "checks ≤ 2 s",
        refused + (f", {len(others)} OTHERS" if others else ""),
        load.slowest_check <= 2 and not others,
    )
    yield Figure(BACK, "≤ 5 s", f"{back:.1f} s, pages included", back <= 5)
    total = len(load.acknowledged)
    yield Figure(KEPT, "all", f"{opening} of {total}", opening == total)


def _all_is_back(servers: Sequence[Server], known: dict[str, object], visitor: Visitor) -> bool:
    """Checks, decisions, readiness and pages of all three."""
    with suppress(httpx.HTTPError, OSError):
        return all(
            ask(server, "/gate/check", known) == APPROVED
            and ask(server, "/gate/open", somebody())[0] == 202
            and ask(server, "/readyz")[0] == 200
            and visitor.get(f"{server.url}/").status_code == 200
            for server in servers
        )
    return False


def redis_stopped(trio: Trio) -> Iterator[Figure]:
    """Decisions at one process now and then, seen in a page that is open on the next one."""
    visitor, slowest, looks = trio.visitor(), 0.0, 0
    with opened(trio.servers, visitor) as pages, Service(trio.servers) as service:
        service.until_ready(len(trio.servers))
        with Load(lambda: service.port, RATE) as load:
            trio.redis.stop()
            ends = time.monotonic() + AWAY
            while time.monotonic() < ends or looks % 2:
                here = looks // 2 % len(trio.servers)
                act, shown = (("open", OPEN), ("close", CLOSED))[looks % 2]
                begun = time.monotonic()
                ask(trio.servers[here], f"/gate/{act}", WHO)
                slowest = max([slowest] + [page.until(shown) - begun for page in pages])
                looks += 1
            trio.redis.start()
            time.sleep(2)
    failed = f"{len(load.failed)} of {load.made:,} failed"
    yield Figure(CALLS, "0 failed calls", failed, not load.failed)
    yield Figure(PAGES, "current within 10 s", f"{slowest:.2f} s of {looks} decisions", slowest <= 10)
