"""What a release changes in the pod template, as text; worked out once a revision, off the event loop."""

from __future__ import annotations

from functools import lru_cache

from dashboard.around.difference import difference
from dashboard.releases.sight import About
from dashboard.workloads import Workload


def template_diff(about: About) -> str:
    """The unified difference from the primary's template to the target's; "" where one is not known."""
    if about.changes is not None or about.old is None or about.new is None:
        return about.changes or ""
    return _worked_out(about.old, about.new)


# Each step of a release asks again.
@lru_cache(maxsize=1000)
def _worked_out(old: Workload, new: Workload) -> str:
    return difference(old.template, new.template).replace("\0", "")
