"""How long something took, in words short enough for a chart or a table. Needs gettext, nothing else."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

MINUTE, HOUR, DAY = 60, 3600, 86400
UNITS = (
    (DAY, gettext_noop("%(n)d d")),
    (HOUR, gettext_noop("%(n)d h")),
    (MINUTE, gettext_noop("%(n)d min")),
    (1, gettext_noop("%(n)d s")),
)


def words(seconds: float) -> str:
    """The two largest units: `2 d 3 h`, `12 min 30 s`, `0 s`."""
    left, counts = round(max(seconds, 0)), []
    for size, pattern in UNITS:
        counts.append((left // size, pattern))
        left %= size
    first = next((index for index, (count, _pattern) in enumerate(counts) if count), len(counts) - 1)
    shown = [(n, pattern) for n, pattern in counts[first : first + 2] if n or len(counts) - 1 == first]
    return " ".join(_(pattern) % {"n": n} for n, pattern in shown)


def single(seconds: int, step: int) -> str:
    """In the largest unit that divides the step: ticks of one axis are all in one unit."""
    size, pattern = next((size, pattern) for size, pattern in UNITS if step % size == 0)
    return _(pattern) % {"n": seconds // size}
