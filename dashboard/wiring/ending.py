"""Ways out that are missing: no rollback hook, and switches that outlive their release."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from dashboard.wiring.warning import Code, Level, WiringWarning, hook_lines, say
from dashboard.wiring.wired import BACK, CONFIRM, POST, START, Wired, Wiring, new, typed_path
from gates.keys import GATE, ROLLBACK


def warnings(wiring: Wiring) -> Iterator[WiringWarning]:
    """A skipped analysis never asks its rollback hook."""
    if wiring.asks(BACK):
        if not wiring.rollback_reaches_us():
            yield _no_rollback(wiring)
        yield from _not_closed(wiring, ROLLBACK, [each for each in wiring.of(BACK) if each.on(ROLLBACK)])
    yield from _not_closed(
        wiring,
        GATE,
        [
            each
            for each in wiring.of(*CONFIRM)
            if each.on(GATE) and not (each.type == START and wiring.closed_by_start())
        ],
    )


def _no_rollback(wiring: Wiring) -> WiringWarning:
    return WiringWarning(
        Level.WARNING,
        Code.NO_ROLLBACK,
        _("No rollback hook asks Aviary: nobody can roll a release back from here."),
        _("Add a rollback hook."),
        hook_lines(new("rollback", BACK, wiring.url(typed_path(BACK)))),
    )


def _not_closed(wiring: Wiring, switch: str, asking: list[Wired]) -> Iterator[WiringWarning]:
    if not asking or any(each.on(switch, "close") for each in wiring.of(POST)):
        return
    if switch == GATE:
        text = _(
            "No hook closes the gate after the run: opened by a script, it lets the next release through."
        )
    else:
        text = _(
            "No hook closes the rollback after the run: opened by a script, it rolls the next release back."
        )
    yield WiringWarning(
        Level.WARNING,
        Code(f"{switch}-not-closed"),
        text,
        say(
            _("Add a post-rollout hook that calls /{switch}/close."),
            switch=switch,
        ),
        hook_lines(new(f"close {switch}", POST, wiring.url(f"/{switch}/close", asking[0]))),
    )
