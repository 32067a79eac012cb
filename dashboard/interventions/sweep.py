"""Beside the requests: ends what was broken off, and takes skipAnalysis back once its release is over.

Rows in the database say what is to be done, so it survives restarts; of several replicas one claims a row.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from django.db import Error
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard import canary, workloads
from dashboard.canary import Canary
from dashboard.cluster_errors import ClusterError, Conflict, NotFound
from dashboard.interventions import acts, port, records, rules
from dashboard.interventions.acts import Act
from dashboard.interventions.records import ABANDONED, FAILED, Result
from dashboard.models import Intervention
from dashboard.resources import CANARIES, TARGETS, Resource
from dashboard.wire import Raw
from gates import facts, metrics
from gates.facts import Facts
from gates.thread_connection import beside

log = logging.getLogger(__name__)
PAUSE = 2.0
ATTEMPTS = 5


async def run() -> None:
    """Sweep for ever; a database that does not answer is tried again."""
    while True:
        try:
            await beside(sweep)
        except Error as error:
            metrics.database_error(metrics.BACKGROUND)
            log.warning("the sweep of interventions is put off: %s", error)
        await asyncio.sleep(PAUSE)


def sweep(now: datetime | None = None) -> int:
    """Once; returns how many rows were ended. Asks the cluster, so not on the event loop."""
    now = now or timezone.now()
    return sum(_abandon(row, now) for row in _broken_off(now)) + sum(
        _take_back(row, now) for row in _to_take_back()
    )


def _broken_off(now: datetime) -> list[Intervention]:
    return list(Intervention.objects.filter(answered_at__isnull=True, requested_at__lte=now - ABANDONED))


def _to_take_back() -> list[Intervention]:
    pending = Intervention.objects.filter(take_back=True, taken_back_at__isnull=True)
    return list(pending.exclude(answered_at__isnull=True))


def _abandon(row: Intervention, now: datetime) -> bool:
    """Nobody knows what the API server did: the entry shows what there is now."""
    after: dict[str, object] = {}
    act = Act(row.act)
    try:
        found = _canary(row)
        resource = acts.resource_of(act, found[1].target_kind) or CANARIES
        raw = (
            found[0]
            if resource is CANARIES
            else port.get(row.cluster, resource, row.namespace, found[1].target_name)
        )
        after = acts.state(act, raw)
    except ClusterError:
        pass
    return records.abandon(row.pk, after, now)


def _take_back(row: Intervention, now: datetime) -> bool:
    # Memory first, so that a running release costs the API server nothing.
    known = facts.current(row.cluster, row.namespace, row.name)
    if isinstance(known, Facts) and not _over(row, known.phase, known.revision):
        return False
    try:
        raw, found = _canary(row)
    except NotFound:
        raw, found = {}, None
    except ClusterError:
        return False
    if found is not None and found.uid == row.uid and not _over(row, found.phase, _revision(found)):
        return False
    seen = known if isinstance(known, Facts) else None
    claimed = records.claim(row.pk, seen, now)
    if claimed is None:
        return False
    if found is None or found.uid != row.uid:
        gone = Result(unchanged=True, reason=_("The canary was deleted meanwhile."))
        records.taken_back(claimed, {}, gone)
        return True
    return _patch(claimed, raw, seen)


def _patch(row: Intervention, raw: Raw, seen: Facts | None) -> bool:
    before = acts.state(Act.TAKE_BACK, raw)
    for _attempt in range(ATTEMPTS):
        if before["skipAnalysis"] is not True:
            result = Result("", before, _("It was not set any more."), seen, unchanged=True)
            break
        try:
            after = port.patch(row.cluster, acts.patch(Act.TAKE_BACK, CANARIES, raw, row.before))
            result = Result("", acts.state(Act.TAKE_BACK, after), "", seen)
            break
        except Conflict as error:
            # Flagger writes the status at every interval, and a newer revision must not wait.
            result = Result(FAILED, {}, str(error), seen)
        except ClusterError as error:
            # Whether it was made after all does not matter: the next attempt looks at what is there.
            result = Result(FAILED, {}, str(error), seen)
            break
        try:
            raw = _canary(row)[0]
        except ClusterError:
            break
        before = acts.state(Act.TAKE_BACK, raw)
    records.taken_back(row, before, result)
    return not result.word


def _over(row: Intervention, phase: str, revision: str) -> bool:
    """The release that was promoted has ended, or another revision has taken its place."""
    return phase not in rules.RUNNING or revision not in {"", row.revision}


def _canary(row: Intervention) -> tuple[Raw, Canary]:
    raw = port.get(row.cluster, CANARIES, row.namespace, row.name)
    return raw, canary.parse(row.cluster, raw)


def _revision(found: Canary) -> str:
    """The target's, or "" while it cannot be read."""
    resource: Resource | None = TARGETS.get(found.target_kind)
    if resource is None:
        return ""
    try:
        raw = port.get(found.cluster, resource, found.namespace, found.target_name)
    except ClusterError:
        return ""
    return workloads.parse(resource.kind, raw).revision
