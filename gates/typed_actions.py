"""Decisions about the typed hooks: approve, hold (reject), withdraw; and a comment without a decision."""

from __future__ import annotations

from django.utils.translation import gettext as _

from gates import approvals, audit, decisions, policy, typed
from gates.approvals import Said, Where
from gates.asked_for import Refused, Request, same_revision
from gates.audit import Draft
from gates.confirm_rules import CONFIRM, TOTAL, Hook, Reach
from gates.facts import RESTING_PHASES, Facts, Unreadable
from gates.models import Approval, AuditEntry
from gates.policy import Policy


def perform(action: str, request: Request, known: Facts | Unreadable) -> AuditEntry | None:
    """Take the decision when it is about a typed hook; None when it is about the drop-in gate."""
    if action == "comment":
        return _comment(request, known)
    if action == "close":
        return None if request.decision is None else _withdraw(request, request.decision, known)
    if action == "rollback":
        return None
    hook = _hook(request, known)
    if hook is None:
        return None
    where = Where(
        request.subject.cluster, request.subject.namespace, request.subject.name, hook, request.gate
    )
    same_revision(request, known)
    if not isinstance(known, Facts) or not known.revision:
        why = known.why if isinstance(known, Unreadable) else _("its target cannot be read")
        message = _("A decision is about one revision, and the revision cannot be read now: %(why)s.")
        raise Refused("revision-unknown", message % {"why": why})
    if action == "hold":
        return approvals.say(
            where, Said(approvals.REJECT, request.actor, request.origin, known, request.reason)
        )
    _permitted(request, _policy(known, hook, request.gate))
    reach, weight = _reach(request, hook, known)
    said = Said(approvals.APPROVE, request.actor, request.origin, known, request.reason, reach, weight)
    return approvals.say(where, said)


def next_hook(known: Facts) -> Hook | None:
    """The typed hook that Flagger asks next, or now; None when the manifest has none for that moment."""
    typed_hooks = {spec.typed for spec in known.specs}
    if known.phase in RESTING_PHASES or known.phase == "Waiting":
        order = [Hook.START]
    elif known.phase == "Progressing" and known.next_weight is not None:
        order = [Hook.TRAFFIC, Hook.PROMOTION]
    else:
        order = [Hook.PROMOTION]
    return next((hook for hook in order if hook in typed_hooks), None)


def _hook(request: Request, known: Facts | Unreadable) -> Hook | None:
    if request.hook == "gate" or request.until is not None:
        return None
    if not request.hook:
        return next_hook(known) if isinstance(known, Facts) else None
    if request.hook not in CONFIRM:
        names = ", ".join(sorted(CONFIRM))
        raise Refused(
            "hook-unknown", _("The hook must be one of %(names)s, or gate.") % {"names": names}, 400
        )
    return Hook(request.hook)


def _policy(known: Facts, hook: Hook, gate: str) -> Policy:
    spec = typed.spec_of(known, hook, gate)
    if spec is None:
        message = _("The manifest has no %(hook)s webhook here: an approval would have no effect.")
        raise Refused("no-such-hook", message % {"hook": hook})
    found = policy.read(spec.metadata)
    if found.problem:
        message = _("The policy in the manifest cannot be used, so nothing is approved: %(problem)s.")
        raise Refused("policy-unreadable", message % {"problem": found.problem})
    return found


def _permitted(request: Request, wanted: Policy) -> None:
    if wanted.group and wanted.group not in request.groups:
        message = _("The policy asks for somebody of the group “%(group)s”.")
        raise Refused("group-required", message % {"group": wanted.group}, 403)
    if wanted.reason_required and not request.reason:
        raise Refused("reason-required", _("The policy asks for a reason."), 400)


def _reach(request: Request, hook: Hook, known: Facts) -> tuple[Reach, int]:
    """How far a traffic approval goes; other approvals go all the way."""
    if hook is not Hook.TRAFFIC:
        return Reach.ALL, TOTAL
    wanted = request.reach or str(Reach.STEP)
    if wanted not in set(Reach):
        raise Refused("reach-unknown", _("The reach must be step, up-to or all."), 400)
    reach = Reach(wanted)
    if reach is Reach.STEP:
        if known.next_weight is None:
            message = _("There is no further step: approve the promotion, or all the way.")
            raise Refused("no-further-step", message)
        return reach, min(known.next_weight, TOTAL)
    if reach is Reach.ALL:
        return reach, TOTAL
    if request.weight is None or not 1 <= request.weight <= TOTAL:
        raise Refused("weight-required", _("“Up to” needs a weight from 1 to 100 per cent."), 400)
    return reach, request.weight


def _withdraw(request: Request, decision: int, known: Facts | Unreadable) -> AuditEntry:
    row = Approval.objects.filter(
        decision=decision, subject=request.subject.key("canary").subject, ended_at__isnull=True
    ).first()
    if row is None:
        raise Refused("nothing-open", _("That decision does not hold any more."))
    facts = known if isinstance(known, Facts) else None
    entries = approvals.end([row], approvals.WITHDRAWN, request.actor, request.origin, facts)
    if not entries:
        raise Refused(
            "told-already", _("Flagger was told already: it cannot be withdrawn, only rolled back.")
        )
    return entries[0]


def _comment(request: Request, known: Facts | Unreadable) -> AuditEntry:
    if not request.reason:
        raise Refused("reason-required", _("A comment needs a text."), 400)
    key = request.subject.key("canary")
    with decisions.deciding([key]) as door:
        door.enter(
            Draft(
                at=door.now,
                action="comment.made",
                outcome=audit.CHANGED,
                actor=request.actor,
                origin=request.origin,
                subject=key.subject,
                cluster=key.cluster,
                namespace=key.namespace,
                name=key.name,
                facts=known if isinstance(known, Facts) else None,
                reason=request.reason,
            )
        )
    return door.entries[0]
