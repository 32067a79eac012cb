"""Go's durations, as Flagger reads them: `1m30s`, `500ms`, `1.5h`."""

from __future__ import annotations

import re

SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_PART = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)")
_WHOLE = re.compile(rf"[+-]?(?:{_PART.pattern})+")


def seconds(text: str) -> float:
    """The duration in seconds; ValueError for what Go's time.ParseDuration refuses."""
    if text in ("0", "+0", "-0"):
        return 0.0
    if len(text) > 100 or not _WHOLE.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is not a duration such as 30s or 1m")
    total = sum(float(number) * SECONDS[unit] for number, unit in _PART.findall(text))
    return -total if text.startswith("-") else total
