"""Canaries whose manifest asks the typed hooks, people who decide about them, and a Flagger that asks."""

from __future__ import annotations

from typing import Any

from dashboard.canary import Canary, parse
from gates import facts, typed
from gates.actions import Request, Subject, perform
from gates.approvals import Where
from gates.audit import Actor, Origin
from gates.confirm_rules import Hook
from gates.decisions import Outcome
from gates.facts import Facts
from gates.keys import DEFAULT_CLUSTER
from gates.situation import Asking
from tests.support import views

START, TRAFFIC, PROMOTION, ROLLBACK = (
    "confirm-rollout", "confirm-traffic-increase", "confirm-promotion", "rollback",
)  # fmt: skip
ALL = (START, TRAFFIC, PROMOTION, ROLLBACK)
Policies = dict[str, dict[str, str]]


def canary(name: str, phase: str, hooks: tuple[str, ...] = ALL, policies: Policies | None = None,
           **rest: Any) -> Canary:  # fmt: skip
    """In the namespace `test`; `policies` are the metadata of its hooks, by type."""
    raw = views.raw(name, "test", phase, **rest)
    raw["spec"]["analysis"]["webhooks"] = [
        {
            "type": hook,
            "name": hook,
            "url": f"http://aviary/hooks/{hook}",
            "timeout": "5s",
            "metadata": (policies or {}).get(hook, {}),
        }
        for hook in hooks
    ]
    return parse(DEFAULT_CLUSTER, raw)


def asks(name: str, hook: str, **metadata: str) -> str:
    """What Flagger is told, by another process than the one that draws the pages."""
    where = Where(DEFAULT_CLUSTER, "test", name, Hook(hook))
    known = facts.current(DEFAULT_CLUSTER, "test", name)
    assert isinstance(known, Facts)
    told = {key.replace("_", "-"): value for key, value in metadata.items()}
    asking = Asking(where, Origin("webhook"), told, known.checksum)
    verdict = typed.judge(asking, known)
    if typed.unanswered(verdict, where.hook):
        verdict = typed.settle(asking, known, float("inf"))
    return verdict.why


def decide(action: str, name: str, person: str = "hana", **more: Any) -> Outcome:
    """Somebody's decision, taken elsewhere."""
    subject = Subject(DEFAULT_CLUSTER, "test", name)
    return perform(action, Request(subject, Actor("person", person), Origin("api"), **more))
