"""What was seen of a canary at one of its versions. Plain Python, no Django."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from dashboard.releases.kept_checks import Kept
from dashboard.workloads import Workload

SUCCEEDED, FAILED = "Succeeded", "Failed"
WAITING, PROGRESSING, PROMOTING = "Waiting", "Progressing", "Promoting"
ENDS = frozenset({SUCCEEDED, FAILED})
# Between releases, and before the first: the first deployment is no release.
UNBEGUN = frozenset({"", "Initializing", "Initialized"})
LEAVING = frozenset({"Terminating", "Terminated"})
# The primary is still what it was before the release.
BEFORE_PROMOTING = frozenset({WAITING, PROGRESSING, "WaitingPromotion"})


@dataclass(frozen=True, slots=True)
class About:
    """What is rolled out. `version` is the target's that the revision was read from; `images` are
    (container, old, new); `old` and `new` primary and target, `changes` the difference of their templates
    where it has been worked out."""

    revision: str = ""
    version: int = 0
    previous: str = ""
    images: tuple[tuple[str, str, str], ...] = ()
    changes: str | None = None
    old: Workload | None = field(default=None, repr=False)
    new: Workload | None = field(default=None, repr=False)

    @property
    def worth(self) -> int:
        """How much is known of what was before: nothing, the images, the whole template."""
        if self.changes or (self.old is not None and self.new is not None):
            return 2
        return int(any(old for _container, old, _new in self.images))


@dataclass(frozen=True, slots=True)
class Plan:
    """How it is rolled out. `steps` in per cent; `skipped`: without an analysis; `checks` it has to pass."""

    strategy: str = ""
    steps: tuple[int, ...] = ()
    threshold: int = 0
    skipped: bool = False
    checks: tuple[Kept, ...] = ()


@dataclass(frozen=True, slots=True)
class Sight:
    """One version of a canary, worked out from the objects alone: every replica makes the same of it.

    `made_at` is when the canary was made, `at` Flagger's time of the status, `phase_at` when its phase
    began, `run_at` when its run began. `weight` is the effective one as the routing object of version
    `weight_version` had it. `ends`: an outcome that no status tells (the canary was removed). `row` is the
    release it is kept in already.
    """

    uid: str
    version: int
    at: datetime
    made_at: datetime | None = None
    phase: str = ""
    phase_at: datetime | None = None
    run_at: datetime | None = None
    checksum: str = ""
    applied: str = ""
    promoted: str = ""
    message: str = ""
    weight: int = 0
    mirrored: int = 0
    weight_source: str = ""
    weight_version: int = 0
    failed_checks: int = 0
    iteration: int = 0
    about: About = About()
    plan: Plan = Plan()
    ends: str = ""
    row: int | None = None

    @property
    def order(self) -> tuple[int, bool]:
        """What is removed was there before."""
        return self.version, bool(self.ends)

    @property
    def content(self) -> tuple[object, ...]:
        """What a person could tell from the state before."""
        return self.phase, self.weight, self.mirrored, self.failed_checks, self.iteration

    def joined(self, newer: Sight) -> Sight:
        """The same version, seen again: the better-founded weight and revision, the earlier time."""
        better = newer if newer.weight_version > self.weight_version else self
        about = newer.about if _rank(newer.about) > _rank(self.about) else self.about
        return replace(
            newer,
            at=min(self.at, newer.at),
            weight=better.weight,
            mirrored=better.mirrored,
            weight_source=better.weight_source,
            weight_version=better.weight_version,
            about=about,
            row=self.row if self.row is not None else newer.row,
        )


def _rank(about: About) -> tuple[bool, int, int, bool]:
    return bool(about.revision), about.version, about.worth, bool(about.previous)
