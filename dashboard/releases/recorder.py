"""From what was seen of a canary to its releases: pure, and the same in whatever order it was seen.

`fold` is told everything that is known of a canary, what is kept already included, and answers with its
runs. Replicas that fold the same sights get the same runs; one that is slow only adds what it saw.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from dashboard.releases.sight import (
    ENDS,
    FAILED,
    LEAVING,
    PROGRESSING,
    PROMOTING,
    SUCCEEDED,
    UNBEGUN,
    WAITING,
    About,
    Plan,
    Sight,
)

# How a run ended: the values of `Release.Outcome`.
RUNNING, SUPERSEDED, REMOVED, UNKNOWN = "running", "superseded", "removed", "unknown"
OUTCOMES = {SUCCEEDED: "succeeded", FAILED: "failed"}
# The status has whole seconds, and its two times are taken one after the other.
SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Run:
    """One release. `sights` are its states in order, each different from the one before. `first`: nothing of
    its Flagger run was seen before; a later one of the same run is a restart."""

    sights: list[Sight]
    first: bool
    run_at: datetime | None
    checksum: str = ""
    applied: str = ""
    outcome: str = RUNNING
    ended_at: datetime | None = None
    message: str = ""
    previous: str = ""
    rows: list[int] = field(default_factory=list)

    @property
    def waiting(self) -> bool:
        """Nothing has started yet."""
        return all(sight.phase == WAITING for sight in self.sights)

    @property
    def about(self) -> About:
        """What ran, as the first sight that knows it has it; the primary's images from a later one."""
        known = [sight.about for sight in self.sights if sight.about.revision]
        if not known:
            return self.sights[0].about
        first = known[0]
        same = [about for about in known if about.revision == first.revision]
        best = max(same, key=lambda about: about.worth)
        return replace(best, version=first.version, previous=self.previous or first.previous)

    @property
    def plan(self) -> Plan:
        """How, as it was at the start."""
        return self.sights[0].plan

    @property
    def began_at(self) -> datetime:
        """When Flagger first said so."""
        first = self.sights[0]
        if first.phase in ENDS:
            return first.phase_at or first.at
        return min(first.at, self.run_at) if self.first and self.run_at else first.at

    @property
    def from_start(self) -> bool:
        """Its first state was seen."""
        first = self.sights[0]
        if self.first:
            return self.run_at is not None and first.at - self.run_at <= SECOND
        return first.phase in (WAITING, PROGRESSING) and first.weight == 0 and first.iteration <= 0

    @property
    def started_at(self) -> datetime | None:
        """When the analysis began, if that was told."""
        for sight in self.sights:
            if sight.phase == PROGRESSING:
                # After a restart the condition still has the first start's time.
                return (sight.phase_at if self.first else None) or sight.at
        return None

    @property
    def promoting_at(self) -> datetime | None:
        """When the promotion began, if that was seen."""
        found = (sight.phase_at or sight.at for sight in self.sights if sight.phase == PROMOTING)
        return next(found, None)

    @property
    def first_version(self) -> int:
        """Of the canary."""
        return self.sights[0].version

    @property
    def last_version(self) -> int:
        """Of the canary."""
        return self.sights[-1].version

    def keep(self, sight: Sight) -> None:
        """The row that holds the sight holds this run."""
        if sight.row is not None and sight.row not in self.rows:
            self.rows.append(sight.row)

    def ended_as(self, sight: Sight) -> bool:
        """This end has been told before."""
        return self.sights[-1].phase == sight.phase and self.ended_at in (sight.phase_at, sight.at)

    def add(self, sight: Sight) -> None:
        """A later state of it."""
        self.keep(sight)
        if sight.phase not in ENDS and sight.phase != WAITING:
            self.checksum, self.applied = sight.checksum, sight.applied
        if sight.content != self.sights[-1].content:
            self.sights.append(sight)
        elif sight.about.revision and not self.about.revision:
            self.sights[-1] = replace(self.sights[-1], about=sight.about)

    def end(self, outcome: str, at: datetime | None) -> None:
        """It is over."""
        self.outcome, self.ended_at = outcome, at


def fold(sights: Iterable[Sight]) -> list[Run]:
    """The runs of one canary (one uid), oldest first."""
    folding = _Folding()
    for sight in sorted(_joined(sights), key=lambda one: one.order):
        folding.take(sight)
    return folding.runs


def _joined(sights: Iterable[Sight]) -> Iterable[Sight]:
    """Each version once."""
    found: dict[tuple[int, bool], Sight] = {}
    for sight in sights:
        known = found.get(sight.order)
        found[sight.order] = known.joined(sight) if known else sight
    return found.values()


