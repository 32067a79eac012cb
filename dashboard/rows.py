"""One canary as a row or a card, drawn once per change and language for everyone who looks at it.

Rows hold nothing that depends on the viewer. Cards hold buttons and say whose turn it is, so there is one
for each answer to that; few of them differ between people.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from django.template.loader import get_template
from django.utils.translation import get_language

from dashboard import confirms, deciding, images, phases, policy_words, progress
from dashboard.confirms import Confirm
from dashboard.deciding import Option
from dashboard.entry import place
from dashboard.inbox import Call, Turn
from dashboard.known import Known
from dashboard.store import CanaryView
from dashboard.switches import NONE
from gates import clusters

# Enough for the windows of many viewers; the oldest drawing goes first.
MOST_KEPT = 8000
# Reasons of the rule book that cards show by themselves.
SAID_BETTER = ("waiting for approval", "rejected by", "frozen until")


class Drawings:
    """HTML by canary, kept until what it shows changes. Used by one thread at a time or by many:
    a lost update only costs another drawing."""

    def __init__(self) -> None:
        self.kept: dict[tuple[object, ...], tuple[Known, str]] = {}

    def row(self, known: Known) -> str:
        """A table row."""
        shown = known if known.switches == NONE else replace(known, switches=NONE)
        return self._drawn("canaries/row.html", shown, (), lambda: context(shown, None))

    def card(self, known: Known, call: Call, *, may_decide: bool) -> str:
        """A card of the inbox."""
        shown = replace(known, switches=known.switches.opened)
        return self._drawn(
            "canaries/card.html",
            shown,
            (call, may_decide),
            lambda: context(shown, may_decide) | _turn(shown, call, may_decide),
        )

    def _drawn(
        self, template: str, known: Known, viewer: tuple[object, ...], fill: Callable[[], dict[str, object]]
    ) -> str:
        where = place(known.view.canary.cluster, known.view.key)
        drawn = (template, where, clusters.several(), get_language(), viewer)
        kept = self.kept.get(drawn)
        if kept is not None and kept[0] == known:
            return kept[1]
        html = get_template(template).render(fill()).strip()
        self.kept[drawn] = (known, html)
        while len(self.kept) > MOST_KEPT:
            self.kept.pop(next(iter(self.kept)))
        return html


drawings = Drawings()


def context(known: Known, may_decide: bool | None, person: str = "") -> dict[str, object]:
    """What the partials of a canary use; `may_decide` None: without buttons; `person` is who looks."""
    view = known.view
    canary, waiting = view.canary, known.waiting
    phase = phases.of(canary.phase)
    done, total = progress.step(view)
    confirm = confirms.current(known)
    return {
        "known": known,
        "view": view,
        "canary": canary,
        "key": f"{canary.namespace}/{canary.name}",
        "place": "/".join(place(canary.cluster, canary.key)),
        "cluster": canary.cluster if clusters.several() else "",
        "away": known.away,
        "phase": phase,
        "waiting": waiting,
        "wait": confirm.label if confirm and waiting else phases.WAITS.get(waiting, ""),
        "wait_since": known.wait.since if known.wait else view.phase_since,
        "confirm": confirm,
        "at_deadline": _at_deadline(confirm),
        "told": _told(known),
        "frozen_here": known.frozen if waiting else None,
        "unapproved": known.unapproved,
        "whom": progress.whom(view) if progress.by_match(canary) else "",
        "caption": progress.caption(view),
        "counted": progress.counted(view),
        "image": images.shown(view.images),
        "bar": canary.phase not in ("Initialized", "Succeeded", "Initializing", "", "Terminated"),
        "checks": canary.threshold > 0 and canary.phase not in ("Initialized", "Succeeded", ""),
        "ticks": ticks(view),
        "step": done,
        "steps": total,
        "asked": known.asked.at,
        "gate": known.switches.gate,
        "rollback": known.switches.rollback,
        "options": [] if may_decide is None else deciding.options(known, may_decide, person),
    }


def _turn(known: Known, call: Call, may_decide: bool) -> dict[str, object]:
    """Whose turn it is, and the buttons: what moves it on, then whatever else can be done from here.

    What cannot be done is on the canary's own page, with the reason.
    """
    offered = [each for each in deciding.options(known, may_decide) if not each.why]
    # During a freeze an approval may be given ahead; otherwise it would change nothing.
    useful = call.turn in {Turn.MINE, Turn.FROZEN}
    offered = [each for each in offered if useful or each.action != "approve"]
    first: list[Option] = [each for each in offered[:1] if call.mine and each.action == "approve"]
    return {"call": call, "first": first, "others": offered[len(first) :]}


def _told(known: Known) -> str:
    """Why Flagger was told no, unless the card says it in better words."""
    why = known.asked.why if known.asked.refused and known.waiting else ""
    return "" if why.removeprefix("start: ").startswith(SAID_BETTER) else why


def _at_deadline(confirm: Confirm | None) -> str:
    wait = confirm.wait if confirm else None
    return policy_words.at_deadline(wait.on_deadline, wait.hook) if wait and wait.deadline else ""


def ticks(view: CanaryView) -> str:
    """The SVG path of the steps, in a box of 100 by 10; "" when weights are not stepped."""
    if progress.counts_iterations(view.canary):
        return ""
    return "".join(f"M{weight} 0V10" for weight in view.canary.steps if 0 < weight < 100)
