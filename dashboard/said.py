"""What people said about a canary's typed hooks and where Flagger waits: read, or kept for live pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.store import CanaryView
from gates import confirm_rules
from gates.approvals import APPROVE
from gates.audit import CHANGED
from gates.confirm_rules import ASKED_IN, CONFIRM, Hook, Reach
from gates.keys import subject
from gates.models import Approval, AuditEntry, Episode

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Voice:
    """One person's yes or no that holds. Two clocks: `at`, and `answered`, when Flagger was first told."""

    decision: int
    hook: Hook
    gate: str
    yes: bool
    person: str
    reason: str
    revision: str
    images: tuple[str, ...]
    reach: Reach
    weight: int
    at: datetime
    answered: datetime | None
    groups: frozenset[str]
    pinned: str

    @property
    def rule(self) -> confirm_rules.Approval:
        """As the rules see it."""
        return confirm_rules.Approval(
            decision=self.decision,
            person=self.person,
            hook=self.hook,
            revision=self.revision,
            gate=self.gate,
            checksum=self.pinned,
            reach=self.reach,
            weight=self.weight,
            groups=self.groups,
            reasoned=bool(self.reason),
            answered=self.answered is not None,
        )


@dataclass(frozen=True, slots=True)
class Wait:
    """Flagger waits at a hook since its first no. `applied`: the policy acted at the deadline."""

    hook: Hook
    gate: str
    revision: str
    step: int
    since: datetime
    deadline: datetime | None
    on_deadline: str
    applied: bool

    def holds(self, view: CanaryView) -> bool:
        """The canary still is where the wait began; the sweeper may not have come by yet."""
        if self.revision != view.revision or view.canary.phase not in ASKED_IN[self.hook]:
            return False
        return self.hook is not Hook.TRAFFIC or self.step == view.weight.value


@dataclass(frozen=True, slots=True)
class Said:
    """Of one canary, oldest first."""

    voices: tuple[Voice, ...] = ()
    waits: tuple[Wait, ...] = ()

    def wait(self, view: CanaryView) -> Wait | None:
        """Where Flagger waits now."""
        return next((one for one in reversed(self.waits) if one.holds(view)), None)


NOTHING = Said()


def read(cluster: str, keys: Iterable[Key] | None = None) -> dict[Key, Said]:
    """What holds for these canaries, or for all of a cluster (None); two queries."""
    approvals = Approval.objects.filter(cluster=cluster, ended_at__isnull=True)
    episodes = Episode.objects.filter(cluster=cluster, current__isnull=False).order_by("began_at", "pk")
    if keys is not None:
        subjects = [subject(cluster, *key) for key in keys]
        approvals, episodes = approvals.filter(subject__in=subjects), episodes.filter(subject__in=subjects)
    voices: defaultdict[Key, list[Voice]] = defaultdict(list)
    waits: defaultdict[Key, list[Wait]] = defaultdict(list)
    for row in approvals:
        voices[row.namespace, row.name].append(_voice(row))
    for episode in episodes:
        waits[episode.namespace, episode.name].append(_wait(episode))
    return {key: Said(tuple(voices[key]), tuple(waits[key])) for key in {*voices, *waits}}


class Memory:
    """The same for live pages; written on the event loop only."""

    def __init__(self) -> None:
        self._known: dict[Key, Said] = {}

    def get(self, key: Key) -> Said:
        """One canary's."""
        return self._known.get(key, NOTHING)

    def load(self, known: Mapping[Key, Said]) -> set[Key]:
        """Take what `read` found for all; returns which differ from before."""
        before, self._known = self._known, dict(known)
        return {key for key in {*before, *known} if before.get(key) != known.get(key)}


def touches(entry: AuditEntry) -> bool:
    """The entry changed what was said, or what Flagger was told."""
    return entry.outcome == CHANGED and entry.kind.partition("/")[0] in CONFIRM


def _voice(row: Approval) -> Voice:
    return Voice(
        decision=row.decision,
        hook=Hook(row.hook),
        gate=row.gate,
        yes=row.verdict == APPROVE,
        person=row.person,
        reason=row.reason,
        revision=row.revision,
        images=tuple(row.images),
        reach=Reach(row.reach),
        weight=row.weight,
        at=row.at,
        answered=row.answered_at,
        groups=frozenset(row.groups),
        pinned=row.pinned,
    )


def _wait(row: Episode) -> Wait:
    return Wait(
        hook=Hook(row.hook),
        gate=row.gate,
        revision=row.revision,
        step=row.step,
        since=row.began_at,
        deadline=row.deadline_at,
        on_deadline=row.on_deadline,
        applied=row.deadline_applied,
    )
