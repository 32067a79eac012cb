"""Freezes made and lifted, canaries exempted from them: through the one door, each with its entry.

Every one of these takes the head of the log, as each yes does: so an approval is answered before a freeze,
or refused after it, and the log says which.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from gates import audit, decisions, facts, freezes, named_patterns, patterns, refusals
from gates.access_rights import Access
from gates.asked_for import Refused, Subject
from gates.audit import Actor, Draft, Origin
from gates.decisions import Deciding
from gates.facts import Unreadable
from gates.keys import DEFAULT_CLUSTER
from gates.models import Exemption, Freeze
from gates.permissions import ADMIN, needs
from gates.search import BIGGEST

LONGEST = timedelta(days=92)
LONGEST_REASON = 2000
KIND = "freeze"
CREATED, LIFTED = "freeze.created", "freeze.lifted"
EXEMPTED, WITHDRAWN = "freeze.exempted", "freeze.exemption.withdrawn"
ACTIONS = frozenset({CREATED, LIFTED, EXEMPTED, WITHDRAWN})
EXEMPTION_TELLS = ("from", "to", "reason", "in_flight")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, from where, and what they administer."""

    actor: Actor
    origin: Origin
    access: Access


@dataclass(frozen=True, slots=True)
class Wanted:
    """A freeze as it is asked for; `starts_at` None, or in the past, means from now on."""

    ends_at: datetime
    reason: str
    namespaces: str = "*"
    canaries: str = "*"
    starts_at: datetime | None = None
    in_flight: bool = False


def checked(wanted: Wanted, now: datetime) -> Wanted:
    """The same with tidy patterns and a start; raises Refused with what is wrong."""
    starts = max(wanted.starts_at or now, now)
    if wanted.ends_at <= now:
        raise Refused("freeze-ends-in-the-past", _("The end must lie ahead."), 400)
    if wanted.ends_at <= starts:
        raise Refused("freeze-ends-before-start", _("The end must lie after the start."), 400)
    if wanted.ends_at - starts > LONGEST:
        raise Refused("freeze-too-long", _("A freeze lasts at most 92 days: choose an earlier end."), 400)
    return replace(
        wanted,
        starts_at=starts,
        namespaces=named_patterns.read(wanted.namespaces, _("Namespaces")),
        canaries=named_patterns.read(wanted.canaries, _("Canaries")),
        reason=_reason(wanted.reason, _("A freeze needs a reason: people are shown it while they wait.")),
    )


def permitted(wanted: Wanted, access: Access) -> Wanted:
    """The same for a look at what it would stop: checked, and its start kept as it was asked for."""
    found = checked(wanted, timezone.now())
    _permitted(access, found.namespaces)
    return replace(found, starts_at=wanted.starts_at and found.starts_at)


def create(wanted: Wanted, by: Caller) -> Freeze:
    """Freeze, from its first second on; raises Refused, or django.db.Error."""
    with _refusals(by), decisions.deciding([]) as door:
        wanted = checked(wanted, door.now)
        _permitted(by.access, wanted.namespaces)
        freeze = Freeze(
            starts_at=wanted.starts_at or door.now,
            ends_at=wanted.ends_at,
            namespaces=wanted.namespaces,
            canaries=wanted.canaries,
            reason=wanted.reason,
            in_flight=wanted.in_flight,
            created_by=by.actor.name,
            decision=door.next,
        )
        freeze.save(force_insert=True)
        draft = _draft(door, CREATED, by, freeze, wanted.reason)
        draft.decision, draft.after = None, _shown(freeze)
        door.enter(draft)
    return freeze


def lift(number: int, by: Caller, reason: str = "") -> Freeze:
    """End a freeze early, or call off one that has not begun."""
    reason = _text(reason)
    with _refusals(by), decisions.deciding([]) as door:
        freeze = _holding(number, door, by)
        draft = _draft(door, LIFTED, by, freeze, reason)
        draft.before = _shown(freeze)
        freeze.lifted_at = door.now
        freeze.save(update_fields=["lifted_at"])
        draft.after = _shown(freeze) | {"to": _time(door.now)}
        door.enter(draft)
    return freeze


