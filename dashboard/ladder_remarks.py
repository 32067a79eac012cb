"""What the ladder's rungs do not tell: weights that disagree, sticky sessions, who is sent to the canary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboard import matches
from dashboard.canary import Canary, Strategy
from dashboard.fields import Fields, Problems
from dashboard.progress import by_match
from dashboard.store import CanaryView
from dashboard.weights import STATUS

# Flagger's own default.
COOKIE_LASTS = 86_400
UNDER_WAY = frozenset({"Progressing", "Waiting", "WaitingPromotion", "Promoting"})


@dataclass(frozen=True, slots=True)
class Remark:
    """`name` is what the page calls it in `data-remark`; several `lines` are alternatives."""

    name: str
    title: str
    lines: tuple[str, ...]


def remarks(view: CanaryView) -> list[Remark]:
    """Those that hold for this canary now."""
    return [*set_and_actual(view), *_tested(view.canary), *_sticky(view.canary)]


def set_and_actual(view: CanaryView) -> list[Remark]:
    """The two weights, where they differ while a release is under way."""
    canary, weight = view.canary, view.weight
    if canary.phase not in UNDER_WAY or weight.source == STATUS or weight.value == canary.status_weight:
        return []
    status = {"weight": canary.status_weight}
    if canary.strategy is not Strategy.CANARY:
        said = _("Flagger's status says %(weight)s %%: it counts iterations, not weights.") % status
    elif canary.phase == "Progressing":
        said = _("Flagger set %(weight)s %%.") % status
    else:
        said = _("Flagger's status says %(weight)s %%, as always in this phase.") % status
    actual = {"weight": weight.value, "source": weight.source}
    really = _("The canary gets %(weight)s %% (%(source)s).")
    if by_match(canary):
        really = _("The canary gets %(weight)s %% of the requests that match (%(source)s).")
    return [Remark("weights", _("Set and actual"), (said, really % actual))]


def _tested(canary: Canary) -> Iterator[Remark]:
    if canary.strategy is Strategy.AB_TEST:
        yield Remark("matches", _("Sent to the canary"), tuple(matches.conditions(canary)))


def _sticky(canary: Canary) -> Iterator[Remark]:
    analysis = Fields(canary.raw, "", Problems()).inner("spec").inner("analysis")
    if "sessionAffinity" not in analysis:
        return
    affinity = analysis.inner("sessionAffinity")
    cookie = affinity.text("cookieName")
    lasts = affinity.whole("maxAge") or COOKIE_LASTS
    lines = [
        _("Whoever met the canary stays on it while the release runs: cookie %(cookie)s, for %(time)s.")
        % {"cookie": cookie, "time": _lasts(lasts)}
    ]
    if primary := affinity.text("primaryCookieName"):
        lines.append(
            _("Others stay on the primary until the next check: cookie %(cookie)s.") % {"cookie": primary}
        )
    yield Remark("affinity", _("Session affinity"), tuple(lines))


def _lasts(seconds: int) -> str:
    for unit, length in ((_("%(n)d d"), 86_400), (_("%(n)d h"), 3600), (_("%(n)d min"), 60)):
        if seconds % length == 0:
            return unit % {"n": seconds // length}
    return _("%(n)d s") % {"n": seconds}
