"""Confirm hooks that nobody can answer, that nobody is asked by, or that share one switch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from dashboard.hook_address import Kind
from dashboard.wiring.warning import Code, Level, WiringWarning, hook_lines, say
from dashboard.wiring.wired import BACK, CONFIRM, START, Wired, Wiring, moved, typed_path
from gates.keys import GATE


def warnings(wiring: Wiring) -> Iterator[WiringWarning]:
    """Each hook by itself, then what they share."""
    for wired in wiring.of(*CONFIRM, BACK):
        if wired.at.kind is Kind.CONSTANT and wired.at.action == "halt":
            yield _halt(wiring, wired)
    for wired in wiring.of(*CONFIRM):
        if wired.at.kind is Kind.CONSTANT and wired.at.action == "approve":
            yield _approve(wiring, wired)
        elif wired.at.kind in (Kind.FOREIGN, Kind.TASK):
            yield _foreign(wiring, wired)
    yield from _shared(wiring)


def _halt(wiring: Wiring, wired: Wired) -> WiringWarning:
    return WiringWarning(
        Level.WARNING,
        Code.GATE_HALT,
        say(
            _("The {type} hook “{name}” calls /gate/halt, which always says no: nobody can open it."),
            type=wired.type,
            name=wired.name,
        ),
        _("Let it ask an address that people can answer."),
        hook_lines(moved(wiring, wired)),
        wired.name,
    )


def _approve(wiring: Wiring, wired: Wired) -> WiringWarning:
    return WiringWarning(
        Level.WARNING,
        Code.GATE_APPROVE,
        say(
            _("The {type} hook “{name}” calls /gate/approve, which always says yes: nobody is asked."),
            type=wired.type,
            name=wired.name,
        ),
        _("Let it ask an address that people can answer, or take the hook away."),
        hook_lines(moved(wiring, wired)),
        wired.name,
    )


def _foreign(wiring: Wiring, wired: Wired) -> WiringWarning:
    return WiringWarning(
        Level.WARNING,
        Code.GATE_FOREIGN,
        say(
            _(
                "The {type} hook “{name}” calls {url}, which is no gate of Aviary's: it is answered"
                " elsewhere, or by nobody."
            ),
            type=wired.type,
            name=wired.name,
            url=wired.hook.url,
        ),
        _("If people should answer it here, let it ask Aviary."),
        hook_lines(moved(wiring, wired)),
        wired.name,
    )


def _shared(wiring: Wiring) -> Iterator[WiringWarning]:
    groups: defaultdict[str, list[Wired]] = defaultdict(list)
    for wired in wiring.of(*CONFIRM):
        if wired.typed:
            groups[typed_path(wired.type, wired.at.gate)].append(wired)
        elif wired.on(GATE) and not (wired.type == START and wiring.closed_by_start()):
            groups["/gate/check"].append(wired)
    for path, hooks in groups.items():
        if len(hooks) > 1:
            yield WiringWarning(
                Level.WARNING,
                Code.SWITCH_SHARED,
                say(
                    _("The hooks {names} share one switch, {path}: a yes to one is a yes to all of them."),
                    names=", ".join(f"“{wired.name}”" for wired in hooks),
                    path=path,
                ),
                _("Give each hook an address of its own."),
                hook_lines(*_apart(wiring, hooks)),
            )


def _apart(wiring: Wiring, hooks: list[Wired]) -> Iterator[dict[str, object]]:
    """Each at its type's address; the second and later ones of a type, or of a named gate, get a name."""
    seen: defaultdict[str, int] = defaultdict(int)
    for wired in hooks:
        seen[wired.type] += 1
        number = seen[wired.type]
        named = f"{wired.at.gate}-{number}" if wired.typed and wired.at.gate else str(number)
        gate = named if number > 1 else wired.at.gate if wired.typed else ""
        yield moved(wiring, wired, gate=gate)
