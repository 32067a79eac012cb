"""The only file that writes releases: what was seen is folded into what is kept, one replica at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

from django.db import connection, transaction
from django.db.models import F

from dashboard.models import Release, ReleaseState, ReleaseTurn
from dashboard.releases import rows
from dashboard.releases.changes import template_diff
from dashboard.releases.kept_checks import Told
from dashboard.releases.reading import Kept, kept
from dashboard.releases.recorder import REMOVED, RUNNING, Run, fold
from dashboard.releases.rows import COUNTERS
from dashboard.releases.sight import Sight
from dashboard.releases.where import Where

# Canaries in one transaction.
CHUNK = 100
# Without anybody watching for so long, there is a gap.
GAP = timedelta(seconds=45)
TURN = 1
Seen = Mapping[Where, Sequence[Sight]]


@dataclass(slots=True)
class _Writes:
    """What one transaction writes."""

    now: datetime
    new: list[tuple[Release, Run]] = field(default_factory=list)
    changed: list[tuple[Release, list[str]]] = field(default_factory=list)
    dropped: list[int] = field(default_factory=list)
    new_states: list[ReleaseState] = field(default_factory=list)
    changed_states: list[ReleaseState] = field(default_factory=list)
    dropped_states: list[int] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(
            (self.new, self.changed, self.dropped, self.new_states, self.changed_states, self.dropped_states)
        )


def write(seen: Seen, now: datetime) -> None:
    """Record what was seen; said twice, or by several replicas, it is recorded once."""
    wheres = sorted(seen, key=lambda where: (where.namespace, where.name))
    for start in range(0, len(wheres), CHUNK):
        part = {where: seen[where] for where in wheres[start : start + CHUNK]}
        # Worked out before anything is locked: on SQLite decisions wait for whoever writes.
        for sight in chain.from_iterable(part.values()):
            template_diff(sight.about)
        count = _count()
        writes = _folded(part, now)
        if not writes:
            continue
        with _turn(count) as alone:
            _save(writes if alone else _folded(part, now))


def beat(cluster: str, since: datetime, now: datetime) -> int:
    """What runs is being watched now, by this process since `since`; returns how many releases run."""
    with _turn():
        running = Release.objects.filter(cluster=cluster, current__isnull=False)
        for release in running.filter(watched_at__lt=since - GAP):
            begins = release.watched_at or since
            release.gaps.append([begins.isoformat(), since.isoformat()])
            release.save(update_fields=["gaps"])
        return running.update(watched_at=now)


def settle(release: Release, why: str, decision: int | None, waited: float, told: Told) -> None:
    """What people and event hooks said of an ended release is complete."""
    ended = Release.objects.filter(pk=release.pk, outcome=release.outcome)
    ended.update(why=why, decision=decision, waited=waited, told=told, settled=True)


def purge(before: datetime, most: int = 500) -> int:
    """Forget releases that ended before; at most so many, returns how many."""
    old = Release.objects.exclude(outcome=RUNNING).filter(began_at__lt=before).order_by("began_at")
    numbers = list(old.values_list("pk", flat=True)[:most])
    Release.objects.filter(pk__in=numbers).delete()
    return len(numbers)


def _count() -> int:
    found = ReleaseTurn.objects.filter(pk=TURN).values_list("count", flat=True).first()
    return ReleaseTurn.objects.get_or_create(pk=TURN)[0].count if found is None else found


@contextmanager
def _turn(expected: int = -1) -> Iterator[bool]:
    """A transaction that no other replica records in; whether none has since `expected` was counted."""
    _count()
    with transaction.atomic():
        turn = ReleaseTurn.objects.filter(pk=TURN)
        alone = turn.filter(count=expected).update(count=F("count") + 1)
        if not alone:
            turn.update(count=F("count") + 1)
        yield bool(alone)


def _folded(seen: Seen, now: datetime) -> _Writes:
    writes, known = _Writes(now), kept(seen)
    for where, sights in seen.items():
        _fold(where, sights, known.get(where.subject, []), writes)
    return writes


def _fold(
    where: Where,
    sights: Sequence[Sight],
    before: Sequence[Kept],
    writes: _Writes,
) -> None:
    known = {each.release.pk: each for each in before if each.states}
    left = set(known)
    for uid, told in _by_uid(known.values(), sights, writes.now).items():
        for run in fold(told):
            number = next((row for row in run.rows if row in left), None)
            if number is None:
                writes.new.append((rows.created(run, uid, where, writes.now), run))
                continue
            left.discard(number)
            _compare(known[number], run, uid, where, writes)
    writes.dropped += left


def _by_uid(before: Iterable[Kept], sights: Sequence[Sight], now: datetime) -> dict[str, list[Sight]]:
    """A canary that was made anew is another one, and the one before is gone."""
    told = [*(sight for each in before for sight in rows.sights(*each)), *sights]
    newest = max(told, key=_age)
    by_uid: defaultdict[str, list[Sight]] = defaultdict(list)
    for sight in told:
        by_uid[sight.uid].append(sight)
    for uid, mine in by_uid.items():
        if uid != newest.uid:
            last = max(sight.version for sight in mine)
            mine.append(Sight(uid, last, now, ends=REMOVED))
    return by_uid


def _age(sight: Sight) -> tuple[bool, float, bool, datetime]:
    """Later for a canary that was made later; versions of two clusters of one name cannot be compared."""
    made = sight.made_at
    return made is not None, made.timestamp() if made else 0.0, not sight.ends, sight.at


def _compare(before: Kept, run: Run, uid: str, where: Where, writes: _Writes) -> None:
    release, states = before
    turned = release.outcome != run.outcome
    different = rows.changed(release, rows.values(run, uid, where))
    if turned and (release.settled or run.message):
        release.settled, release.why = False, run.message
        different += ["settled", "why"]
    if different:
        writes.changed.append((release, different))
    known = {state.version: state for state in states}
    for version, wanted in rows.states(run):
        state = known.pop(version, None)
        if state is None:
            writes.new_states.append(ReleaseState(release=release, version=version, **wanted))
        elif any(getattr(state, name) != value for name, value in wanted.items()):
            writes.changed_states.append(
                ReleaseState(pk=state.pk, release=release, version=version, **wanted)
            )
    writes.dropped_states += [state.pk for state in known.values()]


def _save(writes: _Writes) -> None:
    if writes.dropped_states:
        ReleaseState.objects.filter(pk__in=writes.dropped_states).delete()
    if writes.dropped:
        Release.objects.filter(pk__in=writes.dropped).delete()
    counted = [release for release, names in writes.changed if set(names) <= set(COUNTERS)]
    _count_on(counted)
    turned = [(release, names) for release, names in writes.changed if not set(names) <= set(COUNTERS)]
    # What ended first: a canary has one running release.
    for release, names in sorted(turned, key=lambda each: each[0].current is not None):
        release.save(update_fields=names)
    Release.objects.bulk_create([release for release, _run in writes.new])
    for release, run in writes.new:
        writes.new_states += [
            ReleaseState(release=release, version=version, **wanted) for version, wanted in rows.states(run)
        ]
    for state in writes.changed_states:
        state.save()
    ReleaseState.objects.bulk_create(writes.new_states)


def _count_on(releases: Sequence[Release]) -> None:
    """One more state each: by far the most that is written, so without the ORM."""
    table = connection.ops.quote_name(Release._meta.db_table)
    columns = ", ".join(f"{name} = %s" for name in COUNTERS)
    values = [(*(getattr(each, name) for name in COUNTERS), each.pk) for each in releases]
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(f"UPDATE {table} SET {columns} WHERE id = %s", values)  # noqa: S608
