"""The one door: whatever is decided goes through `deciding`, and its entry is in the same transaction.

Gates are changed here, by `apply`; approvals, freezes and roles in files of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone

from gates import audit, freeze_rules, freezes, rules
from gates.audit import Actor, Draft, Origin
from gates.facts import Facts
from gates.keys import GATE, ROLLBACK, GateKey
from gates.models import AuditEntry, AuditHead, Gate
from gates.signals import decided


class Act(StrEnum):
    """What is done to a gate."""

    OPEN = "open"
    CLOSE = "close"
    HOLD = "hold"  # closed, on purpose and with a reason
    ANSWER = "answer"  # Flagger is about to be told yes for the first time
    END = "end"  # the gate ended by itself


@dataclass(frozen=True, slots=True)
class Change:
    """One change asked for.

    `facts` are what was known at that moment, for the log and for binding. `bind` ties an opening to the
    release and the revision in `facts`, `until` to a time. `expect` is compare-and-set: the number of the
    decision that the caller saw (ANSWER and END need it); another one there means that nothing is done.
    `why` goes with END.
    """

    act: Act
    key: GateKey
    actor: Actor
    origin: Origin
    reason: str = ""
    facts: Facts | None = None
    bind: bool = False
    until: datetime | None = None
    expect: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a change: `applied` is False when another decision came first."""

    applied: bool
    entry: AuditEntry | None
    state: rules.GateState


VERBS = {
    Act.OPEN: ("gate.opened", "rollback.requested"),
    Act.CLOSE: ("gate.closed", "rollback.withdrawn"),
    Act.HOLD: ("gate.held", "rollback.withdrawn"),
    Act.ANSWER: ("answer.approved", "answer.rollback"),
    Act.END: ("gate.ended", "rollback.ended"),
}


class Deciding:
    """One transaction at the door: `now` is its time, `gates` the rows it holds, by their keys' digests."""

    def __init__(self, now: datetime, gates: dict[str, Gate], head: AuditHead) -> None:
        self.now, self.gates, self._head = now, gates, head
        self._drafts: list[Draft] = []
        self.entries: list[AuditEntry] = []

    def enter(self, draft: Draft) -> int:
        """Put an entry into the log; returns its number."""
        self._drafts.append(draft)
        return self._head.seq + len(self._drafts)

    @property
    def next(self) -> int:
        """The number that the next entry will have."""
        return self._head.seq + len(self._drafts) + 1

    def close(self) -> None:
        """Write the entries; called once, last."""
        self.entries = audit.append(self._head, self._drafts)


@contextmanager
def deciding(keys: Sequence[GateKey]) -> Iterator[Deciding]:
    """Lock the switches, then the head of the log; on leaving, commit changes and entries together.

    Everything that decides goes through here, so the log's order is the order of the outcomes. Raises
    django.db.Error when the database cannot answer; nothing is changed then.
    """
    with transaction.atomic():
        gates = _locked(keys, timezone.now())
        head = audit.lock_head()
        # Read once the log is ours: what is entered later is never earlier, and a freeze that was entered
        # while this waited is seen as begun.
        door = Deciding(timezone.now(), gates, head)
        yield door
        door.close()
    if door.entries:
        # Robust: what a page makes of it must not look like a decision that failed.
        decided.send_robust(sender=Gate, entries=door.entries)


def apply(changes: Sequence[Change]) -> list[Outcome]:
    """Make the changes, in order, in one transaction; return after the commit or raise and change nothing."""
    with deciding([change.key for change in changes]) as door:
        made = make(door, changes)
    numbered = iter(door.entries)
    return [Outcome(applied, next(numbered) if applied else None, after) for applied, after in made]


def make(door: Deciding, changes: Sequence[Change]) -> list[tuple[bool, rules.GateState]]:
    """The same in the caller's transaction, which holds the keys: what was applied, the states after."""
    made: list[tuple[bool, rules.GateState]] = []
    dirty: dict[str, Gate] = {}
    for change in changes:
        gate = door.gates[change.key.digest]
        draft = _change(gate, change, door.next, door.now)
        made.append((draft is not None, state(gate)))
        if draft is None:
            continue
        door.enter(draft)
        if draft.outcome == audit.CHANGED:
            dirty[gate.key] = gate
    if dirty:
        _save(list(dirty.values()))
    return made


def state(gate: Gate) -> rules.GateState:
    """The row as the rules see it."""
    return rules.GateState(
        open=gate.open,
        decision=gate.decision,
        changed_at=gate.changed_at,
        bound=gate.bound,
        revision=gate.revision,
        checksum=gate.checksum,
        opened_phase=gate.opened_phase,
        until=gate.until,
        answered_at=gate.answered_at,
    )


# Switches whose rows have been seen: rows are never removed, so these need no look before the lock.
_there: set[str] = set()
MOST_THERE = 100_000


