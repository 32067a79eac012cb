"""Releases in the form in which they are compared: everything, but for the numbers of rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dashboard.models import Release
from dashboard.revision import revision
from tests.releases.expected import Expected
from tests.releases.telling import writes
from tests.support.traces import FIRST_IMAGE, deployment

DAY = "2026-11-24T{}+00:00"


def kept(namespace: str = "") -> list[dict[str, Any]]:
    """What is in the database, oldest first; of one namespace when it is named."""
    found = Release.objects.filter(namespace=namespace) if namespace else Release.objects.all()
    return [_record(release) for release in found.order_by("first_version")]


def expected(trace: str, record: Expected, old: str = FIRST_IMAGE) -> dict[str, Any]:
    """The same of what was written by hand."""
    namespace, name = writes(trace)[1].key
    ended = record.ended
    return {
        "namespace": namespace,
        "name": name,
        "current": record.outcome == "running",
        "revision": _revision(namespace, name, record.new),
        "previous": _revision(namespace, name, old),
        "images": [["app", old, record.new]],
        "changed_lines": {f"-  - image: {old}", f"+  - image: {record.new}"},
        "strategy": record.strategy,
        "steps": list(record.steps),
        "threshold": record.threshold,
        "skipped": record.skipped,
        "checks": [list(check) for check in record.checks],
        "run": _time(record.run or record.began),
        "times": [
            _time(record.began),
            _time(record.started or record.began),
            _time(record.promoting),
            _time(ended),
        ],
        "outcome": record.outcome,
        "message": record.message,
        "reached": record.reached,
        "failed_checks": record.failed_checks,
        "from_start": True,
        "gaps": [],
        "states": [(_time(at), *state, record.source) for at, *state in record.states],
    }


def _record(release: Release) -> dict[str, Any]:
    lines = release.changes.splitlines()
    times = (release.began_at, release.started_at, release.promoting_at, release.ended_at)
    return {
        "namespace": release.namespace,
        "name": release.name,
        "current": release.current == release.subject,
        "revision": release.revision,
        "previous": release.previous,
        "images": release.images,
        "changed_lines": {line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")},
        "strategy": release.strategy,
        "steps": release.steps,
        "threshold": release.threshold,
        "skipped": release.skipped,
        "checks": release.checks,
        "run": _text(release.run_at),
        "times": [_text(at) for at in times],
        "outcome": release.outcome,
        "message": release.message,
        "reached": release.reached,
        "failed_checks": release.failed_checks,
        "from_start": release.from_start,
        "gaps": release.gaps,
        "states": [
            (_text(each.at), each.phase, each.weight, each.failed_checks, each.iteration, each.weight_source)
            for each in release.states.all()
        ],
    }


def _revision(namespace: str, name: str, image: str) -> str:
    return revision("Deployment", deployment(namespace, name, image))


def _time(clock: str) -> str | None:
    return DAY.format(clock) if clock else None


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