class _Folding:
    """What is known of the runs so far; the last one may be running."""

    def __init__(self) -> None:
        self.runs: list[Run] = []

    @property
    def last(self) -> Run | None:
        """The last run, over or not."""
        return self.runs[-1] if self.runs else None

    @property
    def open(self) -> Run | None:
        """The one that is running."""
        return self.runs[-1] if self.runs and self.runs[-1].outcome == RUNNING else None

    def take(self, sight: Sight) -> None:
        """The next one."""
        if sight.ends:
            self._told_from_elsewhere(sight)
            return
        if self.last and self.last.outcome == REMOVED:
            # The canary is still there: it was out of sight for a while.
            self.last.end(RUNNING, None)
        if sight.phase in ENDS:
            self._end(sight)
        elif sight.phase in UNBEGUN:
            if self.open:
                self.open.end(UNKNOWN, None)
        elif sight.phase in LEAVING:
            self._leave(sight)
        else:
            self._go_on(sight)

    def _told_from_elsewhere(self, sight: Sight) -> None:
        if not self.open:
            return
        leaving = [one for one in self.open.sights if one.phase in LEAVING]
        told = leaving[0].phase_at or leaving[0].at if leaving else sight.at
        self.open.end(sight.ends, None if sight.ends == UNKNOWN else told)

    def _leave(self, sight: Sight) -> None:
        if self.open:
            self.open.add(sight)

    def _go_on(self, sight: Sight) -> None:
        run = self.open
        if run and _late_word(run, sight):
            return
        if run and not _goes_on(run, sight):
            self._succeed(run, sight)
            run = None
        if run:
            run.add(sight)
        else:
            self._begin(sight)

    def _succeed(self, run: Run, sight: Sight) -> None:
        """Another run is under way: how did this one end?"""
        if run.run_at == sight.run_at or run.run_at is None:
            run.end(SUPERSEDED, sight.at)
        elif run.applied and sight.promoted == run.applied and not run.waiting:
            run.end(OUTCOMES[SUCCEEDED], None)
        else:
            run.end(UNKNOWN, None)

    def _begin(self, sight: Sight) -> Run:
        first = sight.run_at is None or all(run.run_at != sight.run_at for run in self.runs)
        run = Run([sight], first, None if sight.phase in ENDS else sight.run_at)
        run.keep(sight)
        if sight.phase != WAITING:
            run.checksum, run.applied = sight.checksum, sight.applied
        run.previous = self._before(run, sight)
        self.runs.append(run)
        return run

    def _before(self, run: Run, sight: Sight) -> str:
        """The promoted revision, as the release of it has it; a restart has the one of the start."""
        if self.last and not run.first and self.last.run_at == run.run_at:
            return self.last.about.previous
        promoted = (one for one in reversed(self.runs) if one.applied and one.applied == sight.promoted)
        return next((one.about.revision for one in promoted if one.about.revision), "")

    def _end(self, sight: Sight) -> None:
        """Succeeded or Failed; seen again and again while the canary rests."""
        last = self.last
        if last and last.outcome != RUNNING and last.ended_as(sight):
            last.keep(sight)
            return
        run = self.open
        if run and not run.waiting and run.checksum != sight.checksum:
            # A restart that nobody saw came in between.
            run.end(SUPERSEDED, None)
            run = None
        elif run is None and sight.row is None and not _newly_ended(last, sight):
            return
        run = run or self._begin(sight)
        run.add(sight)
        run.checksum, run.applied, run.message = sight.checksum, sight.applied, sight.message
        run.end(OUTCOMES[sight.phase], sight.phase_at or sight.at)


def _goes_on(run: Run, sight: Sight) -> bool:
    """The sight is of this run."""
    if run.run_at != sight.run_at:
        return False
    if sight.phase == WAITING or run.waiting:
        return run.waiting and not _newer_revision(run, sight)
    return run.checksum == sight.checksum


def _late_word(run: Run, sight: Sight) -> bool:
    """A revision that came while one was waiting, which then went on all the same."""
    return sight.phase == WAITING and run.run_at == sight.run_at and not run.waiting


def _newer_revision(run: Run, sight: Sight) -> bool:
    """While it waits only the target tells. Version 0: known only from later."""
    was, now = run.about, sight.about
    if not was.revision or not now.revision or was.revision == now.revision:
        return False
    return now.version == 0 or now.version > run.first_version


def _newly_ended(last: Run | None, sight: Sight) -> bool:
    """An end of which nothing else was seen. What rested before the first release tells of none."""
    if last is None:
        return False
    if last.sights[-1].phase in ENDS:
        known = last.ended_at
        return sight.phase_at is not None and known is not None and sight.phase_at > known
    return last.checksum != sight.checksum
