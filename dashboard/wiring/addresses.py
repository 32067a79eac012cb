"""Addresses that mean something else than the hook's type says."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from dashboard.canary import Strategy
from dashboard.hook_address import Kind
from dashboard.wiring.warning import Code, Level, WiringWarning, hook_lines, say
from dashboard.wiring.wired import (
    BACK,
    CONFIRM,
    EVENT,
    POST,
    PRE,
    PROMOTION,
    START,
    TESTS,
    TRAFFIC,
    Wired,
    Wiring,
    moved,
    typed_path,
)
from gates.keys import GATE, ROLLBACK

# The load tester's tasks that run before they are answered; others are a yes at once.
RUN_FIRST = frozenset({"bash", "helm", "helmv3", "kubectl", "concord"})


def warnings(wiring: Wiring) -> Iterator[WiringWarning]:
    """Every hook is looked at by itself."""
    for wired in wiring.hooks:
        if wired.on(GATE, "open") or wired.on(ROLLBACK, "open"):
            yield _opens(wiring, wired)
        elif wired.type in TESTS and _asks_people(wired):
            yield _test_asks(wiring, wired)
        elif _mismatched(wired):
            yield _mismatch(wiring, wired)


def _opens(wiring: Wiring, wired: Wired) -> WiringWarning:
    return WiringWarning(
        Level.DANGER,
        Code.HOOK_OPENS,
        say(
            _("Flagger itself opens the switch “{switch}” whenever it calls the hook “{name}”."),
            switch=wired.at.gate,
            name=wired.name,
        ),
        _("Only people and scripts should open switches: let the hook ask its own address."),
        hook_lines(moved(wiring, wired)),
        wired.name,
    )


def _asks_people(wired: Wired) -> bool:
    at = wired.at
    if at.kind is Kind.TYPED:
        return at.hook in CONFIRM or at.hook == BACK
    return wired.on(GATE) or wired.on(ROLLBACK) or (at.kind is Kind.CONSTANT and at.action == "halt")


def _test_asks(wiring: Wiring, wired: Wired) -> WiringWarning:
    if wired.type == PRE:
        type_ = START
    else:
        type_ = TRAFFIC if wiring.canary.strategy is Strategy.CANARY else PROMOTION
    return WiringWarning(
        Level.WARNING,
        Code.TEST_ASKS_GATE,
        say(
            _(
                "The {type} hook “{name}” is a test: each interval in which the gate is closed is a failed"
                " check, and {threshold} of them roll back."
            ),
            type=wired.type,
            name=wired.name,
            threshold=wiring.canary.threshold,
        ),
        say(_("To wait for a person, make it a {type} hook."), type=type_),
        hook_lines(moved(wiring, wired, type_)),
        wired.name,
    )


def _mismatched(wired: Wired) -> bool:
    type_, at = wired.type, wired.at
    if at.kind is Kind.TYPED and type_ in (*CONFIRM, BACK, POST, *TESTS):
        return at.hook != type_
    if type_ in CONFIRM:
        return at.kind is Kind.DROP_IN and not wired.on(GATE)
    if type_ == BACK:
        return _rolls_back(wired)
    if type_ == POST:
        return at.kind is Kind.DROP_IN and at.action != "close"
    if type_ == EVENT:
        return at.action == "close" or at.hook == POST
    return False


def _rolls_back(wired: Wired) -> bool:
    """Something else than a request to roll back is a yes to this rollback hook."""
    if wired.at.kind is Kind.TASK:
        return wired.hook.metadata.get("type", "cmd") not in RUN_FIRST
    if wired.at.kind is Kind.CONSTANT:
        return wired.at.action == "approve"
    return wired.at.kind is Kind.DROP_IN and not wired.on(ROLLBACK)


def _mismatch(wiring: Wiring, wired: Wired) -> WiringWarning:
    return WiringWarning(
        _level(wired),
        Code.HOOK_MISMATCH,
        say(
            _("The {type} hook “{name}” calls {path}, which means something else: {consequence}"),
            type=wired.type,
            name=wired.name,
            path=_path(wired),
            consequence=_consequence(wired),
        ),
        _("Let it call the address of its own type."),
        hook_lines(moved(wiring, wired)),
        wired.name,
    )


def _level(wired: Wired) -> Level:
    """A wrong question, or a write that nobody meant, is a danger; a call without an effect is not."""
    asks = wired.type in CONFIRM or wired.type == BACK
    writes = wired.at.action == "close" or wired.at.hook == POST
    return Level.DANGER if asks or writes else Level.WARNING


def _path(wired: Wired) -> str:
    at = wired.at
    if at.kind is Kind.TYPED:
        return typed_path(at.hook, at.gate)
    if at.kind is Kind.CONSTANT:
        return f"/gate/{at.action}"
    return f"/{at.gate}/{at.action}" if at.kind is Kind.DROP_IN else "/"


def _consequence(wired: Wired) -> object:
    at = wired.at
    if wired.type == BACK:
        asked = wired.on(GATE) or at.hook in CONFIRM
        return _("an approval rolls back.") if asked else _("the release is rolled back at once.")
    if wired.type in CONFIRM:
        if wired.on(ROLLBACK) or at.hook == BACK:
            return _("a request to roll back is taken for an approval.")
        asked = at.hook in CONFIRM
        return _("another approval is taken for this one.") if asked else _("the answer is always yes.")
    if at.hook == POST:
        return _("it ends what people have approved, at the wrong time.")
    return _("it closes a switch with every call.") if at.action == "close" else _("it has no effect.")
