"""For each code a Canary that it is about, and the same one mended as the warning's lines say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from tests.around.things import Raw as Thing
from tests.wiring.manifests import Raw, canary, hook, typed

START, TRAFFIC, PROMOTION = "confirm-rollout", "confirm-traffic-increase", "confirm-promotion"
BACK, POST, EVENT = "rollback", "post-rollout", "event"
MATCH: dict[str, Any] = {"iterations": 5, "match": [{"headers": {"x-insider": {"exact": "yes"}}}]}
COMMAND = {"cmd": "hey http://podinfo-canary.test:9898/"}
# Says no to a restart, so that nothing is said about restarts where that is not the point.
MORE = typed(TRAFFIC)
# Asked before the start and at every step, and can be rolled back.
HELD = (typed(START), MORE, typed(BACK))
# What takes its place where there are no steps.
INSTEAD = hook(PROMOTION, f"/hooks/{PROMOTION}", TRAFFIC)


class Case(NamedTuple):
    """`hook` is the name in the warning; the `…_around` what is in the cluster, by kind."""

    code: str
    wrong: Raw
    mended: Raw
    hook: str = ""
    level: str = "warning"
    wrong_around: Sequence[tuple[str, Thing]] = ()
    mended_around: Sequence[tuple[str, Thing]] = ()


def swapped(code: str, wrong: Raw, right: Raw, *others: Raw, level: str = "warning") -> Case:
    """One webhook is wrong, the rest stays."""
    return Case(code, canary(wrong, *others), canary(right, *others), wrong["name"], level)


def added(code: str, *hooks: Raw, missing: Raw, level: str = "warning", named: str = "") -> Case:
    """A webhook is missing."""
    return Case(code, canary(*hooks), canary(*hooks, missing), named, level)


def renamed(wrong: Raw, name: str) -> Raw:
    """The same webhook by another name."""
    return {**wrong, "name": name}


DANGERS = [
    swapped("hook-mismatch", wrong, right, level="danger")
    for wrong, right in [
        (hook(PROMOTION, "/hooks/confirm-rollout"), typed(PROMOTION)),
        (hook(START, "/hooks/confirm-promotion/security", "a"), renamed(typed(START), "a")),
        (hook(START, "/hooks/event"), typed(START)),
        (hook(START, "/hooks/rollback"), typed(START)),
        (hook(START, "/rollback/check"), typed(START)),
        (hook(TRAFFIC, "/gate/close"), typed(TRAFFIC)),
        (hook(BACK, "/gate/check"), typed(BACK)),
        (hook(BACK, "/gate/approve"), typed(BACK)),
        (hook(BACK, "/gate/close"), typed(BACK)),
        (hook(BACK, "/rollback/close"), typed(BACK)),
        (hook(BACK, "/hooks/confirm-promotion"), typed(BACK)),
        (hook(BACK, "/hooks/post-rollout"), typed(BACK)),
        (
            hook(BACK, "http://flagger-loadtester", metadata=COMMAND),
            hook(BACK, "http://flagger-loadtester/hooks/rollback"),
        ),
        (hook(EVENT, "/hooks/post-rollout"), typed(EVENT)),
        (hook(EVENT, "/gate/close"), typed(EVENT)),
        (hook("rollout", "/hooks/post-rollout"), hook("rollout", "/")),
    ]
]
HARMLESS = [
    swapped("hook-mismatch", hook(POST, path), typed(POST))
    for path in ("/hooks/event", "/gate/check", "/hooks/confirm-rollout")
]
OPENS = [
    swapped("hook-opens", hook(type_, path), right, level="danger")
    for type_, path, right in [
        (START, "/gate/open", typed(START)),
        (POST, "/rollback/open", typed(POST)),
        (BACK, "/rollback/open", typed(BACK)),
        ("pre-rollout", "/gate/open", hook("pre-rollout", "/")),
    ]
]
TESTS = [
    swapped("test-asks-gate", hook("pre-rollout", "/gate/check", "a"), renamed(typed(START), "a")),
    swapped("test-asks-gate", hook("rollout", "/hooks/confirm-promotion", "a"), renamed(typed(TRAFFIC), "a")),
    swapped("test-asks-gate", hook("pre-rollout", "/gate/halt", "a"), renamed(typed(START), "a")),
    Case(
        "test-asks-gate",
        canary(hook("rollout", "/gate/check", "a"), iterations=5),
        canary(renamed(typed(PROMOTION), "a"), iterations=5),
        "a",
    ),
]
GATES = [
    swapped("gate-halt", hook(START, "/gate/halt"), typed(START)),
    swapped("gate-halt", hook(BACK, "/gate/halt"), typed(BACK)),
    swapped("gate-approve", hook(PROMOTION, "/gate/approve"), typed(PROMOTION)),
    swapped("gate-foreign", hook(START, "http://ci.example/ready", metadata=COMMAND), typed(START)),
    swapped("gate-foreign", hook(START, "/gate/chek"), typed(START)),
    swapped("gate-foreign", hook(START, "/clusters/elsewhere/hooks/confirm-rollout"), typed(START)),
    swapped("gate-foreign", hook(PROMOTION, "/", metadata=COMMAND), typed(PROMOTION)),
    Case(
        "switch-shared",
        canary(hook(START, "/gate/check"), hook(PROMOTION, "/gate/check")),
        canary(typed(START), typed(PROMOTION)),
    ),
    Case(
        "switch-shared",
        canary(typed(START), renamed(typed(START), "again")),
        canary(typed(START), hook(START, "/hooks/confirm-rollout/2", "again")),
    ),
    Case(
        "switch-shared",
        canary(hook(START, "/hooks/confirm-rollout/qa"), hook(START, "/hooks/confirm-rollout/qa", "again")),
        canary(hook(START, "/hooks/confirm-rollout/qa"), hook(START, "/hooks/confirm-rollout/qa-2", "again")),
    ),
]
ENDINGS = [
    added("no-rollback", typed(START), missing=typed(BACK)),
    added("no-rollback", hook(BACK, "http://ci.example/broken"), missing=hook(BACK, "/hooks/rollback")),
    added("gate-not-closed", hook(START, "/gate/check"), missing=hook(POST, "/gate/close", "close gate")),
    added(
        "rollback-not-closed",
        hook(BACK, "/rollback/check"),
        missing=hook(POST, "/rollback/close", "close rollback"),
    ),
    added(
        "event-hidden",
        hook(EVENT, "http://slack.example/hook"),
        missing=hook(EVENT, "/hooks/event", "events to aviary"),
        named=EVENT,
    ),
]
RELEASES = [
    added("restart-unapproved", typed(START), missing=renamed(MORE, "more traffic"), named=START),
    Case(
        "restart-unapproved",
        canary(typed(START, approvals="2"), iterations=5),
        canary(typed(START, approvals="2", on_unapproved="rollback"), iterations=5),
        START,
    ),
    Case(
        "restart-unapproved",
        canary(typed(START), **MATCH),
        canary(typed(START, on_unapproved="rollback"), **MATCH),
        START,
    ),
    Case(
        "traffic-never-asked",
        canary(MORE, iterations=5),
        canary(INSTEAD, iterations=5),
        TRAFFIC,
    ),
    Case(
        "traffic-never-asked",
        canary(MORE, spec={"provider": "kubernetes"}),
        canary(INSTEAD, spec={"provider": "kubernetes"}),
        TRAFFIC,
    ),
    Case(
        "traffic-never-asked",
        canary(MORE, **MATCH),
        canary(INSTEAD, **MATCH),
        TRAFFIC,
    ),
    Case(
        "skip-analysis",
        canary(typed(PROMOTION), spec={"skipAnalysis": True}),
        canary(typed(PROMOTION), spec={"skipAnalysis": False}),
        level="info",
    ),
    added("freeze-not-enforceable", missing=renamed(typed(START), "start"), level="info"),
    Case("freeze-not-enforceable", canary(hook(START, "/gate/check")), canary(typed(START)), level="info"),
    Case(
        "freeze-not-enforceable",
        canary(MORE, iterations=5),
        canary(MORE, renamed(typed(START), "start"), iterations=5),
        level="info",
    ),
]
STEPS = [
    Case("steps-ignored", canary(stepWeight=10, stepWeights=[20, 50]), canary(stepWeights=[20, 50])),
    Case("steps-overshoot", canary(stepWeight=30, maxWeight=50), canary(stepWeights=[30, 50])),
    Case("steps-missing", canary(stepWeight=0), canary(stepWeights=[10, 25, 50])),
    Case("steps-missing", canary(stepWeights=[]), canary(stepWeights=[10, 25, 50])),
    Case("steps-descend", canary(stepWeights=[50, 30]), canary(stepWeights=[30, 50])),
    Case("steps-descend", canary(stepWeights=[0, 20, 20, 40]), canary(stepWeights=[20, 40])),
    Case("steps-descend", canary(stepWeights=[0]), canary(stepWeights=[10, 25, 50])),
    Case(
        "steps-jump",
        canary(stepWeights=[10, 50], status={"phase": "Progressing", "canaryWeight": 20}),
        canary(stepWeights=[10, 20, 50], status={"phase": "Progressing", "canaryWeight": 20}),
        level="danger",
    ),
]
POLICIES = [
    swapped(
        "policy-problem",
        typed(START, approvals="two", deadline="1d"),
        typed(START, approvals="2", deadline="4h"),
        MORE,
    ),
    swapped("policy-unknown", typed(PROMOTION, aprovals="3"), typed(PROMOTION, approvals="3")),
    swapped("policy-unknown", typed(PROMOTION, team="shop"), typed(PROMOTION)),
    swapped(
        "policy-unknown",
        typed(PROMOTION, on_deadline="rollback"),
        typed(PROMOTION, on_deadline="rollback", deadline="4h"),
    ),
    swapped(
        "policy-ignored",
        hook(START, "/gate/check", metadata={"approvals": "2"}),
        typed(START, approvals="2"),
        MORE,
    ),
    swapped(
        "deadline-at-start",
        typed(START, deadline="4h", on_deadline="rollback"),
        typed(START, deadline="4h", on_deadline="reject"),
        level="info",
    ),
]
TIMES = [
    Case(
        "timeouts-exceed-interval",
        # 3 × 10 s and pauses of 1 s and 2 s before the retries, then 30 s.
        canary(typed(BACK) | {"retries": 2}, hook("rollout", "/", timeout="30s"), interval="1m"),
        canary(typed(BACK) | {"retries": 2}, hook("rollout", "/", timeout="30s"), interval="63s"),
        level="info",
    ),
    Case(
        "timeouts-exceed-interval",
        canary(typed(START) | {"timeout": "11s"}, interval="10s"),
        canary(typed(START) | {"timeout": "11s"}, interval="11s"),
        level="info",
    ),
    swapped("timeout-unlimited", typed(EVENT) | {"timeout": "0s"}, typed(EVENT) | {"timeout": "5s"}),
]
CASES = [
    *DANGERS,
    *HARMLESS,
    *OPENS,
    *TESTS,
    *GATES,
    *ENDINGS,
    *RELEASES,
    *STEPS,
    *POLICIES,
    *TIMES,
]
