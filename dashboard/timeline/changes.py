"""What the watch saw change of a release, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from dashboard import phases
from dashboard.timeline.happening import Happening, Kind


@dataclass(frozen=True, slots=True)
class State:
    """One recorded state of the release with that number."""

    release: int
    at: datetime
    phase: str
    weight: int
    failed_checks: int
    iteration: int
    mirrored: int = 0


def happenings(states: Iterable[State]) -> Iterator[Happening]:
    """One for each state in which something is different than before; `states` from the oldest on."""
    before: State | None = None
    for state in states:
        if before is not None and before.release != state.release:
            before = None
        words = list(_words(before, state))
        if words:
            yield Happening(state.at, Kind.CHANGE, " · ".join(words), _("status"), _bad(before, state))
        before = state


def _words(before: State | None, state: State) -> Iterator[str]:
    label = str(phases.of(state.phase).label)
    if before is None:
        yield label
    elif before.phase != state.phase:
        yield f"{phases.of(before.phase).label} → {label}"
    old = before or State(0, state.at, "", 0, 0, 0)
    if old.weight != state.weight:
        yield _("weight %(old)s → %(new)s %%") % {"old": old.weight, "new": state.weight}
    if old.mirrored != state.mirrored:
        yield _("mirrored %(old)s → %(new)s %%") % {"old": old.mirrored, "new": state.mirrored}
    if state.failed_checks > old.failed_checks:
        yield _("failed checks %(new)s") % {"new": state.failed_checks}
    if state.iteration > max(old.iteration, 0):
        yield _("iteration %(new)s") % {"new": state.iteration}


def _bad(before: State | None, state: State) -> bool:
    failed = state.phase == "Failed" and (before is None or before.phase != "Failed")
    return failed or state.failed_checks > (before.failed_checks if before else 0)
