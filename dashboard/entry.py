"""What lists depend on of one canary: its place, what it can be found by, and what it waits for.

Equal entries leave every list, count and inbox as they are, whatever else changes about the canary.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from dashboard import confirms, phases
from dashboard.known import Known
from dashboard.query import Subject, squeezed
from gates import clusters
from gates.confirm_rules import FreezeWindow, Hook
from gates.keys import DEFAULT_CLUSTER

Key = tuple[str, str]
# A canary among those of all clusters: namespace and name, and for others than `default` the cluster.
Place = tuple[str, ...]
NEEDS_A_PERSON = 0
TROUBLED = 1


@dataclass(frozen=True, slots=True)
class Ask:
    """What a waiting canary waits for. `approved`: Flagger is told yes when it asks next, or goes on by
    itself; `counted` are the people who count so far, `missing` how many more are needed, of `group`.

    `rolled_back`: a rollback is requested, which wins; `problem`: the policy cannot be used.
    """

    since: datetime | None
    approved: bool
    counted: tuple[str, ...] = ()
    missing: int = 1
    group: str = ""
    rejected: tuple[str, ...] = ()
    problem: bool = False
    rolled_back: bool = False
    frozen: FreezeWindow | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """`rank` sorts the list: who needs a person first, then by name."""

    rank: tuple[int, str, str]
    subject: Subject
    ask: Ask | None
    known: Known = field(compare=False)

    @property
    def key(self) -> Place:
        """Where it is."""
        return place(self.known.view.canary.cluster, self.known.view.key)


def place(cluster: str, key: Key) -> Place:
    """Of a canary in one of the clusters."""
    return key if cluster == DEFAULT_CLUSTER else (*key, cluster)


def located(place: Place) -> tuple[str, Key]:
    """The cluster, and the key in its store."""
    return (place[2] if len(place) > 2 else DEFAULT_CLUSTER), (place[0], place[1])


def read_place(text: str) -> Place | None:
    """As forms and addresses have it, `namespace/name` or `namespace/name/cluster`; None for other texts."""
    parts = tuple(text.split("/"))
    known = len(parts) == 2 or (len(parts) == 3 and parts[2] != DEFAULT_CLUSTER)
    return parts if known and all(parts) else None


def of(known: Known, *, warned: bool = False) -> Entry:
    """`warned`: its manifest is wired in a way worth a warning."""
    view = known.view
    canary, waiting, unapproved = view.canary, known.waiting, known.unapproved
    flags = {
        "waiting": bool(waiting),
        "suspended": canary.suspended,
        "frozen": known.frozen is not None,
        "unapproved": unapproved,
        "warning": warned,
    }
    name, namespace = canary.name.lower(), canary.namespace.lower()
    return Entry(
        rank=(_urgency(known, bool(waiting or unapproved)), canary.name, canary.namespace),
        subject=Subject(
            where=f"{namespace}/{name}",
            namespace=namespace,
            name=name,
            phase=phase_word(canary.phase),
            strategy=str(canary.strategy),
            image="\n".join(image for change in view.images for image in (change.old, change.new)).lower(),
            labels={key.lower(): value.lower() for key, value in canary.labels.items()},
            flags=frozenset(flag for flag, flies in flags.items() if flies),
            cluster=canary.cluster if clusters.several() else "",
        ),
        ask=_ask(known) if waiting else None,
        known=known,
    )


def phase_word(phase: str) -> str:
    """As the filter asks for it; a canary that Flagger has not seen has no phase yet."""
    return squeezed(phase or "New")


def _urgency(known: Known, needs_a_person: bool) -> int:
    if needs_a_person:
        return NEEDS_A_PERSON
    canary = known.view.canary
    return TROUBLED if canary.problem else phases.of(canary.phase).urgency


def _ask(known: Known) -> Ask:
    since = known.wait.since if known.wait else known.view.phase_since
    confirm, gate, rollback = confirms.current(known), known.switches.gate, known.switches.rollback
    if confirm is None:
        return Ask(since, approved=gate is not None and gate.open, frozen=known.frozen)
    return Ask(
        since=since,
        approved=confirm.approved,
        counted=tuple(voice.person for voice in confirm.counted),
        missing=confirm.missing,
        group=confirm.policy.group,
        rejected=tuple(voice.person for voice in confirm.rejected),
        problem=bool(confirm.policy.problem),
        rolled_back=confirm.hook is not Hook.START and rollback is not None and rollback.open,
        frozen=known.frozen,
    )
