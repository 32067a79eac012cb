"""One change asked for by a person or a token: the rules, the request in the log, the patch, the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.conf import settings
from django.utils.translation import gettext as _

from dashboard import canary, workloads
from dashboard.canary import Canary
from dashboard.cluster_errors import (
    ClusterError,
    Conflict,
    Forbidden,
    NoConnection,
    NotFound,
    Rejected,
)
from dashboard.interventions import acts, port, records, rights, rules
from dashboard.interventions.acts import Act, Patch
from dashboard.interventions.records import FAILED, UNKNOWN, Begin, Result
from dashboard.models import Intervention
from dashboard.resources import CANARIES
from gates import facts, refusals
from gates.actions import LONGEST_REASON
from gates.asked_for import Refused, Request, Subject, same_revision
from gates.facts import Facts, Unreadable
from gates.models import AuditEntry

# The change was surely not made: code and status of the refusal.
NOT_MADE: dict[type[ClusterError], tuple[str, int]] = {
    Conflict: ("changed-meanwhile", 409),
    Forbidden: ("not-permitted", 403),
    NotFound: ("no-such-canary", 404),
    Rejected: ("rejected-by-cluster", 409),
    NoConnection: ("cluster-unreachable", 503),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """The canary read live: as the gates see it, and as an object with its version."""

    facts: Facts
    canary: Canary
    patch: Patch


def perform(act: Act, request: Request, *, take_back: bool = False) -> AuditEntry:
    """Make the change; returns the entry that says so. Raises Refused (an entry too), or django.db.Error.

    Waits for the cluster, for seconds when it is slow: call it from a worker thread.
    """
    about = request.actor, request.origin, request.subject
    with refusals.entered(refusals.INTERVENTION, *about, kind=act.value, reason=request.reason):
        request, seen = _checked(act, request)
    wanted = seen.patch
    intervention = records.begin(
        Begin(
            act=act,
            subject=request.subject,
            actor=request.actor,
            origin=request.origin,
            reason=request.reason,
            facts=seen.facts,
            uid=seen.canary.uid,
            before=wanted.before,
            wanted=_wanted(wanted, act, take_back),
            take_back=take_back and act is Act.PROMOTE_NOW,
        )
    )
    return _patch(act, request, seen, intervention)


def _checked(act: Act, request: Request) -> tuple[Request, Seen]:
    """The request with its reason, and what it would change; Refused before anything is entered."""
    if not settings.INTERVENTIONS:
        raise Refused("interventions-off", switched_off(), 403)
    request = replace(request, reason=_reason(act, request.reason))
    seen = _look(act, request)
    if rights.may_patch(seen.patch.resource, seen.patch.namespace, request.subject.cluster) is False:
        raise Refused("not-permitted", not_permitted(seen.patch), 403)
    return request, seen


def _patch(act: Act, request: Request, seen: Seen, intervention: Intervention) -> AuditEntry:
    said = request.actor, request.origin
    try:
        after = port.patch(request.subject.cluster, seen.patch)
    except ClusterError as error:
        code, status = NOT_MADE.get(type(error), ("outcome-unknown", 503))
        word = UNKNOWN if code == "outcome-unknown" else FAILED
        after_all = look_again(act, request.subject.cluster, seen.patch) if word == UNKNOWN else {}
        records.finish(intervention, Result(word, after_all, str(error), seen.facts), *said)
        raise Refused(code, _told(code, error, seen.patch), status) from None
    newer = act is Act.PROMOTE_NOW and _newer(request.subject, seen.facts)
    result = Result(after=acts.state(act, after), reason=request.reason, facts=seen.facts)
    entry = records.finish(intervention, result, *said, take_back=True if newer else None)
    if newer:
        raise Refused(
            "revision-changed",
            _("A newer revision appeared at the same moment: what was set is taken back now. Look again."),
        )
    return entry


def switched_off() -> str:
    """Why nothing can be changed, whoever asks."""
    return _("Switched off here by AVIARY_INTERVENTIONS.")


def look_again(act: Act, cluster: str, wanted: Patch) -> dict[str, object]:
    """The object's state now; empty when it cannot be read."""
    try:
        return acts.state(act, port.get(cluster, wanted.resource, wanted.namespace, wanted.name))
    except ClusterError:
        return {}


def not_permitted(wanted: Patch) -> str:
    """What the account lacks."""
    return _("Aviary's account may not patch %(what)s in %(namespace)s.") % {
        "what": wanted.resource.title,
        "namespace": wanted.namespace,
    }


def _look(act: Act, request: Request) -> Seen:
    """Read live, and hold against the rules; the object to be patched is read last."""
    subject = request.subject
    known = facts.live_from_thread(subject.cluster, subject.namespace, subject.name)
    if isinstance(known, Unreadable):
        if known.missing:
            raise Refused("no-such-canary", _("The cluster has no such canary."), 404)
        raise _unreadable(known.why)
    same_revision(request, known)
    try:
        raw = port.get(subject.cluster, CANARIES, subject.namespace, subject.name)
        found = canary.parse(subject.cluster, raw)
        if why := rules.why_not(act, found):
            raise Refused("not-now", why)
        resource = acts.resource_of(act, found.target_kind) or CANARIES
        if resource is not CANARIES:
            raw = port.get(subject.cluster, resource, subject.namespace, found.target_name)
            known = replace(known, revision=workloads.parse(resource.kind, raw).revision)
            same_revision(request, known)
    except NotFound as error:
        raise Refused("no-such-canary", str(error), 404) from None
    except ClusterError as error:
        raise _unreadable(str(error)) from None
    if act is Act.PROMOTE_NOW and not known.revision:
        raise _unreadable(_("its target cannot be read"))
    return Seen(known, found, acts.patch(act, resource, raw))


def _unreadable(why: str) -> Refused:
    message = _("The canary cannot be read now, so nothing was changed: %(why)s.")
    return Refused("cluster-unreadable", message % {"why": why}, 503)


def _newer(subject: Subject, bound: Facts) -> bool:
    """Another revision is there by now: its analysis would be skipped."""
    now = facts.live_from_thread(subject.cluster, subject.namespace, subject.name)
    return isinstance(now, Facts) and now.revision not in {"", bound.revision}


def _wanted(patch: Patch, act: Act, take_back: bool) -> dict[str, object]:
    if act is Act.RETRY:
        annotations = patch.body["spec"]["template"]["metadata"]["annotations"]
        return {"restartedAt": annotations[acts.RESTARTED_AT]}
    return {**patch.body["spec"], **({"take_back": take_back} if act is Act.PROMOTE_NOW else {})}


def _told(code: str, error: ClusterError, wanted: Patch) -> str:
    if code == "changed-meanwhile":
        return _("It was changed in the cluster at the same moment, so nothing was done. Look again.")
    if code == "not-permitted":
        return not_permitted(wanted)
    if code == "outcome-unknown":
        message = _("The API server did not say whether it made the change (%(why)s): look at the cluster.")
        return message % {"why": error}
    return _("Nothing was changed: %(why)s.") % {"why": error}


def _reason(act: Act, text: str) -> str:
    reason = text.strip()
    if len(reason) > LONGEST_REASON:
        raise Refused("reason-too-long", _("The reason is longer than 2,000 characters: shorten it."), 400)
    if "\x00" in reason:
        raise Refused("reason-unreadable", _("The reason contains a NUL character: remove it."), 400)
    if act in acts.REASON_REQUIRED and not reason:
        raise Refused("reason-required", _("This needs a reason."), 400)
    return reason
