"""Flagger's addresses under load, on both databases, and the load tester beside them.

`LOADTESTER=` names the binary of Flagger's load tester; without it the ratio is not measured.
"""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg

from benchmarks import load
from benchmarks.figure import Figure, not_measured
from benchmarks.load import Load
from benchmarks.world import World
from tests.support.postgres import Postgres
from tests.support.server import Server
from tests.support.tiers import postgres_bin

CHECK = "/gate/check, 16 kept connections, SQLite"
CHECK_NEW = "/gate/check, a new connection for every call, SQLite"
CHECK_POSTGRES = "/gate/check, 16 kept connections, PostgreSQL"
DECIDE = "/gate/open and /gate/close, 16 connections, SQLite"
DECIDE_POSTGRES = "/gate/open and /gate/close, 16 connections, PostgreSQL"
RATIO, RATIO_NEW = "load tester, kept connections", "load tester, new connections"
AT_LEAST_CHECK, AT_LEAST_NEW, AT_LEAST_POSTGRES = (
    "≥ 10,000/s, p99 ≤ 5 ms",
    "≥ 4,000/s, p99 ≤ 10 ms",
    "≥ 3,000/s",
)
AT_LEAST_DECIDE, AT_LEAST_DECIDE_POSTGRES = "≥ 1,000/s, p99 ≤ 40 ms", "≥ 700/s"
ROWS = {
    CHECK: "≥ 10,000/s, p99 ≤ 5 ms",
    CHECK_NEW: "≥ 4,000/s, p99 ≤ 10 ms",
    CHECK_POSTGRES: "≥ 3,000/s",
    DECIDE: "≥ 1,000/s, p99 ≤ 40 ms",
    DECIDE_POSTGRES: "≥ 700/s",
}
# Descriptors that may come and go for reasons of their own.
SLACK = 5
SETTLE = 2.0
COMMIT_SECONDS = 1.0
PODINFO = {"name": "podinfo", "namespace": "bench"}


def measure(world: World) -> Iterator[Figure]:
    """All rows; each server runs alone."""
    if not load.available():
        yield from (not_measured(what, target, "no wrk here") for what, target in ROWS.items())
        return
    yield from sqlite(world.scratch)
    if programs := postgres_bin():
        yield from postgres(world.scratch, programs)
    else:
        for what in (CHECK_POSTGRES, DECIDE_POSTGRES):
            yield not_measured(what, ROWS[what], "no PostgreSQL here")


def sqlite(scratch: Path) -> Iterator[Figure]:
    """Checks beside the load tester's, then decisions."""
    with serving(scratch, "gates-sqlite") as server:
        kept = load.run(f"{server.url}/gate/check", "check")
        yield row(CHECK, kept, kept.rate >= 10_000 and kept.p99 <= 0.005)
        before = descriptors(server)
        new = load.run(f"{server.url}/gate/check", "check", "close")
        more = grown(server, before)
        flat = "descriptors flat" if more <= SLACK else f"{more} DESCRIPTORS MORE"
        yield row(CHECK_NEW, new, new.rate >= 4_000 and new.p99 <= 0.01 and more <= SLACK, flat)
    yield from beside(kept, new)
    with serving(scratch, "gates-sqlite") as server:
        raw = f"raw commits {sqlite_commits(scratch / 'raw.sqlite3'):,.0f}/s"
        made = load.run(server.url, "decide")
        yield row(DECIDE, made, made.rate >= 1_000 and made.p99 <= 0.04, raw)


def postgres(scratch: Path, programs: Path) -> Iterator[Figure]:
    """The same on a server that waits for the disk, as in production."""
    database = Postgres(programs, durable=True)
    try:
        address = database.start().create()
        with serving(scratch, "gates-postgres", DATABASE_URL=address) as server:
            kept = load.run(f"{server.url}/gate/check", "check")
            yield row(CHECK_POSTGRES, kept, kept.rate >= 3_000)
            raw = f"raw commits {postgres_commits(address):,.0f}/s"
            made = load.run(server.url, "decide")
            yield row(DECIDE_POSTGRES, made, made.rate >= 700, raw)
    finally:
        database.remove()


def beside(kept: Load, new: Load) -> Iterator[Figure]:
    """The load tester's rates in the same run, and ours as a share of them."""
    binary = os.environ.get("LOADTESTER", "")
    if not binary:
        for what in (RATIO, RATIO_NEW):
            yield not_measured(what, "", "LOADTESTER names no binary")
        return
    with load_tester(binary) as url:
        for what, ours, more in ((RATIO, kept, ()), (RATIO_NEW, new, ("close",))):
            theirs = load.run(f"{url}/gate/check", "check", *more)
            yield Figure(what, "", f"{theirs}; Aviary {ours.rate / theirs.rate:.2f} of it")


def row(what: str, measured: Load, held: bool, more: str = "") -> Figure:
    """One row; calls that failed keep no promise."""
    text = f"{measured}, {more}" if more else str(measured)
    return Figure(what, ROWS[what], text, held and not measured.failed)


@contextmanager
def serving(scratch: Path, data: str, **environment: str) -> Iterator[Server]:
    """`manage.py serve` without a cluster, one gate open."""
    nowhere = scratch / "nowhere"
    nowhere.write_text('{"apiVersion": "v1", "kind": "Config", "current-context": "x", '
                       '"contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}], '
                       '"clusters": [{"name": "x", "cluster": {"server": "http://127.0.0.1:9"}}], '
                       '"users": [{"name": "x", "user": {}}]}')  # fmt: skip
    cluster = {"AVIARY_CLUSTER": "kubeconfig", "KUBECONFIG": str(nowhere)}
    server = Server(scratch / data, **cluster, **environment).start()
    try:
        httpx.post(f"{server.url}/gate/open", json=PODINFO).raise_for_status()
        yield server
    finally:
        server.terminate()


@contextmanager
def load_tester(binary: str) -> Iterator[str]:
    """Flagger's load tester with one gate open; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [binary, f"-port={port}", "-log-level=error"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(100):
            try:
                httpx.post(f"http://127.0.0.1:{port}/gate/open", json=PODINFO).raise_for_status()
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def descriptors(server: Server) -> int:
    """Open files and sockets of the serving process."""
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def grown(server: Server, before: int) -> int:
    """Descriptors more than before, once the last connections have had time to end."""
    deadline = time.monotonic() + SETTLE
    while (more := descriptors(server) - before) > SLACK and time.monotonic() < deadline:
        time.sleep(0.05)
    return more


def sqlite_commits(path: Path) -> float:
    """Durable commits a second of one caller, with nothing around them."""
    with sqlite3.connect(path, isolation_level=None) as connection:
        connection.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS raw (number)"
        )
        return _rate(lambda: connection.execute("INSERT INTO raw VALUES (1)"))


def postgres_commits(address: str) -> float:
    """The same on PostgreSQL."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS raw (number int)")
        return _rate(lambda: connection.execute("INSERT INTO raw VALUES (1)"))


def _rate(commit: object) -> float:
    assert callable(commit)
    begun, count = time.perf_counter(), 0
    while (taken := time.perf_counter() - begun) < COMMIT_SECONDS:
        commit()
        count += 1
    return count / taken


if __name__ == "__main__":
    from benchmarks.__main__ import main

    sys.exit(main(["gates"]))