def exempt(number: int, canary: Subject, by: Caller, reason: str) -> Exemption:
    """Let one canary through all the same."""
    reason = _reason(reason, _("An exemption needs a reason."))
    known = facts.current(canary.cluster, canary.namespace, canary.name)
    if isinstance(known, Unreadable) and known.missing:
        raise Refused("no-such-canary", _("The cluster has no such canary."), 404)
    with _refusals(by), decisions.deciding([]) as door:
        freeze = _holding(number, door, by)
        if not freezes.names(freeze, canary.namespace, canary.name):
            raise Refused("not-frozen", _("The freeze does not name this canary."), 400)
        if freezes.exemption(freeze, canary.cluster, canary.namespace, canary.name):
            raise Refused("exempt-already", _("This canary is exempted already."))
        made = Exemption(
            freeze=freeze,
            cluster=canary.cluster,
            namespace=canary.namespace,
            name=canary.name,
            reason=reason,
            created_by=by.actor.name,
            decision=door.next,
        )
        made.save(force_insert=True)
        _enter_exemption(door, EXEMPTED, made, by, reason)
    return made


def withdraw(number: int, exemption: int, by: Caller, reason: str = "") -> Freeze:
    """Hold an exempted canary again."""
    reason = _text(reason)
    with _refusals(by), decisions.deciding([]) as door:
        freeze = _holding(number, door, by)
        found = freeze.exemptions.filter(pk=exemption).first() if exemption <= BIGGEST else None
        if found is None:
            raise Refused("no-such-exemption", _("There is no such exemption, or no longer."), 404)
        _enter_exemption(door, WITHDRAWN, found, by, reason)
        found.delete()
    return freeze


def existing(number: int, access: Access) -> Freeze:
    """The freeze of that number, if it reaches into what may be seen; raises Refused."""
    found = Freeze.objects.filter(pk=number).first() if number <= BIGGEST else None
    if found is None or not access.reaches(found.namespaces):
        raise Refused("no-such-freeze", _("There is no such freeze."), 404)
    return found


def over(freeze: Freeze, now: datetime) -> bool:
    """It has ended, by the clock or by somebody."""
    return freeze.lifted_at is not None or freeze.ends_at <= now


def _holding(number: int, door: Deciding, by: Caller) -> Freeze:
    """A freeze that holds or will hold; read with the log's head locked."""
    freeze = existing(number, by.access)
    if not by.access.may_hand_out(freeze.namespaces):
        # Without its patterns: some of them may be none of their business.
        raise Refused("role-required", needs(ADMIN, _("all that the freeze names")), 403)
    if over(freeze, door.now):
        raise Refused("freeze-over", _("This freeze is over already."))
    return freeze


def _enter_exemption(door: Deciding, action: str, exemption: Exemption, by: Caller, reason: str) -> None:
    key = Subject(exemption.cluster, exemption.namespace, exemption.name).key("canary")
    known = facts.current(key.cluster, key.namespace, key.name)
    draft = _draft(door, action, by, exemption.freeze, reason)
    draft.subject, draft.namespace, draft.name = key.subject, key.namespace, key.name
    draft.facts = None if isinstance(known, Unreadable) else known
    # Without the patterns: whoever sees this canary may not see what else is frozen.
    draft.after = {key: value for key, value in _shown(exemption.freeze).items() if key in EXEMPTION_TELLS}
    door.enter(draft)


def _draft(door: Deciding, action: str, by: Caller, freeze: Freeze, reason: str) -> Draft:
    return Draft(
        at=door.now,
        action=action,
        outcome=audit.CHANGED,
        actor=by.actor,
        origin=by.origin,
        cluster=DEFAULT_CLUSTER,
        namespace=patterns.place(freeze.namespaces),
        kind=KIND,
        reason=reason,
        decision=freeze.decision,
    )


def _refusals(by: Caller) -> AbstractContextManager[None]:
    return refusals.entered(refusals.FREEZE, by.actor, by.origin, kind=KIND)


def _permitted(access: Access, namespaces: str) -> None:
    if not access.may_hand_out(namespaces):
        raise Refused("role-required", needs(ADMIN, namespaces), 403)


def _shown(freeze: Freeze) -> dict[str, object]:
    return {
        "namespaces": freeze.namespaces,
        "canaries": freeze.canaries,
        "from": _time(freeze.starts_at),
        "to": _time(freeze.ends_at),
        "reason": freeze.reason,
        "in_flight": freeze.in_flight,
    }


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _reason(text: str, needed: str) -> str:
    reason = _text(text)
    if not reason:
        raise Refused("reason-required", needed, 400)
    return reason


def _text(reason: str) -> str:
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Refused("reason-too-long", _("The reason is longer than 2,000 characters: shorten it."), 400)
    if "\x00" in reason:
        raise Refused("reason-unreadable", _("The reason contains a NUL character: remove it."), 400)
    return reason
