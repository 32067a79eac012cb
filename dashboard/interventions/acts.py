"""What can be asked for, which object it changes, and how that is read before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from dashboard.resources import CANARIES, TARGETS, Resource
from dashboard.wire import Raw

# As `kubectl rollout restart` does it.
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


class Act(StrEnum):
    """One change of the cluster; the value is its name in addresses."""

    SUSPEND = "suspend"
    RESUME = "resume"
    PROMOTE_NOW = "promote-now"
    RETRY = "retry"
    # Not for people: skipAnalysis is taken back after the release.
    TAKE_BACK = "take-back"


OFFERED = (Act.SUSPEND, Act.RESUME, Act.PROMOTE_NOW, Act.RETRY)
# Everything that starts or promotes something waits for the end of a freeze. Resuming does not: only then
# does Flagger ask again whether to roll back, and a rollback is never blocked.
FROZEN = frozenset({Act.PROMOTE_NOW, Act.RETRY})
REASON_REQUIRED = frozenset({Act.SUSPEND, Act.PROMOTE_NOW, Act.RETRY})
# A change of production that is not undone by pressing another button: Flagger stops to look after it, sends
# all traffic, or starts over.
DANGEROUS = REASON_REQUIRED
# The action codes of the entries: done; the others are these with a word behind.
DONE = {
    Act.SUSPEND: "canary.suspended",
    Act.RESUME: "canary.resumed",
    Act.PROMOTE_NOW: "canary.promoted-now",
    Act.RETRY: "canary.retried",
    Act.TAKE_BACK: "canary.taken-back",
}
CODES = {act: f"canary.{act}" for act in Act}


@dataclass(frozen=True, slots=True)
class Patch:
    """What to change where, bound to the version of `seen`, and its state before for the log."""

    resource: Resource
    namespace: str
    name: str
    body: Mapping[str, Any]
    before: dict[str, Any]


def resource_of(act: Act, target_kind: str) -> Resource | None:
    """The kind of object that is patched; None for a target without a pod template of its own."""
    if act is not Act.RETRY:
        return CANARIES
    found = TARGETS.get(target_kind)
    return found if found is not None and found.kind != "Service" else None


def patch(act: Act, resource: Resource, seen: Raw, before: Mapping[str, Any] | None = None) -> Patch:
    """The patch of the object `seen`; `before`: what a taken-back promotion had found."""
    meta = seen["metadata"]
    return Patch(
        resource,
        meta["namespace"],
        meta["name"],
        {"metadata": {"resourceVersion": meta["resourceVersion"]}, **_change(act, before or {})},
        state(act, seen),
    )


def _change(act: Act, before: Mapping[str, Any]) -> dict[str, Any]:
    if act is Act.SUSPEND:
        return {"spec": {"suspend": True}}
    if act is Act.RESUME:
        # Taken away, not false: a manifest in git that never had the field does not differ then.
        return {"spec": {"suspend": None}}
    if act is Act.PROMOTE_NOW:
        return {"spec": {"skipAnalysis": True}}
    if act is Act.TAKE_BACK:
        return {"spec": {"skipAnalysis": before.get("skipAnalysis")}}
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: now}}}}}


def state(act: Act, thing: Raw) -> dict[str, Any]:
    """What the act changes, as the object has it, with its version; a field that is not there is None."""
    spec = thing.get("spec") or {}
    version = {"resourceVersion": str(thing["metadata"].get("resourceVersion", ""))}
    if act is Act.RETRY:
        metadata = (spec.get("template") or {}).get("metadata") or {}
        return {"restartedAt": (metadata.get("annotations") or {}).get(RESTARTED_AT), **version}
    field = "suspend" if act in (Act.SUSPEND, Act.RESUME) else "skipAnalysis"
    return {field: spec.get(field), **version}