def _locked(keys: Sequence[GateKey], now: datetime) -> dict[str, Gate]:
    """The rows, locked in one order everywhere so that no two transactions wait for each other.

    Rows that are missing are made first: whoever waits for somebody else's new row must hold none yet.
    """
    wanted = {key.digest: key for key in keys}
    query = Gate.objects.select_for_update().filter(key__in=wanted).order_by("key")
    if len(wanted) > 1 and not _there.issuperset(wanted):
        _make_missing(wanted, set(Gate.objects.filter(key__in=wanted).values_list("key", flat=True)), now)
    found = {gate.key: gate for gate in query}
    if _make_missing(wanted, found.keys(), now):
        found = {gate.key: gate for gate in query.all()}
    if len(_there) > MOST_THERE:
        _there.clear()
    _there.update(found)
    return found


def _make_missing(wanted: Mapping[str, GateKey], found: Set[str], now: datetime) -> bool:
    missing = [_new(wanted[digest], now) for digest in sorted(wanted.keys() - found)]
    if missing:
        Gate.objects.bulk_create(missing, ignore_conflicts=True)
    return bool(missing)


def _new(key: GateKey, now: datetime) -> Gate:
    return Gate(
        key=key.digest,
        kind=key.kind,
        cluster=key.cluster,
        namespace=key.namespace,
        name=key.name,
        changed_at=now,
    )


def _change(gate: Gate, change: Change, seq: int, now: datetime) -> Draft | None:
    """Alter the row in memory; the draft of its entry, or None when the change came too late."""
    if change.expect is not None and change.expect != gate.decision:
        return None
    if change.act in {Act.ANSWER, Act.END} and not gate.open:
        return None
    if change.act is Act.ANSWER and (gate.answered_at is not None or _frozen(gate, change, now)):
        return None
    before, previous = _shown(gate), gate.decision or None
    changed = _ACTS[change.act](gate, change, seq, now)
    after = _shown(gate)
    return Draft(
        at=now,
        action=VERBS[change.act][change.key.kind == ROLLBACK],
        outcome=audit.CHANGED if changed else audit.UNCHANGED,
        actor=change.actor,
        origin=change.origin,
        subject=change.key.subject,
        cluster=gate.cluster,
        namespace=gate.namespace,
        name=gate.name,
        kind=gate.kind,
        facts=change.facts,
        before=before,
        after=after,
        reason=change.reason or change.why,
        decision=None if changed and change.act in {Act.OPEN, Act.HOLD} else previous,
    )


def _frozen(gate: Gate, change: Change, now: datetime) -> bool:
    """A freeze was entered between the question and its first yes."""
    if change.key.kind != GATE or not freeze_rules.by_hand(state(gate)):
        return False
    windows = freezes.windows(gate.cluster, gate.namespace, gate.name, now)
    return bool(freeze_rules.held(windows, change.facts))


def _open(gate: Gate, change: Change, seq: int, now: datetime) -> bool:
    facts = change.facts
    revision = facts.revision if change.bind and facts else ""
    if gate.open and (gate.bound, gate.until, gate.revision) == (change.bind, change.until, revision):
        return False
    _decided(gate, change, seq, now)
    gate.open, gate.bound, gate.until = True, change.bind, change.until
    if change.bind and facts is not None:
        gate.revision, gate.checksum, gate.opened_phase = facts.revision, facts.checksum, facts.phase
    return True


def _close(gate: Gate, change: Change, seq: int, now: datetime) -> bool:
    # A hold on a closed gate is news: somebody looked and said no.
    if not gate.open and change.act is not Act.HOLD:
        return False
    _decided(gate, change, seq, now)
    gate.open = gate.bound = False
    gate.until = None
    return True


def _answer(gate: Gate, change: Change, seq: int, now: datetime) -> bool:
    gate.answered_at = now
    return True


def _decided(gate: Gate, change: Change, seq: int, now: datetime) -> None:
    gate.decision, gate.changed_at, gate.answered_at = seq, now, None
    gate.changed_by, gate.via, gate.reason = change.actor.name, change.origin.via, change.reason or change.why
    gate.revision, gate.checksum, gate.opened_phase = "", "", ""


_ACTS = {Act.OPEN: _open, Act.CLOSE: _close, Act.HOLD: _close, Act.ANSWER: _answer, Act.END: _close}


def _shown(gate: Gate) -> dict[str, object]:
    """The row's state for the log."""
    shown: dict[str, object] = {"open": gate.open}
    if gate.bound:
        shown["revision"] = gate.revision
    if gate.until:
        shown["until"] = gate.until.isoformat()
    return shown


FIELDS = (
    "open", "decision", "changed_at", "changed_by", "via", "reason", "bound", "revision", "checksum",
    "opened_phase", "until", "answered_at",
)  # fmt: skip


def _save(rows: list[Gate]) -> None:
    if len(rows) == 1:
        rows[0].save(update_fields=FIELDS)
        return
    # One statement for the batch: an upsert on the primary key, which every locked row has.
    Gate.objects.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=FIELDS)
