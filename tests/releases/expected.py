"""What the record of each recording must be, written by hand from the recording.

A state is (time, phase, weight, failed checks, iteration); all is on one day, in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass

P, WP, PR, F, S = "Progressing", "WaitingPromotion", "Promoting", "Finalising", "Succeeded"
PROMOTED = "Canary analysis completed successfully, promotion finished."
ROLLED_BACK = "Canary analysis failed, Deployment scaled to zero."
VIRTUAL_SERVICE = "VirtualService test-api"
State = tuple[str, str, int, int, int]


@dataclass(frozen=True)
class Expected:
    """One release. `old`, `new`: images, and by them the revisions."""

    states: tuple[State, ...]
    began: str
    ended: str
    promoting: str = ""
    started: str = ""
    outcome: str = "succeeded"
    message: str = PROMOTED
    steps: tuple[int, ...] = ()
    threshold: int = 5
    strategy: str = "canary"
    reached: int = 0
    failed_checks: int = 0
    new: str = "app:2.0.0"
    source: str = VIRTUAL_SERVICE
    run: str = ""
    skipped: bool = False
    waited: float = 0
    checks: tuple[tuple[str, float | None, float | None, str, str, str], ...] = ()


EXPECTED: dict[str, list[Expected]] = {
    "seed-steps": [
        Expected(
            (
                ("13:59:52", P, 0, 0, 0), ("14:00:03", P, 10, 0, 0), ("14:00:12", P, 25, 0, 0),
                ("14:00:22", P, 50, 0, 0), ("14:00:32", P, 90, 0, 0), ("14:00:42", PR, 90, 0, 0),
                ("14:00:52", F, 0, 0, 0), ("14:01:02", S, 0, 0, 0),
            ),
            began="13:59:52", promoting="14:00:42", ended="14:01:02", steps=(10, 25, 50, 90), reached=90,
        )
    ],
    "confirm-rollout": [
        Expected(
            (
                ("13:59:52", "Waiting", 0, 0, 0), ("14:00:22", P, 0, 0, 0), ("14:00:32", P, 30, 0, 0),
                ("14:00:42", P, 60, 0, 0), ("14:00:52", PR, 60, 0, 0), ("14:01:02", F, 0, 0, 0),
                ("14:01:12", S, 0, 0, 0),
            ),
            began="13:59:52", started="14:00:22", promoting="14:00:52", ended="14:01:12", steps=(30, 60),
            reached=60, waited=30,
        )
    ],
    "confirm-promotion": [
        Expected(
            (
                ("13:59:52", P, 0, 0, 0), ("14:00:02", P, 50, 0, 0), ("14:00:12", WP, 50, 0, -1),
                ("14:00:42", PR, 50, 0, -1), ("14:00:52", F, 0, 0, 0), ("14:01:02", S, 0, 0, 0),
            ),
            began="13:59:52", promoting="14:00:42", ended="14:01:02", steps=(50,), reached=50, waited=30,
        )
    ],
    "confirm-traffic": [
        Expected(
            (
                ("13:59:52", P, 0, 0, 0), ("14:00:32", P, 20, 0, 0), ("14:01:02", P, 60, 0, 0),
                ("14:01:12", PR, 60, 0, 0), ("14:01:22", F, 0, 0, 0), ("14:01:32", S, 0, 0, 0),
            ),
            began="13:59:52", promoting="14:01:12", ended="14:01:32", steps=(20, 60), reached=60,
        )
    ],
    "all-gates": [
        Expected(
            (
                ("14:10:07", P, 0, 0, 0), ("14:10:17", P, 30, 0, 0), ("14:10:27", P, 60, 0, 0),
                ("14:10:37", PR, 60, 0, 0), ("14:10:47", F, 0, 0, 0), ("14:10:57", S, 0, 0, 0),
            ),
            began="14:10:07", promoting="14:10:37", ended="14:10:57", steps=(30, 60), reached=60,
        )
    ],
    "new-revision": [
        Expected(
            (("13:59:52", P, 0, 0, 0), ("14:00:02", P, 10, 0, 0), ("14:00:12", P, 20, 0, 0)),
            began="13:59:52", ended="14:00:22", outcome="superseded", message="", steps=(10, 20, 40),
            reached=20,
        ),
        Expected(
            (
                ("14:00:22", P, 0, 0, 0), ("14:00:32", P, 10, 0, 0), ("14:00:42", P, 20, 0, 0),
                ("14:00:52", P, 40, 0, 0), ("14:01:02", PR, 40, 0, 0), ("14:01:12", F, 0, 0, 0),
                ("14:01:22", S, 0, 0, 0),
            ),
            began="14:00:22", promoting="14:01:02", ended="14:01:22", steps=(10, 20, 40), reached=40,
            new="app:3.0.0", run="13:59:52",
        ),
    ],
    "rollback": [
        Expected(
            (
                ("13:59:52", P, 0, 0, 0), ("14:00:03", P, 10, 0, 0), ("14:00:12", P, 25, 0, 0),
                ("14:00:22", "Failed", 0, 0, 0),
            ),
            began="13:59:52", ended="14:00:22", outcome="failed", message=ROLLED_BACK,
            steps=(10, 25, 50, 90), reached=25,
        )
    ],
    "failing-hook": [
        Expected(
            (
                ("13:59:52", P, 0, 0, 0), ("14:00:02", P, 10, 0, 0), ("14:00:12", P, 10, 1, 0),
                ("14:00:22", P, 10, 2, 0), ("14:00:32", "Failed", 0, 0, 0),
            ),
            began="13:59:52", ended="14:00:32", outcome="failed", message=ROLLED_BACK,
            steps=(10, 25, 50, 90), threshold=2, reached=10, failed_checks=2,
        )
    ],
    "metrics": [
        Expected(
            (
                ("14:10:09", P, 0, 0, 0), ("14:10:19", P, 20, 0, 0), ("14:10:29", P, 40, 0, 0),
                ("14:10:39", P, 40, 1, 0), ("14:10:49", PR, 40, 1, 0), ("14:10:59", F, 0, 1, 0),
                ("14:11:09", S, 0, 1, 0),
            ),
            began="14:10:09", promoting="14:10:49", ended="14:11:09", steps=(20, 40), threshold=3,
            reached=40, failed_checks=1, checks=(("request-success-rate", 99, None, "%", "30s", ""),),
        )
    ],
    "stuck": [
        Expected(
            (("14:10:09", P, 0, 0, 0), ("14:11:10", "Failed", 0, 0, 0)),
            began="14:10:09", ended="14:11:10", outcome="failed", message=ROLLED_BACK,
            steps=(10, 25, 50, 90), threshold=3, new="app:2.0.0-stuck",
        )
    ],
    "deletion": [
        Expected(
            (
                ("14:10:09", P, 0, 0, 0), ("14:10:19", P, 10, 0, 0), ("14:10:29", P, 25, 0, 0),
                ("14:10:30", "Terminating", 25, 0, 0),
            ),
            began="14:10:09", ended="14:10:30", outcome="removed", message="", steps=(10, 25, 50, 90),
            reached=25,
        )
    ],
    "skip-analysis": [
        Expected(
            (("13:59:42", P, 0, 0, 0), ("13:59:52", S, 0, 0, 0)),
            began="13:59:42", ended="13:59:52", steps=(10, 25, 50, 90), skipped=True,
        )
    ],
    "step-promotion": [
        Expected(
            (
                ("14:36:45", P, 0, 0, 0), ("14:36:54", P, 50, 0, 0), ("14:37:04", PR, 50, 0, 0),
                ("14:37:14", PR, 25, 0, 0), ("14:37:24", F, 0, 0, 0), ("14:37:34", S, 0, 0, 0),
            ),
            began="14:36:45", promoting="14:37:04", ended="14:37:34", steps=(50,), reached=50,
        )
    ],
    "gateway-api": [
        Expected(
            (
                ("14:36:52", P, 0, 0, 0), ("14:37:02", P, 20, 0, 0), ("14:37:12", P, 60, 0, 0),
                ("14:37:22", PR, 60, 0, 0), ("14:37:32", F, 0, 0, 0), ("14:37:42", S, 0, 0, 0),
            ),
            began="14:36:52", promoting="14:37:22", ended="14:37:42", steps=(20, 60), reached=60,
            source="HTTPRoute test-api",
        )
    ],
    "blue-green": [
        Expected(
            (
                ("13:59:52", P, 0, 0, 0), ("14:00:02", P, 0, 0, 1), ("14:00:12", P, 0, 0, 2),
                ("14:00:22", P, 0, 0, 3), ("14:00:32", P, 0, 0, 4), ("14:00:42", PR, 0, 0, 4),
                ("14:00:52", F, 0, 0, 0), ("14:01:02", S, 0, 0, 0),
            ),
            began="13:59:52", promoting="14:00:42", ended="14:01:02", strategy="blue/green", threshold=2,
            source="status",
        )
    ],
    "ab-test": [
        Expected(
            (
                ("13:59:52", P, 0, 0, 0), ("14:00:02", P, 100, 0, 1), ("14:00:12", P, 100, 0, 2),
                ("14:00:22", P, 100, 0, 3), ("14:00:32", PR, 100, 0, 3), ("14:00:42", F, 0, 0, 0),
                ("14:00:52", S, 0, 0, 0),
            ),
            began="13:59:52", promoting="14:00:32", ended="14:00:52", strategy="a/b testing", threshold=2,
            reached=100,
        )
    ],
}  # fmt: skip
