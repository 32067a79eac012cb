"""One replica's view of one canary, put in the cluster's own order. Plain Python, no Django.

Each kind of object is watched by itself, so a status may be seen before the route or the revision that it
speaks of, or after. Resource versions put them in order again: a status is joined with what was there at
its version, whenever that is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from dashboard.canary import Canary
from dashboard.releases import kept_checks
from dashboard.releases.sight import BEFORE_PROMOTING, LEAVING, WAITING, About, Plan, Sight
from dashboard.routes import Route
from dashboard.view import Parts
from dashboard.weights import Memory, remember
from dashboard.workloads import Workload

# Of one canary; a run has some thirty statuses.
MOST_STATUSES = 100
MOST_PARTS = 30
MOST_KNOWN = 5
LATE = timedelta(minutes=2)
Part = TypeVar("Part", Workload, Route)


@dataclass(slots=True)
class _Status:
    """One version; `version` is the target's where only that changed. `routed`: not without a route then."""

    canary: Canary
    version: int
    at: datetime
    routed: bool
    checks: tuple[kept_checks.Kept, ...] = ()
    memory: Memory | None = None
    told: Sight | None = None


@dataclass(slots=True)
class Track:
    """One canary, by its uid. Feed it with `see`; it answers with what is new or better known."""

    uid: str
    _statuses: list[_Status] = field(default_factory=list)
    _targets: list[Workload] = field(default_factory=list)
    _primaries: list[Workload] = field(default_factory=list)
    _routes: list[Route] = field(default_factory=list)
    # What a promoted spec of Flagger's stood for.
    _known: dict[str, About] = field(default_factory=dict)
    # Of these: worked out from statuses that are forgotten.
    _firm: set[str] = field(default_factory=set)

    def see(self, canary: Canary, parts: Parts, now: datetime) -> list[Sight]:
        """The canary and its parts as they are in the store now."""
        start = len(self._statuses)
        if self._note(parts):
            start = 0
        if not self._statuses or _differs(self._statuses[-1].canary, canary):
            # A route that is not known yet comes later; one that was known and is not there is gone.
            waiting = not self._routes or canary.deleting or canary.phase in LEAVING
            routed = parts.route is not None or waiting
            at = canary.last_transition or now
            checks = kept_checks.of(canary.raw)
            self._statuses.append(_Status(_slim(canary), _version(canary, at), at, routed, checks))
        self._newer_while_waiting(now)
        told = self._told(start)
        del self._statuses[:-MOST_STATUSES]
        return told

    def lost(self, now: datetime) -> list[Sight]:
        """The canary is no longer there."""
        if not self._statuses:
            return []
        last = self._statuses[-1]
        canary = last.canary
        return [Sight(self.uid, last.version, now, canary.created, canary.phase, ends="removed")]

    def again(self) -> list[Sight]:
        """What is so now, told once more."""
        return [told for status in self._statuses[-1:] if (told := status.told)]

    def forget(self, now: datetime) -> None:
        """Keep what is so now; what comes in very late no longer changes what was told before."""
        if not self._statuses or now - self._statuses[-1].at < LATE:
            return
        for kept in (self._statuses, self._targets, self._primaries, self._routes):
            del kept[:-1]
        self._firm = set(self._known)

    def _note(self, parts: Parts) -> bool:
        """Take in the parts; true when one of them is older than a status that is known already."""
        seen = self._statuses[-1].version if self._statuses else 0
        return any(
            [
                _noted(self._targets, parts.target, seen, lambda one: (one.revision, one.images)),
                _noted(self._primaries, parts.primary, seen, lambda one: (one.revision, one.images)),
                _noted(
                    self._routes, parts.route, seen, lambda one: (one.kind, one.name, one.shares, one.mirrors)
                ),
            ]
        )

    def _newer_while_waiting(self, now: datetime) -> None:
        """A newer revision takes the place of one that waits, without a word from Flagger."""
        last = self._statuses[-1]
        if last.canary.phase != WAITING:
            return
        seen = _as_of(self._targets, last.version)
        for target in self._targets:
            if seen and target.version > last.version and target.revision != seen.revision:
                self._statuses.append(_Status(last.canary, target.version, now, last.routed, last.checks))
                seen = target

    def _told(self, start: int) -> list[Sight]:
        """What is new of the statuses from `start` on."""
        news: list[Sight] = []
        memory = self._statuses[start - 1].memory if start else None
        met = {status.canary.last_applied_spec for status in self._statuses[:start]} | self._firm
        for status in self._statuses[start:]:
            route = _as_of(self._routes, status.version) if status.routed else None
            status.memory = memory = remember(memory, status.canary, route)
            sight = self._sight(status, memory, route)
            self._learn(status, sight.about, met)
            if sight != status.told:
                status.told = sight
                news.append(sight)
        return news

    def _learn(self, status: _Status, about: About, met: set[str]) -> None:
        """A spec's first status says what it stands for; while Waiting it is still the one before."""
        applied = status.canary.last_applied_spec
        if not applied or applied in met or status.canary.phase == WAITING:
            return
        if about.version == 0 and status.canary.phase not in BEFORE_PROMOTING:
            # The target may have been changed since: only the primary tells.
            primary = _as_of(self._primaries, status.version)
            if primary is None or primary.images != tuple((name, new) for name, _old, new in about.images):
                return
        met.add(applied)
        self._known.pop(applied, None)
        self._known[applied] = about
        for old in list(self._known)[:-MOST_KNOWN]:
            del self._known[old]

    def _sight(self, status: _Status, memory: Memory, route: Route | None) -> Sight:
        canary = status.canary
        return Sight(
            uid=canary.uid,
            version=status.version,
            at=status.at,
            made_at=canary.created,
            phase=_clean(canary.phase)[:64],
            phase_at=canary.phase_changed,
            run_at=canary.run_began,
            checksum=canary.checksum,
            applied=_clean(canary.last_applied_spec)[:64],
            promoted=_clean(canary.last_promoted_spec)[:64],
            message=_clean(canary.message),
            weight=memory.weight.value,
            mirrored=memory.weight.mirrored,
            weight_source=_clean(memory.weight.source)[:320],
            # What is only known from later says less than what was seen in time.
            weight_version=route.version if route and route.version <= status.version else 0,
            failed_checks=canary.failed_checks,
            iteration=canary.iteration,
            about=self._about(status),
            plan=Plan(
                str(canary.strategy),
                canary.steps,
                canary.threshold,
                canary.skip_analysis,
                status.checks,
            ),
        )

    def _about(self, status: _Status) -> About:
        canary = status.canary
        promoted = self._known.get(canary.last_promoted_spec)
        target = self._target(status, promoted)
        if target is None:
            return About()
        primary = _as_of(self._primaries, status.version) if canary.phase in BEFORE_PROMOTING else None
        before = dict(primary.images) if primary else {}
        if not before and promoted:
            before = {container: new for container, _old, new in promoted.images}
        return About(
            revision=target.revision,
            version=target.version if target.version <= status.version else 0,
            previous=_before(canary, target, promoted),
            images=tuple(
                (_clean(container), _clean(before.get(container, "")), _clean(image))
                for container, image in target.images
            ),
            old=primary,
            new=target,
        )

    def _target(self, status: _Status, promoted: About | None) -> Workload | None:
        """The target that the status speaks of."""
        target = _as_of(self._targets, status.version)
        canary = status.canary
        if target is None or promoted is None or canary.phase == WAITING:
            return target
        if canary.last_applied_spec == canary.last_promoted_spec or target.revision != promoted.revision:
            return target
        # Flagger found another template than the promoted one: the watch of targets had a gap.
        later = (one for one in self._targets if one.version > target.version)
        return next((one for one in later if one.revision != promoted.revision), target)


