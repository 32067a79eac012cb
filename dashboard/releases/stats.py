"""How releases went, in few numbers: how many succeeded, how long they took, how long people waited. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dashboard.releases import spans

SUCCEEDED, FAILED, RUNNING = "succeeded", "failed", "running"
# Seconds; what was answered sooner did not wait.
WAITED = 1.0


@dataclass(frozen=True, slots=True)
class Run:
    """One release; `waited` seconds for people."""

    outcome: str
    began: datetime
    ended: datetime | None
    waited: float

    @property
    def lead(self) -> float | None:
        """Seconds from first sight to promoted."""
        promoted = self.outcome == SUCCEEDED and self.ended
        return (self.ended - self.began).total_seconds() if promoted and self.ended else None


@dataclass(frozen=True, slots=True)
class Stats:
    """`rate` in per cent of those that succeeded or failed; times in seconds; None where nothing is known.

    `waited` and `waited_slow` are of the `waiters`, those that waited at all, however they ended.
    """

    releases: int
    succeeded: int
    failed: int
    other: int
    rate: int | None
    lead: float | None
    lead_slow: float | None
    waiters: int
    waited: float | None
    waited_slow: float | None
    waited_all: float

    @property
    def words(self) -> dict[str, str]:
        """The times in words, "–" for none."""
        named = {
            "lead": self.lead,
            "lead_slow": self.lead_slow,
            "waited": self.waited,
            "waited_slow": self.waited_slow,
            "waited_all": self.waited_all,
        }
        return {name: "–" if value is None else spans.words(value) for name, value in named.items()}


@dataclass(frozen=True, slots=True)
class Columns:
    """A small chart, 200 wide and 100 high, as paths by how releases ended; `cut` marks the failed ones."""

    good: str
    failed: str
    rest: str
    cut: str


def summary(runs: Iterable[Run]) -> Stats:
    """Of releases that are over; those that run are left out."""
    over = [run for run in runs if run.outcome != RUNNING]
    succeeded = sum(run.outcome == SUCCEEDED for run in over)
    failed = sum(run.outcome == FAILED for run in over)
    decided = succeeded + failed
    leads = sorted(lead for run in over if (lead := run.lead) is not None)
    waits = sorted(run.waited for run in over if run.waited >= WAITED)
    return Stats(
        releases=len(over),
        succeeded=succeeded,
        failed=failed,
        other=len(over) - decided,
        rate=round(100 * succeeded / decided) if decided else None,
        lead=quantile(leads, 0.5),
        lead_slow=quantile(leads, 0.9),
        waiters=len(waits),
        waited=quantile(waits, 0.5),
        waited_slow=quantile(waits, 0.9),
        waited_all=sum(run.waited for run in over),
    )


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The smallest value that `share` of them do not exceed (nearest rank)."""
    if not ordered:
        return None
    rank = -int(-share * len(ordered) // 1)
    return ordered[min(max(rank, 1), len(ordered)) - 1]


def columns(runs: Iterable[Run]) -> Columns:
    """The oldest first: how long each took, the longest as the full height."""
    lasted = [(run.outcome, (run.ended - run.began).total_seconds()) for run in runs if run.ended]
    longest = max((seconds for _outcome, seconds in lasted), default=0) or 1
    paths: dict[str, str] = {SUCCEEDED: "", FAILED: "", "": ""}
    cut = ""
    for index, (outcome, seconds) in enumerate(lasted):
        height = round(max(100 * seconds / longest, 6))
        paths[outcome if outcome in paths else ""] += f"M{index * 10} 100v-{height}h8v{height}z"
        cut += f"M{index * 10} 96h8" if outcome == FAILED else ""
    return Columns(paths[SUCCEEDED], paths[FAILED], paths[""], cut)


def told(stats: Stats) -> str:
    """The columns in words, for those who do not see them."""
    words = {"good": stats.succeeded, "failed": stats.failed, "other": stats.other}
    return _("%(good)d succeeded, %(failed)d failed, %(other)d ended otherwise") % words
