"""The line of a step chart: values over time as an SVG path, thinned out where it has too many corners.

Across the box is 0 to `WIDTH`, up it is `HEIGHT` (value 0) to 0 (the top value).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

WIDTH, HEIGHT = 1000, 100
# More corners than this are more than a screen has room for.
MOST_CORNERS = 300
COLUMNS = 70
Corner = tuple[float, float]


def corners(values: Iterable[tuple[float, float]], top: float) -> list[Corner]:
    """From (share of the width, value): where the line turns. Left to right, inside the box."""
    placed = [(_within(at) * WIDTH, HEIGHT - HEIGHT * _within(value / top)) for at, value in values]
    turned: list[Corner] = []
    for x, y in placed:
        if turned and turned[-1][1] == y:
            continue
        # Clocks of two machines may disagree: no line goes back.
        turned.append((max(x, turned[-1][0]) if turned else x, y))
    return turned if len(turned) <= MOST_CORNERS else thinned(turned)


def thinned(turned: Sequence[Corner]) -> list[Corner]:
    """Of each narrow column the first, the last, the highest and the lowest: no peak gets lost."""
    kept: list[Corner] = []
    for _column, group in groupby(turned, lambda corner: int(corner[0] * COLUMNS / WIDTH)):
        found = list(group)
        heights = [y for _x, y in found]
        wanted = {0, len(found) - 1, heights.index(min(heights)), heights.index(max(heights))}
        kept.extend(found[index] for index in sorted(wanted))
    return kept


def path(turned: Sequence[Corner], end: float) -> str:
    """The steps as a path, up to `end` across the box; "" without a corner."""
    if not turned:
        return ""
    (x, y), rest = turned[0], turned[1:]
    steps = "".join(f"H{number(right)}V{number(height)}" for right, height in rest)
    return f"M{number(x)} {number(y)}{steps}H{number(max(end, turned[-1][0]))}"


def area(turned: Sequence[Corner], end: float) -> str:
    """What lies below the path."""
    line = path(turned, end)
    return f"{line}V{HEIGHT}H{number(turned[0][0])}Z" if line else ""


def number(value: float) -> str:
    """As short as an attribute needs it, whatever the language: `43.2`, `50`."""
    return f"{value:.1f}".removesuffix(".0")


def _within(share: float) -> float:
    return min(max(share, 0.0), 1.0)