def _before(canary: Canary, target: Workload, promoted: About | None) -> str:
    """The promoted revision; "" where the watch began too late to know it."""
    if promoted is None:
        return ""
    changed = canary.last_applied_spec != canary.last_promoted_spec
    return "" if changed and promoted.revision == target.revision else promoted.revision


def _noted(history: list[Part], item: Part | None, seen: int, what: Callable[[Part], object]) -> bool:
    """Keep an object when it says something new; true when it is older than what was seen of the canary."""
    if item is None or (history and what(history[-1]) == what(item)):
        return False
    history.append(item)
    del history[:-MOST_PARTS]
    # The first one known stands for everything before it.
    return item.version < seen or len(history) == 1


def _as_of(history: Sequence[Part], version: int) -> Part | None:
    """The object as it was at that version; the oldest one when it is known only from later."""
    before = [one for one in history if one.version <= version]
    return before[-1] if before else next(iter(history), None)


def _version(canary: Canary, at: datetime) -> int:
    """The resource version; where it is no number, Flagger's time keeps the order."""
    text = canary.resource_version
    return int(text) if text.isdecimal() and len(text) < 19 else int(at.timestamp())


def _differs(before: Canary, after: Canary) -> bool:
    return _seen(before) != _seen(after)


def _seen(canary: Canary) -> tuple[object, ...]:
    return (
        canary.uid, canary.phase, canary.status_weight, canary.failed_checks, canary.iteration,
        canary.checksum, canary.last_promoted_spec, canary.phase_changed, canary.run_began,
        canary.skip_analysis,
    )  # fmt: skip


def _slim(canary: Canary) -> Canary:
    return replace(canary, manifest="{}", hooks=(), annotations={}, labels={})


def _clean(text: str) -> str:
    # Postgres keeps no NUL.
    return text.replace("\0", "")
