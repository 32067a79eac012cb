"""What is kept of canaries and may change by what was seen of them: few queries, whatever is kept besides."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import reduce
from itertools import chain
from operator import or_
from typing import NamedTuple

from django.db.models import Max, Q

from dashboard.models import Release, ReleaseState
from dashboard.releases.sight import Sight
from dashboard.releases.where import Where


class State(NamedTuple):
    """A `ReleaseState`, without the cost of one."""

    release_id: int
    pk: int
    version: int
    at: datetime
    phase: str
    phase_at: datetime | None
    weight: int
    mirrored: int
    weight_source: str
    weight_version: int
    failed_checks: int
    iteration: int


class Kept(NamedTuple):
    """A release and its states, in order."""

    release: Release
    states: list[State]


def kept(seen: Mapping[Where, Sequence[Sight]]) -> dict[str, list[Kept]]:
    """By canary, oldest first: what ran last, what ran when it was seen, and the starts of restarts."""
    subjects = [where.subject for where in seen]
    oldest: dict[str, int] = {}
    for sight in chain.from_iterable(seen.values()):
        oldest[sight.uid] = min(sight.version, oldest.get(sight.uid, sight.version))
    found = {each.pk: each for each in Release.objects.filter(current__in=subjects)}
    rest = oldest.keys() - {each.uid for each in found.values()}
    _add(found, (each for each in _newest(rest) if each.subject in subjects))
    newest = {each.uid: each for each in found.values()}
    # A replica that is behind speaks of what may be over.
    behind = [
        Q(uid=uid, last_version__gte=version)
        for uid, version in oldest.items()
        if uid in newest and version < newest[uid].first_version
    ]
    if behind:
        _add(found, Release.objects.filter(reduce(or_, behind), subject__in=subjects))
    # A restart is told from a start by what ran before it.
    runs = {(each.subject, each.run_at) for each in found.values() if each.run_at}
    same = Release.objects.filter(
        subject__in={subject for subject, _at in runs}, run_at__in={run_at for _subject, run_at in runs}
    ).exclude(pk__in=list(found))
    _add(found, [each for each in same if (each.subject, each.run_at) in runs])
    return _with_states(found.values())


def _newest(uids: Iterable[str]) -> Iterable[Release]:
    last = Release.objects.filter(uid__in=list(uids)).values("uid").order_by("uid")
    versions = {each["uid"]: each["version"] for each in last.annotate(version=Max("last_version"))}
    if not versions:
        return []
    some = Release.objects.filter(uid__in=list(versions), last_version__in=list(versions.values()))
    return [each for each in some if each.last_version == versions[each.uid]]


def _add(found: dict[int, Release], more: Iterable[Release]) -> None:
    found.update({each.pk: each for each in more})


def _with_states(found: Iterable[Release]) -> dict[str, list[Kept]]:
    releases = sorted(found, key=lambda each: each.first_version)
    states: defaultdict[int, list[State]] = defaultdict(list)
    rows = ReleaseState.objects.filter(release_id__in=[each.pk for each in releases])
    for values in rows.order_by("version").values_list(*State._fields):
        states[values[0]].append(State(*values))
    by_subject: dict[str, list[Kept]] = {}
    for each in releases:
        by_subject.setdefault(each.subject, []).append(Kept(each, states[each.pk]))
    return by_subject
