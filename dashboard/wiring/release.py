"""What people cannot do in this canary's releases: hooks never asked, freezes and restarts nothing stops."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from dashboard.wiring.warning import Code, Level, Text, WiringWarning, hook_lines, say
from dashboard.wiring.wired import (
    BACK,
    CONFIRM,
    PROMOTION,
    START,
    TRAFFIC,
    Wired,
    Wiring,
    changed,
    moved,
    new,
    typed_path,
)
from gates import policy


def warnings(wiring: Wiring) -> Iterator[WiringWarning]:
    """In the order in which a release would meet them."""
    yield from _skipped(wiring)
    yield from _never_asked(wiring)
    yield from _restart(wiring)
    yield from _freeze(wiring)


def _skipped(wiring: Wiring) -> Iterator[WiringWarning]:
    hooks = wiring.of(*CONFIRM, BACK)
    silent = [each for each in hooks if not wiring.asks(each.type)]
    if wiring.canary.skip_analysis and silent:
        yield WiringWarning(
            Level.INFO,
            Code.SKIP_ANALYSIS,
            say(
                _("The analysis is skipped: Flagger never asks the hooks {names}."),
                names=", ".join(f"“{each.name}”" for each in silent),
            ),
            _("Take spec.skipAnalysis away to have them asked; only a confirm-rollout hook is asked now."),
            "skipAnalysis: false\n",
        )


def _never_asked(wiring: Wiring) -> Iterator[WiringWarning]:
    if not wiring.iterates() or wiring.canary.skip_analysis:
        return
    for wired in wiring.of(TRAFFIC):
        yield WiringWarning(
            Level.WARNING,
            Code.TRAFFIC_NEVER_ASKED,
            say(
                _("Flagger never asks the hook “{name}”: {strategy} has no traffic steps."),
                name=wired.name,
                strategy=wiring.canary.strategy,
            ),
            _("Ask before the promotion instead."),
            hook_lines(moved(wiring, wired, PROMOTION)),
            wired.name,
        )


def _restart(wiring: Wiring) -> Iterator[WiringWarning]:
    """A newer revision restarts a running analysis, and Flagger does not ask confirm-rollout again."""
    start = next((each for each in wiring.of(START) if each.typed), None)
    if start is None or wiring.canary.skip_analysis:
        return
    if policy.read(start.hook.metadata).on_unapproved == "rollback":
        return
    if wiring.iterates():
        yield _unstoppable(
            start,
            _("Let the policy roll it back: nothing can stop it in Blue/Green and A/B testing."),
            hook_lines(changed(start, metadata={**start.hook.metadata, "on-unapproved": "rollback"})),
        )
    elif not any(each.typed for each in wiring.of(TRAFFIC)):
        yield _unstoppable(
            start,
            _("Add a confirm-traffic-increase hook: it says no to what was not approved to start."),
            hook_lines(new("more traffic", TRAFFIC, wiring.url(typed_path(TRAFFIC), start))),
        )


def _unstoppable(start: Wired, remedy: Text, lines: str) -> WiringWarning:
    return WiringWarning(
        Level.WARNING,
        Code.RESTART_UNAPPROVED,
        _(
            "A newer revision that arrives during the analysis restarts it without asking confirm-rollout"
            " again: it runs without approval."
        ),
        remedy,
        lines,
        start.name,
    )


def _freeze(wiring: Wiring) -> Iterator[WiringWarning]:
    if any(each.typed and wiring.asks(each.type) for each in wiring.of(START, TRAFFIC)):
        return
    ours = next((each for each in wiring.of(START) if each.at.ours), None)
    start = moved(wiring, ours) if ours else new("start", START, wiring.url(typed_path(START)))
    yield WiringWarning(
        Level.INFO,
        Code.FREEZE_NOT_ENFORCEABLE,
        _("Flagger asks no typed hook before it starts: a freeze cannot hold this canary."),
        _("Let a confirm-rollout hook ask the typed address."),
        hook_lines(start),
    )
