"""`DATABASE_URL=… python -m benchmarks.log_seed 1000000`: a log as years of releases leave it.

Every entry is numbered and chained as Aviary does it, so the log can be verified. It begins where the log
ends; the same number of entries is the same log, but for times. For scratch databases only.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")

START = datetime(2024, 1, 1, tzinfo=UTC)
BATCH = 5000
NAMESPACES = [f"{team}-{stage}" for team in (
    "payments", "catalog", "search", "orders", "identity", "mail", "media", "maps", "billing", "support",
) for stage in ("prod", "stage", "qa", "dev")]  # fmt: skip
NAMES = ["checkout", "api", "web", "worker", "gateway", "indexer", "cache", "mailer", "ledger", "resizer"]
PEOPLE = [f"{name}.{family}" for name in ("alice", "bob", "carol", "dan", "erin", "frank", "grace", "heidi")
          for family in ("kim", "lee", "meyer", "novak", "okafor", "park", "rossi", "silva")]  # fmt: skip
SUBJECTS = ["p99", "error rate", "checkout flow", "memory", "the dashboard", "latency", "login", "queues",
            "cache hit rate", "the smoke test", "conversion", "CPU"]  # fmt: skip
VERDICTS = ["is fine", "looks good", "is too high", "went up after 20 %", "is back to normal", "was checked",
            "fails on two nodes", "is stable since noon", "needs another look"]  # fmt: skip
# What happens in a release, with how often out of a hundred.
STORY = [
    ("approval.granted", 70, "person"), ("gate.opened", 90, "person"), ("answer.approved", 90, "flagger"),
    ("gate.held", 8, "person"), ("approval.rejected", 4, "person"), ("rollback.requested", 6, "person"),
    ("answer.rollback", 5, "flagger"), ("gate.closed", 25, "webhook"), ("gate.ended", 60, "system"),
    ("comment.added", 10, "person"),
]  # fmt: skip
BESIDE = [("signin.succeeded", 60), ("signin.failed", 8), ("role.granted", 1), ("freeze.created", 1)]


def main(count: int) -> None:
    """Fill the database that DATABASE_URL names."""
    import django

    django.setup()
    begun = time.perf_counter()
    fill(count)
    print(f"{count:,} entries in {time.perf_counter() - begun:.0f} s")


def fill(count: int) -> None:
    """Append `count` entries, a transaction for each BATCH."""
    from django.db import transaction

    from gates.models import AuditHead

    moments = stories(random.Random(6))
    decided: dict[str, int] = {}
    while count > 0:
        with transaction.atomic():
            head = AuditHead.objects.select_for_update().get(pk=1)
            rows = list(_chained(head, islice(moments, min(BATCH, count)), decided))
            _insert(rows)
            AuditHead.objects.filter(pk=1).update(seq=head.seq, hash=head.hash)
        count -= len(rows)


def stories(dice: random.Random) -> Iterator[dict[str, Any]]:
    """Entries without number and hash, in the order of time, for ever."""
    from gates.keys import subject

    at = START
    serial = 0
    versions: dict[tuple[str, str], int] = {}
    while True:
        serial += 1
        namespace = dice.choice(NAMESPACES)
        name = f"{dice.choice(NAMES)}-{dice.randrange(12)}"
        version = versions[namespace, name] = versions.get((namespace, name), 0) + 1
        image = f"registry.example.com/{namespace.split('-')[0]}/{name}"
        about = {
            "cluster": "default", "namespace": namespace, "name": name, "kind": "gate",
            "subject": subject("default", namespace, name), "revision": f"{dice.getrandbits(256):064x}",
            "images": [f"{image}:1.{version}.0"], "images_from": [f"{image}:1.{version - 1}.0"],
            "policy": {"gate": "approve"}, "release": f"{namespace}/{name}/{version}"[:64],
        }  # fmt: skip
        weight = 0
        for action, chance, who in STORY:
            if dice.randrange(100) < chance:
                at += timedelta(microseconds=dice.randrange(1, 120_000_000))
                weight = min(100, weight + dice.choice((5, 10, 20)))
                yield _entry(dice, at, action, who, phase="Progressing", weight=weight, **about)
        for action, chance in BESIDE:
            if dice.randrange(100) < chance:
                at += timedelta(microseconds=dice.randrange(1, 5_000_000))
                yield _entry(dice, at, action, "person", namespace=namespace if "freeze" in action else "")


def _entry(dice: random.Random, at: datetime, action: str, who: str, **about: Any) -> dict[str, Any]:
    person = dice.choice(PEOPLE)
    actor = {"person": person, "flagger": "Flagger", "webhook": "webhook (unverified)", "system": "Aviary"}[
        who
    ]
    outcome = "refused" if action == "signin.failed" else dice.choices(
        ("changed", "unchanged", "refused"), (93, 5, 2))[0]  # fmt: skip
    reason = f"{dice.choice(SUBJECTS)} {dice.choice(VERDICTS)}, ticket OPS-{dice.randrange(90_000)}"
    empty: dict[str, Any] = {
        "cluster": "", "namespace": "", "name": "", "kind": "", "subject": "", "revision": "", "images": [],
        "images_from": [], "phase": "", "weight": None, "policy": {}, "release": "",
    }  # fmt: skip
    return {
        **empty, "form": 2, "at": at, "action": action, "outcome": outcome,
        "actor_kind": who, "actor": actor, "auth": "password" if who == "person" else "",
        "via": {"person": "page", "system": "system"}.get(who, "webhook"),
        "before": {"open": False}, "after": {"open": True}, "reason": reason if who == "person" else "",
        "decision": None, "source": f"10.{dice.randrange(4)}.{dice.randrange(250)}.{dice.randrange(250)}",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "request_id": f"{dice.getrandbits(128):032x}", **about,
    }  # fmt: skip


def _chained(
    head: Any, entries: Iterator[dict[str, Any]], decided: dict[str, int]
) -> Iterator[dict[str, Any]]:
    """Numbered; answers name the last decision about their canary."""
    from gates import chain

    for entry in entries:
        entry["seq"], entry["prev_hash"] = head.seq + 1, head.hash
        if entry["actor_kind"] == "person" and entry["subject"]:
            decided[entry["subject"]] = entry["seq"]
        elif entry["subject"]:
            entry["decision"] = decided.get(entry["subject"])
        entry["hash"] = chain.digest(entry)
        head.seq, head.hash = entry["seq"], entry["hash"]
        yield entry


def _insert(rows: list[dict[str, Any]]) -> None:
    from django.db import connection

    names = list(rows[0])
    columns = ", ".join(f'"{name}"' for name in names)
    values = [[_kept(row[name]) for name in names] for row in rows]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY gates_auditentry ({columns}) FROM STDIN") as copy:
                for each in values:
                    copy.write_row(each)
        else:
            marks = ", ".join(["%s"] * len(names))
            cursor.executemany(f"INSERT INTO gates_auditentry ({columns}) VALUES ({marks})", values)


def _kept(value: Any) -> Any:
    if isinstance(value, list | dict):
        return json.dumps(value)
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(" ", "microseconds") + _zone()
    return value


def _zone() -> str:
    from django.db import connection

    return "+00" if connection.vendor == "postgresql" else ""


if __name__ == "__main__":
    main(int(sys.argv[1]))
