"""Webhooks that may take longer, all together, than the interval in which Flagger asks them."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from dashboard.analysis import Hook
from dashboard.wiring.warning import Code, Level, WiringWarning, analysis_lines, hook_lines, say
from dashboard.wiring.wired import BACK, PRE, PROMOTION, START, TEST, TRAFFIC, Wired, Wiring, changed

# Flagger waits 1, 2, 4, 8, 16 and then always 30 seconds before it tries again.
PAUSES = (1, 2, 4, 8, 16)
LONGEST_PAUSE = 30
# What one interval asks: before the start, at weight 0, and at the maximum.
TOGETHER = ((START,), (BACK, PRE, TRAFFIC), (BACK, TEST, TRAFFIC, PROMOTION))


def warnings(wiring: Wiring) -> Iterator[WiringWarning]:
    """The worst interval counts; a webhook without a limit is a matter of its own."""
    for wired in wiring.hooks:
        if wired.hook.timeout <= 0:
            yield _unlimited(wired)
    seconds = max(_sum(wiring, types) for types in TOGETHER)
    interval = wiring.canary.interval
    if seconds > interval:
        yield WiringWarning(
            Level.INFO,
            Code.TIMEOUTS_EXCEED_INTERVAL,
            say(
                _(
                    "When webhooks do not answer, their timeouts and retries take up to {seconds} s in one"
                    " interval of {interval} s: Flagger then falls behind."
                ),
                seconds=f"{seconds:.0f}",
                interval=f"{interval:.0f}",
            ),
            _("Give them shorter timeouts and fewer retries, or make the interval longer."),
            analysis_lines(interval=f"{int(-(-seconds // 1))}s"),
        )


def _unlimited(wired: Wired) -> WiringWarning:
    return WiringWarning(
        Level.WARNING,
        Code.TIMEOUT_UNLIMITED,
        say(
            _("A timeout of 0 is none: as long as “{name}” does not answer, this canary stands still."),
            name=wired.name,
        ),
        _("Set a timeout."),
        hook_lines({**changed(wired), "timeout": "5s"}),
        wired.name,
    )


def _sum(wiring: Wiring, types: tuple[str, ...]) -> float:
    return sum(slowest(each.hook) for each in wiring.of(*types) if wiring.asks(each.type))


def slowest(hook: Hook) -> float:
    """Seconds until Flagger gives this webhook up."""
    retries = max(0, hook.retries)
    pauses = sum(PAUSES[:retries]) + LONGEST_PAUSE * max(0, retries - len(PAUSES))
    return (retries + 1) * max(0.0, hook.timeout) + pauses
