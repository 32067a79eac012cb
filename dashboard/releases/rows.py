"""Releases as rows, and rows as what was seen: the two forms of one record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dashboard.models import Release
from dashboard.releases.changes import template_diff
from dashboard.releases.reading import State
from dashboard.releases.recorder import RUNNING, SUPERSEDED, Run
from dashboard.releases.sight import ENDS, WAITING, About, Plan, Sight
from dashboard.releases.where import Where

Outcome = Release.Outcome
# What each new state changes; everything else only when a release begins, turns or ends.
COUNTERS = ("last_version", "reached", "failed_checks")
Columns = tuple[int, dict[str, Any]]


def sights(row: Release, states: Sequence[State]) -> list[Sight]:
    """What a kept release says was seen."""
    about = About(
        row.revision,
        row.revision_version,
        row.previous,
        tuple((container, old, new) for container, old, new in row.images),
        row.changes or None,
    )
    plan = Plan(
        row.strategy,
        tuple(row.steps),
        row.threshold,
        row.skipped,
        tuple((name, low, high, *rest) for name, low, high, *rest in row.checks),
    )
    found = [_sight(row, state, about, plan) for state in states]
    last = states[-1] if states else None
    if last and last.phase not in ENDS and row.outcome not in (RUNNING, SUPERSEDED):
        at = row.ended_at or last.at
        found.append(Sight(row.uid, last.version, at, row.made_at, last.phase, ends=row.outcome, row=row.pk))
    return found


def _sight(row: Release, state: State, about: About, plan: Plan) -> Sight:
    ended = state.phase in ENDS
    return Sight(
        uid=row.uid,
        version=state.version,
        at=state.at,
        made_at=row.made_at,
        phase=state.phase,
        phase_at=state.phase_at,
        run_at=None if ended else row.run_at,
        checksum="" if state.phase == WAITING else row.checksum,
        applied=row.applied,
        message=row.message if ended else "",
        weight=state.weight,
        mirrored=state.mirrored,
        weight_source=state.weight_source,
        weight_version=state.weight_version,
        failed_checks=state.failed_checks,
        iteration=state.iteration,
        about=about,
        plan=plan,
        row=row.pk,
    )


def values(run: Run, uid: str, where: Where) -> dict[str, Any]:
    """The columns of a run, but for what people did and how it was watched."""
    about, plan = run.about, run.plan
    return {
        "uid": uid,
        "made_at": run.sights[0].made_at,
        "current": where.subject if run.outcome == RUNNING else None,
        "run_at": run.run_at,
        "checksum": run.checksum,
        "applied": run.applied,
        "revision": about.revision,
        "revision_version": about.version,
        "previous": about.previous,
        "images": [list(each) for each in about.images],
        "changes": template_diff(about),
        "strategy": plan.strategy,
        "steps": list(plan.steps),
        "threshold": plan.threshold,
        "skipped": plan.skipped,
        "checks": [list(each) for each in plan.checks],
        "began_at": run.began_at,
        "started_at": run.started_at,
        "promoting_at": run.promoting_at,
        "ended_at": run.ended_at,
        "outcome": run.outcome,
        "message": run.message,
        "reached": max(sight.weight for sight in run.sights),
        "failed_checks": max(sight.failed_checks for sight in run.sights),
        "first_version": run.first_version,
        "last_version": run.last_version,
        "from_start": run.from_start,
    }


def created(run: Run, uid: str, where: Where, now: datetime) -> Release:
    """A new row, not yet saved."""
    return Release(
        subject=where.subject,
        cluster=where.cluster,
        namespace=where.namespace,
        name=where.name,
        watched_at=now,
        why=run.message,
        **values(run, uid, where),
    )


def states(run: Run) -> list[Columns]:
    """The columns of each state, by version."""
    return [
        (
            sight.version,
            {
                "at": sight.at,
                "phase": sight.phase,
                "phase_at": sight.phase_at,
                "weight": sight.weight,
                "mirrored": sight.mirrored,
                "weight_source": sight.weight_source,
                "weight_version": sight.weight_version,
                "failed_checks": sight.failed_checks,
                "iteration": sight.iteration,
            },
        )
        for sight in run.sights
    ]


def changed(row: Any, wanted: dict[str, Any]) -> list[str]:
    """Take these values over; the columns that were different."""
    different = [name for name, value in wanted.items() if getattr(row, name) != value]
    for name in different:
        setattr(row, name, wanted[name])
    return different
