"""The rows and the entries of interventions, through the one door, each pair in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from dashboard.interventions.acts import CODES, DONE, FROZEN, OFFERED, Act
from dashboard.models import Intervention
from gates import audit, decisions, freezes
from gates.asked_for import Refused, Subject
from gates.audit import Actor, Draft, Origin
from gates.decisions import Deciding
from gates.facts import Facts
from gates.keys import GateKey
from gates.models import AuditEntry

# A change that was asked for and not answered for so long will not be: its process has ended.
ABANDONED = timedelta(seconds=30)
# How long one replica has for taking back; then another one tries.
CLAIM = timedelta(seconds=30)
REQUESTED, FAILED, UNKNOWN = "requested", "failed", "unknown"
KEY = "canary"
# Taking back is tried until it is done, so nobody has to say that its outcome is unknown.
EVERY_CODE = (
    set(DONE.values())
    | {f"{CODES[act]}.{word}" for act in OFFERED for word in (REQUESTED, FAILED, UNKNOWN)}
    | {f"{CODES[Act.TAKE_BACK]}.{word}" for word in (REQUESTED, FAILED)}
)


@dataclass(frozen=True, slots=True)
class Begin:
    """What is asked for: `before` is the object's state, `wanted` what is to be set."""

    act: Act
    subject: Subject
    actor: Actor
    origin: Origin
    reason: str
    facts: Facts | None
    uid: str
    before: dict[str, Any]
    wanted: dict[str, Any]
    take_back: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it: `word` is "" (done), failed or unknown; `after` as the API server answered."""

    word: str = ""
    after: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    facts: Facts | None = None
    unchanged: bool = False


def begin(asked: Begin) -> Intervention:
    """Enter that it was asked for, before anything is done; raises Refused, or django.db.Error.

    A freeze is judged here, with the log's head locked: the log says which of the two came first.
    """
    subject = asked.subject
    key = subject.key(KEY)
    with decisions.deciding([key]) as door:
        _not_frozen(asked, door)
        open_ = Intervention.objects.filter(subject=key.subject, answered_at__isnull=True)
        if open_.filter(requested_at__gt=door.now - ABANDONED).exists():
            raise Refused("in-progress", _("Somebody changes this canary at this moment. Look again."))
        intervention = Intervention(
            decision=door.next,
            act=asked.act,
            subject=key.subject,
            cluster=subject.cluster,
            namespace=subject.namespace,
            name=subject.name,
            uid=asked.uid,
            revision=asked.facts.revision if asked.facts else "",
            before=asked.before,
            person=asked.actor.name,
            requested_at=door.now,
            take_back=asked.take_back,
        )
        intervention.save(force_insert=True)
        draft = _draft(door, intervention, f"{CODES[asked.act]}.{REQUESTED}", asked.actor, asked.origin)
        draft.before, draft.after = asked.before, asked.wanted
        draft.reason, draft.facts, draft.decision = asked.reason, asked.facts, None
        door.enter(draft)
    return intervention


def _not_frozen(asked: Begin, door: Deciding) -> None:
    if asked.act not in FROZEN:
        return
    subject = asked.subject
    windows = freezes.windows(subject.cluster, subject.namespace, subject.name, door.now)
    if windows:
        message = _("Frozen until %(until)s UTC: %(reason)s")
        until = f"{max(each.until for each in windows):%Y-%m-%d %H:%M}"
        raise Refused("frozen", message % {"until": until, "reason": windows[0].reason})


def finish(
    intervention: Intervention, result: Result, actor: Actor, origin: Origin, take_back: bool | None = None
) -> AuditEntry:
    """Enter what became of it; `take_back` changes whether it is to be taken back."""
    act = Act(intervention.act)
    with decisions.deciding([_key(intervention)]) as door:
        row = Intervention.objects.get(pk=intervention.pk)
        row.answered_at = door.now
        if result.word == FAILED:
            row.take_back = False
        elif take_back is not None:
            row.take_back = take_back
        row.save(update_fields=["answered_at", "take_back"])
        door.enter(_answer(door, row, act, result, actor, origin))
    return door.entries[0]


def abandon(number: int, after: dict[str, Any], now: datetime) -> bool:
    """Enter that nobody knows what became of it; False when somebody does by now."""
    found = Intervention.objects.get(pk=number)
    with decisions.deciding([_key(found)]) as door:
        row = Intervention.objects.filter(pk=number, answered_at__isnull=True).first()
        if row is None or row.requested_at > now - ABANDONED:
            return False
        row.answered_at = door.now
        row.save(update_fields=["answered_at"])
        result = Result(UNKNOWN, after, _("Aviary was broken off before the API server answered."))
        door.enter(_answer(door, row, Act(row.act), result, audit.SYSTEM, audit.SYSTEM_ORIGIN))
    return True


def claim(number: int, facts: Facts | None, now: datetime) -> Intervention | None:
    """Take on taking it back, alone; enters that it begins, once. None when another one does it."""
    found = Intervention.objects.get(pk=number)
    with decisions.deciding([_key(found)]) as door:
        row = Intervention.objects.filter(pk=number, take_back=True, taken_back_at__isnull=True).first()
        if row is None or (row.claimed_until is not None and row.claimed_until > now):
            return None
        row.claimed_until = now + CLAIM
        if row.taking_back is None:
            row.taking_back = door.next
            code = f"{CODES[Act.TAKE_BACK]}.{REQUESTED}"
            draft = _draft(door, row, code, audit.SYSTEM, audit.SYSTEM_ORIGIN)
            draft.facts, draft.after = facts, {"skipAnalysis": row.before.get("skipAnalysis")}
            draft.reason = _("The release ended, or a newer revision appeared.")
            door.enter(draft)
        row.save(update_fields=["claimed_until", "taking_back"])
    return row


def taken_back(intervention: Intervention, before: Mapping[str, Any], result: Result) -> None:
    """Enter that it is taken back, or the first time why not; what failed is tried again later."""
    with decisions.deciding([_key(intervention)]) as door:
        row = Intervention.objects.get(pk=intervention.pk)
        if row.taken_back_at is not None:
            return
        failed, known = result.word == FAILED, row.trouble == result.reason
        row.taken_back_at = None if failed else door.now
        row.trouble = result.reason if failed else ""
        row.save(update_fields=["taken_back_at", "trouble"])
        if not (failed and known):
            draft = _answer(door, row, Act.TAKE_BACK, result, audit.SYSTEM, audit.SYSTEM_ORIGIN)
            draft.before = dict(before)
            door.enter(draft)


def _answer(
    door: Deciding, row: Intervention, act: Act, result: Result, actor: Actor, origin: Origin
) -> Draft:
    code = f"{CODES[act]}.{result.word}" if result.word else DONE[act]
    draft = _draft(door, row, code, actor, origin)
    draft.before, draft.after = row.before, result.after
    draft.reason, draft.facts = result.reason, result.facts
    if result.word or result.unchanged:
        draft.outcome = audit.REFUSED if result.word == FAILED else audit.UNCHANGED
    return draft


def _draft(door: Deciding, row: Intervention, code: str, actor: Actor, origin: Origin) -> Draft:
    return Draft(
        at=door.now,
        action=code,
        outcome=audit.CHANGED,
        actor=actor,
        origin=origin,
        subject=row.subject,
        cluster=row.cluster,
        namespace=row.namespace,
        name=row.name,
        kind=row.act,
        decision=row.decision,
    )


def _key(row: Intervention) -> GateKey:
    return Subject(row.cluster, row.namespace, row.name).key(KEY)
