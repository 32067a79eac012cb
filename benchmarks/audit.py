"""The log with a million entries, on both databases: searches, an export, the proof, and decisions beside it.

Searches are pages that a browser gets, by three readers, with filters of entries picked at random: half of
them mixed from two entries, which mostly finds nothing and has to look everywhere.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks import load
from benchmarks.figure import Figure, milliseconds, not_measured, percentile
from benchmarks.gates import postgres_commits, sqlite_commits
from benchmarks.memory import resident
from benchmarks.world import World
from tests.support.people import PASSWORD
from tests.support.postgres import Postgres
from tests.support.prepared import ROOT
from tests.support.server import Server
from tests.support.tiers import postgres_bin
from tests.support.visitor import Visitor, sign_in

ENTRIES = int(os.environ.get("ENTRIES", "1000000"))
SEARCHES = 300
NOWHERE = (
    '{"apiVersion": "v1", "kind": "Config", "current-context": "x", '
    '"contexts": [{"name": "x", "context": {"cluster": "x", "user": "x"}}], '
    '"clusters": [{"name": "x", "cluster": {"server": "http://127.0.0.1:9"}}], '
    '"users": [{"name": "x", "user": {}}]}'
)
# Somebody who sees some namespaces only, patterns in both places.
LIMITED = (
    "from django.contrib.auth.models import User; from gates.models import RoleGrant; "
    "user = User.objects.get(username='nora'); "
    "RoleGrant.objects.get_or_create(user=user, role='viewer', namespaces='payments-*,*-qa', decision=-1)"
)
READERS = {"ada": "administrator", "victor": "viewer of all", "nora": "viewer of some namespaces"}
# Decisions a second and the 99th percentile in seconds.
PROMISED = {"SQLite": (1000, 0.04), "PostgreSQL": (600, 0.05)}


def measure(world: World) -> Iterator[Figure]:
    """All rows of one database, then of the other."""
    folder = world.scratch / "audit"
    folder.mkdir()
    yield from of("SQLite", Log(folder / "sqlite"), lambda: sqlite_commits(folder / "raw.sqlite3"))
    programs = postgres_bin()
    if programs is None:
        yield not_measured("log of 1,000,000 entries, PostgreSQL", "", "no PostgreSQL here")
        return
    database = Postgres(programs, durable=True)
    try:
        address = database.start().create()
        log = Log(folder / "postgres", DATABASE_URL=address)
        yield from of("PostgreSQL", log, lambda: postgres_commits(address))
    finally:
        database.remove()


def of(name: str, log: Log, commits: Any) -> Iterator[Figure]:
    """Every row of one database."""
    try:
        yield Figure(f"{name}: making {ENTRIES:,} entries, their index", "", log.fill())
        for reader, what in READERS.items():
            taken, worst = log.search(reader)
            text = f"p95 {milliseconds(percentile(taken, 0.95))}, p50 {milliseconds(percentile(taken, 0.5))}"
            held = percentile(taken, 0.95) <= 0.15
            yield Figure(f"{name}: page with filters, {what}", "p95 ≤ 150 ms", f"{text}; worst {worst}", held)
        seconds, size, grown = log.export()
        text = f"{seconds:.0f} s, {size / 1e6:,.0f} MB, memory +{grown:.0f} MB"
        yield Figure(f"{name}: export as JSON Lines", "≤ 90 s, +50 MB", text, seconds <= 90 and grown <= 50)
        seconds = log.timed("manage", "audit", "verify")
        yield Figure(f"{name}: audit verify", "≤ 90 s", f"{seconds:.0f} s", seconds <= 90)
        seconds = log.verified()
        yield Figure(f"{name}: verifier on the export", "", f"{seconds:.0f} s")
        yield from decisions(name, log, commits)
    finally:
        log.server.kill()


def decisions(name: str, log: Log, commits: Any) -> Iterator[Figure]:
    """With 16 writers, the log being a million entries long."""
    rate, p99 = PROMISED[name]
    what, target = f"{name}: decisions, 16 callers", f"≥ {rate:,}/s, p99 ≤ {p99 * 1000:.0f} ms"
    if not load.available():
        yield not_measured(what, target, "no wrk here")
        return
    raw = f"raw commits {commits():,.0f}/s"
    made = load.run(log.server.url, "decide")
    held = made.rate >= rate and made.p99 <= p99 and not made.failed
    yield Figure(what, target, f"{made}, {raw}", held)


class Log:
    """A server whose log is long."""

    def __init__(self, folder: Path, **environment: str) -> None:
        folder.mkdir()
        config = folder / "nowhere"
        config.write_text(NOWHERE)
        cluster = {"AVIARY_CLUSTER": "kubeconfig", "KUBECONFIG": str(config)}
        self.server = Server(folder / "data", **cluster, **environment)
        self.file = folder / "export.jsonl"
        self.dice = random.Random(8)

    def fill(self) -> str:
        """Make the entries, index them, and serve them; how long both took."""
        self.server.start()
        self.server.add_people()
        self.server.manage("shell", "-c", LIMITED)
        self.server.terminate()
        made = self.timed("benchmarks.log_seed", str(ENTRIES))
        indexed = self.timed("manage", "audit", "reindex")
        self.server.start()
        return f"{made:.0f} s, {indexed:.0f} s"

    def timed(self, module: str, *arguments: str) -> float:
        """Seconds of a program in the server's environment."""
        begun = time.perf_counter()
        environment = {**self.server.environment, "PYTHONPATH": str(ROOT)}
        subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, env=environment, check=True,
                       stdout=subprocess.DEVNULL, timeout=1800)  # fmt: skip
        return time.perf_counter() - begun

    def search(self, reader: str) -> tuple[list[float], str]:
        """Seconds of each of SEARCHES pages, and what the slowest asked for."""
        browser, ada = self._visitor(reader), self._visitor("ada")
        entries = [self._some(ada) for _number in range(80)]
        taken = []
        for number in range(SEARCHES):
            pair = self.dice.choices(entries, k=2) if number % 2 else [self.dice.choice(entries)] * 2
            query = urlencode(self._filters(*pair))
            begun = time.perf_counter()
            browser.get(f"/audit?{query}").raise_for_status()
            taken.append((time.perf_counter() - begun, query))
        seconds, query = max(taken)
        return [each for each, _query in taken], f"{milliseconds(seconds)} for {query or 'no filter'}"

    def export(self) -> tuple[float, int, float]:
        """Seconds, bytes, and by how many MB the serving process grew at most."""
        browser = self._visitor("ada")
        sizes, done = [resident(self.server.pid)[0]], threading.Event()

        def watch() -> None:
            while not done.wait(0.1):
                sizes.append(resident(self.server.pid)[0])

        watching = threading.Thread(target=watch)
        watching.start()
        begun = time.perf_counter()
        with browser.stream("GET", "/audit/export?format=jsonl") as answer, self.file.open("wb") as file:
            for piece in answer.raise_for_status().iter_raw():
                file.write(piece)
        seconds = time.perf_counter() - begun
        done.set()
        watching.join()
        return seconds, self.file.stat().st_size, max(sizes) - sizes[0]

    def verified(self) -> float:
        """Seconds of the stand-alone verifier; raises CalledProcessError when the export is not sound."""
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-I", ROOT / "gates" / "verifier.py", self.file, "--complete"],
                       check=True, stdout=subprocess.DEVNULL)  # fmt: skip
        return time.perf_counter() - begun

    def _visitor(self, name: str) -> Visitor:
        return sign_in(self.server.url, name, PASSWORD)

    def _some(self, ada: Visitor) -> dict[str, Any]:
        number = self.dice.randrange(2, ENTRIES)
        found: dict[str, Any] = ada.get(f"/api/v1/audit/?cursor={number}&limit=1").json()["results"][0]
        return found

    def _filters(self, one: dict[str, Any], other: dict[str, Any]) -> dict[str, str]:
        """Up to four of an entry's own, or of two entries'."""
        mixed = [self.dice.choice((one, other)) for _number in range(10)]
        day, words = mixed[6]["at"][:10], mixed[5]["reason"].split()
        name = f"{mixed[0]['namespace']}/{mixed[0]['name']}" if mixed[0]["name"] else "web"
        offered = {
            "canary": self.dice.choice((name, name[-6:])),
            "namespace": mixed[1]["namespace"],
            "action": mixed[2]["action"],
            "person": mixed[3]["actor"],
            "outcome": mixed[4]["outcome"],
            "text": " ".join(self.dice.sample(words, k=min(2, len(words)))),
            "since" if one["seq"] % 2 else "until": day,
            "revision": mixed[7]["revision"][:10],
            "image": (mixed[8]["images"] or ["catalog/"])[0][-12:],
            "decision": str(mixed[9]["decision"] or mixed[9]["seq"]),
        }
        chosen = self.dice.sample(sorted(offered), k=self.dice.choice((0, 1, 1, 2, 2, 3, 4)))
        return {name: offered[name] for name in chosen if offered[name]}


if __name__ == "__main__":
    from benchmarks.__main__ import main

    sys.exit(main(["audit"]))
