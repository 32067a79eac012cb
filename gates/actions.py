"""What a person or a token asks for on one canary: the same rules for the pages and the REST API."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from gates import audit, decisions, facts, refusals, rules, typed_actions
from gates.asked_for import Refused, Request, Subject, same_revision
from gates.decisions import Act, Change, Outcome
from gates.facts import Facts, Unreadable
from gates.keys import GATE, ROLLBACK
from gates.models import Gate

ACTIONS = ("approve", "hold", "rollback", "close", "comment")
LONGEST_REASON = 2000
LONGEST_OPENING = timedelta(days=31)
# Phases in which Flagger no longer asks the rollback hook, or has nothing to roll back.
NOT_ROLLED_BACK = facts.RESTING_PHASES | {"Promoting", "Finalising", "Terminating", "Terminated"}


def perform(action: str, request: Request) -> Outcome:
    """Take the decision and return once it is durable; raises Refused (an entry too), or django.db.Error.

    Reads the canary live (up to a second), so call it from a worker thread.
    """
    about = request.actor, request.origin, request.subject
    with refusals.entered(refusals.CODES[action], *about, kind=_meant(request), reason=request.reason):
        return _perform(action, request)


def _meant(request: Request) -> str:
    """The hook with its gate, or the kind of switch, as far as the request names one."""
    kind = request.hook or request.kind
    return f"{kind}/{request.gate}" if request.gate else kind


def _perform(action: str, request: Request) -> Outcome:
    reason = request.reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Refused("reason-too-long", _("The reason is longer than 2,000 characters: shorten it."), 400)
    if "\x00" in reason:
        raise Refused("reason-unreadable", _("The reason contains a NUL character: remove it."), 400)
    known = facts.live_from_thread(request.subject.cluster, request.subject.namespace, request.subject.name)
    if isinstance(known, Unreadable) and known.missing:
        raise Refused("no-such-canary", _("The cluster has no such canary."), 404)
    if entry := typed_actions.perform(action, replace(request, reason=reason), known):
        return Outcome(entry.outcome == audit.CHANGED, entry, rules.CLOSED)
    change = _CHANGES[action](request, reason, known)
    return decisions.apply([change])[0]


def _approve(request: Request, reason: str, known: Facts | Unreadable) -> Change:
    now = timezone.now()
    until = request.until
    if until is not None and not now < until <= now + LONGEST_OPENING:
        raise Refused("until-out-of-range", _("“Keep open until” must lie ahead, at most 31 days."), 400)
    if until is None and (not isinstance(known, Facts) or not known.revision):
        why = known.why if isinstance(known, Unreadable) else _("its target cannot be read")
        raise Refused(
            "revision-unknown",
            _("An approval is for one revision, and the revision cannot be read now: %(why)s.")
            % {"why": why},
        )
    same_revision(request, known)
    return _change(Act.OPEN, GATE, request, reason, known, bind=until is None, until=until)


def _hold(request: Request, reason: str, known: Facts | Unreadable) -> Change:
    same_revision(request, known)
    return _change(Act.HOLD, GATE, request, reason, known)


def _rollback(request: Request, reason: str, known: Facts | Unreadable) -> Change:
    if not reason:
        raise Refused("reason-required", _("Rolling back needs a reason."), 400)
    same_revision(request, known)
    if isinstance(known, Facts) and known.phase == "Waiting":
        raise Refused("nothing-to-roll-back", _("Nothing runs yet while Waiting: hold the revision instead."))
    if isinstance(known, Facts) and known.phase in NOT_ROLLED_BACK:
        raise Refused(
            "nothing-to-roll-back",
            _("Flagger does not ask about rolling back in the phase “%(phase)s”: nothing would happen.")
            % {"phase": known.phase or _("new")},
        )
    until = timezone.now() + rules.ROLLBACK_LIFETIME
    return _change(Act.OPEN, ROLLBACK, request, reason, known, bind=True, until=until)


def _close(request: Request, reason: str, known: Facts | Unreadable) -> Change:
    kind = request.kind
    if not kind:
        keys = {request.subject.key(each).digest: each for each in (GATE, ROLLBACK)}
        opened = list(Gate.objects.filter(key__in=keys, open=True).values_list("key", flat=True))
        if not opened:
            raise Refused("nothing-open", _("Nothing is open for this canary."))
        if len(opened) > 1:
            raise Refused(
                "kind-required",
                _("The gate and a rollback are both open: say which, “gate” or “rollback”."),
                400,
            )
        kind = keys[opened[0]]
    if kind not in {GATE, ROLLBACK}:
        raise Refused("kind-unknown", _("The kind must be “gate” or “rollback”."), 400)
    return _change(Act.CLOSE, kind, request, reason, known)


def _change(
    act: Act,
    kind: str,
    request: Request,
    reason: str,
    known: Facts | Unreadable,
    *,
    bind: bool = False,
    until: datetime | None = None,
) -> Change:
    return Change(
        act=act,
        key=request.subject.key(kind),
        actor=request.actor,
        origin=request.origin,
        reason=reason,
        facts=known if isinstance(known, Facts) else None,
        bind=bind,
        until=until,
    )


_CHANGES = {"approve": _approve, "hold": _hold, "rollback": _rollback, "close": _close}


__all__ = ["ACTIONS", "NOT_ROLLED_BACK", "Refused", "Request", "Subject", "perform"]
