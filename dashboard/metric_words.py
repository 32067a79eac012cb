"""Ranges and values of metric checks in words. Plain Python but for the texts."""

from __future__ import annotations

import math

from django.utils.translation import gettext


def between(least: float | None, most: float | None, suffix: str) -> str:
    """The same of two ends, None for an open one."""
    low, high = (None if end is None else number(end) for end in (least, most))
    unit = f"\N{NO-BREAK SPACE}{suffix}" if suffix else ""
    if low is not None and high is not None:
        return gettext("from %(low)s to %(high)s") % {"low": low, "high": high + unit}
    if low is not None:
        return gettext("at least %(low)s") % {"low": low + unit}
    if high is not None:
        return gettext("at most %(high)s") % {"high": high + unit}
    return gettext("any value")


def number(value: float) -> str:
    """At most two decimals, four digits of very large and very small ones."""
    if math.isnan(value):
        return gettext("not a number")
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value and not 0.01 <= abs(value) < 1e9:
        return f"{value:.4g}"
    return f"{value:.2f}".rstrip("0").rstrip(".")
