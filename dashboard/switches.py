"""Each canary's two switches as pages show them: read from the database, or kept fresh from the log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.dateparse import parse_datetime

from gates.audit import CHANGED
from gates.keys import GATE, ROLLBACK, GateKey
from gates.models import AuditEntry, Gate

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Switch:
    """One switch and the decision that set it; `revision` is the one it is bound to, in hex."""

    open: bool
    by: str
    via: str
    reason: str
    since: datetime
    revision: str
    until: datetime | None
    answered: datetime | None


@dataclass(frozen=True, slots=True)
class Switches:
    """The switches of one canary; None where nobody has ever decided."""

    gate: Switch | None = None
    rollback: Switch | None = None

    @property
    def opened(self) -> Switches:
        """Only those that are open."""
        gate, rollback = self.gate, self.rollback
        return Switches(
            gate if gate and gate.open else None, rollback if rollback and rollback.open else None
        )


NONE = Switches()


def of_row(row: Gate) -> Switch:
    """The database's row."""
    return Switch(
        open=row.open,
        by=row.changed_by,
        via=row.via,
        reason=row.reason,
        since=row.changed_at,
        revision=row.revision if row.bound else "",
        until=row.until,
        answered=row.answered_at,
    )


def read(cluster: str, keys: Iterable[Key]) -> dict[Key, Switches]:
    """What the database says of these canaries; two index look-ups for each."""
    digests = {GateKey(kind, cluster, *key).digest: (key, kind) for key in keys for kind in (GATE, ROLLBACK)}
    found: dict[Key, Switches] = {}
    for row in Gate.objects.filter(key__in=digests):
        key, kind = digests[row.key]
        found[key] = _with(found.get(key, NONE), kind, of_row(row))
    return found


class Memory:
    """The switches that are open, for pages that are pushed; written by the event loop only."""

    def __init__(self, cluster: str) -> None:
        self.cluster = cluster
        self.known: dict[Key, Switches] = {}

    def get(self, key: Key) -> Switches:
        """One canary's."""
        return self.known.get(key, NONE)

    def load(self, known: Mapping[Key, Switches]) -> None:
        """Start from what `opened` has read."""
        self.known = dict(known)

    def follow(self, entries: Iterable[AuditEntry]) -> set[Key]:
        """Take in entries of the log, oldest first; returns whose switches changed."""
        touched: set[Key] = set()
        for entry in entries:
            if (
                entry.cluster != self.cluster
                or entry.outcome != CHANGED
                or entry.kind not in (GATE, ROLLBACK)
            ):
                continue
            key = (entry.namespace, entry.name)
            before = self.get(key)
            self.known[key] = _with(before, entry.kind, _after(getattr(before, entry.kind), entry))
            touched.add(key)
        return touched


def opened(cluster: str) -> dict[Key, Switches]:
    """All open switches of a cluster, for the start."""
    found: dict[Key, Switches] = {}
    for row in Gate.objects.filter(cluster=cluster, open=True, kind__in=(GATE, ROLLBACK)):
        key = (row.namespace, row.name)
        found[key] = _with(found.get(key, NONE), row.kind, of_row(row))
    return found


def _after(before: Switch | None, entry: AuditEntry) -> Switch:
    if entry.action.startswith("answer.") and before is not None:
        return replace(before, answered=entry.at)
    return Switch(
        open=bool(entry.after.get("open")),
        by=entry.actor,
        via=entry.via,
        reason=entry.reason,
        since=entry.at,
        revision=str(entry.after.get("revision") or ""),
        until=parse_datetime(str(entry.after.get("until") or "")),
        answered=None,
    )


def _with(switches: Switches, kind: str, switch: Switch) -> Switches:
    return replace(switches, gate=switch) if kind == GATE else replace(switches, rollback=switch)
