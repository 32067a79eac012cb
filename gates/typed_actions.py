"""Decisions about the typed hooks: approve, hold (reject), withdraw; and a comment without a decision."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext as _

from gates import approvals, audit, decisions, policy
from gates.approvals import Said, Where
from gates.asked_for import Refused, Request, same_revision
from gates.audit import Draft
from gates.confirm_rules import ASKED_IN, CONFIRM, TOTAL, Hook, Reach
from gates.facts import Facts, Unreadable
from gates.models import Approval, AuditEntry
from gates.policy import Policy
from gates.policy_of import spec_of

COMMENTED = "comment.made"


def perform(action: str, request: Request, known: Facts | Unreadable) -> AuditEntry | None:
    """Take the decision when it is about a typed hook; None when it is about the drop-in gate."""
    if action == "comment":
        return _comment(request, known)
    if action == "close":
        return None if request.decision is None else _withdraw(request, request.decision, known)
    if action == "rollback":
        return _reject_start(request, known) if _waits_to_start(request, known) else None
    hook, request = _hook(request, known)
    if hook is None:
        return None
    same_revision(request, known)
    facts = _readable(known)
    found = _policy(facts, hook, request.gate)
    if action == "hold":
        return approvals.say(_where(request, hook), _said(approvals.REJECT, request, facts))
    if found.problem:
        message = _("The policy in the manifest cannot be used, so nothing is approved: %(problem)s.")
        raise Refused("policy-unreadable", message % {"problem": found.problem})
    _permitted(request, found)
    reach, weight = _reach(request, hook, facts)
    said = replace(_said(approvals.APPROVE, request, facts), reach=reach, weight=weight)
    return approvals.say(_where(request, hook), said)


def next_hook(known: Facts) -> Hook | None:
    """The typed hook that Flagger asks next, or now; None when the manifest has none for that moment."""
    typed_hooks = {spec.typed for spec in known.specs}
    if known.phase in ASKED_IN[Hook.START]:
        order = [Hook.START]
    elif known.phase == "Progressing" and known.next_weight is not None:
        order = [Hook.TRAFFIC, Hook.PROMOTION]
    elif known.phase in ASKED_IN[Hook.PROMOTION]:
        # At the maximum, a promotion approval answers the question about traffic as well.
        order = [Hook.PROMOTION, Hook.TRAFFIC]
    else:
        order = []
    return next((hook for hook in order if hook in typed_hooks), None)


def _hook(request: Request, known: Facts | Unreadable) -> tuple[Hook | None, Request]:
    """What is decided about; where nothing is named, the request with the gate that is meant."""
    if request.hook == "gate" or request.until is not None:
        return None, request
    if request.hook:
        if request.hook not in CONFIRM:
            names = ", ".join(sorted(CONFIRM))
            message = _("The hook must be one of %(names)s, or gate.") % {"names": names}
            raise Refused("hook-unknown", message, 400)
        return Hook(request.hook), request
    if not isinstance(known, Facts):
        return None, request
    hook = next_hook(known)
    if hook is None and _only_typed(known):
        raise Refused("nothing-asked", _("Flagger asks nothing here now: there is nothing to decide."))
    named = sorted({spec.gate for spec in known.specs if hook is not None and spec.typed == hook})
    if request.gate or not named or "" in named:
        return hook, request
    if len(named) > 1:
        message = _("There are several gates: say which, %(names)s.") % {"names": ", ".join(named)}
        raise Refused("gate-required", message, 400)
    return hook, replace(request, gate=named[0])


def _only_typed(known: Facts) -> bool:
    """Every confirm webhook has an address of its own: a drop-in gate would have no effect."""
    confirming = [spec for spec in known.specs if spec.type in CONFIRM]
    return bool(confirming) and all(spec.typed for spec in confirming)


def _waits_to_start(request: Request, known: Facts | Unreadable) -> bool:
    """Nothing runs yet, so rolling back means that this revision is not to start."""
    if not isinstance(known, Facts) or known.phase != "Waiting":
        return False
    return any(spec.typed == Hook.START for spec in known.specs)


def _reject_start(request: Request, known: Facts | Unreadable) -> AuditEntry:
    if not request.reason:
        raise Refused("reason-required", _("Rejecting a revision needs a reason."), 400)
    same_revision(request, known)
    facts = _readable(known)
    # One rejected start stops all of them; the gate that was named is the one to withdraw it at.
    gates = [spec.gate for spec in facts.specs if spec.typed == Hook.START]
    gate = request.gate if request.gate in gates else gates[0]
    where = _where(replace(request, gate=gate), Hook.START)
    return approvals.say(where, _said(approvals.REJECT, request, facts))


def _readable(known: Facts | Unreadable) -> Facts:
    if isinstance(known, Facts) and known.revision:
        return known
    why = known.why if isinstance(known, Unreadable) else _("its target cannot be read")
    message = _("A decision is about one revision, and the revision cannot be read now: %(why)s.")
    raise Refused("revision-unknown", message % {"why": why})


def _where(request: Request, hook: Hook) -> Where:
    subject = request.subject
    return Where(subject.cluster, subject.namespace, subject.name, hook, request.gate)


def _said(verdict: str, request: Request, known: Facts) -> Said:
    return Said(verdict, request.actor, request.origin, known, request.reason, groups=request.groups)


def _policy(known: Facts, hook: Hook, gate: str) -> Policy:
    spec = spec_of(known, hook, gate)
    if spec is None:
        message = _("The manifest has no %(hook)s webhook here: a decision would have no effect.")
        raise Refused("no-such-hook", message % {"hook": f"{hook}/{gate}" if gate else hook})
    return policy.read(spec.metadata)


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
    wanted = request.reach or str(Reach.ALL if known.next_weight is None else Reach.STEP)
    if wanted not in set(Reach):
        raise Refused("reach-unknown", _("The reach must be step, up-to or all."), 400)
    reach = Reach(wanted)
    if reach is Reach.STEP:
        if known.next_weight is None:
            message = _("There is no further step: approve the promotion, or all the way.")
            raise Refused("no-further-step", message)
        step = min(known.next_weight, TOTAL)
        if request.weight not in {None, step}:
            message = _("The next step is another one by now, %(step)s %%. Look again.")
            raise Refused("step-changed", message % {"step": step})
        return reach, step
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
    entries = approvals.end([row], approvals.WITHDRAWN, request.actor, request.origin, facts, request.reason)
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
                action=COMMENTED,
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
