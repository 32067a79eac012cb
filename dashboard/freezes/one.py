"""What the freezes of this moment mean for one canary: on its page, and where somebody decides about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from django.utils import timezone

from dashboard.freezes import scope
from dashboard.store import CanaryView
from gates import freezes
from gates.confirm_rules import FreezeWindow
from gates.models import Exemption, Freeze
from gates.rules import ROLLED_BACK_IN


class State(StrEnum):
    """`HELD` it is stopped, or its next start is; `GOES_ON` a release is under way, which is not stopped;
    `FREE` no hook asks here that could be told no; `EXEMPT` somebody let it through."""

    HELD = "held"
    GOES_ON = "goes-on"
    FREE = "free"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class OnCanary:
    """One freeze that names the canary."""

    freeze: Freeze
    state: State
    exemption: Exemption | None = None


def on(view: CanaryView) -> list[OnCanary]:
    """Every freeze of now that names it, those that hold it first; asks the database."""
    return among(view, freezes.current(timezone.now()))


def among(view: CanaryView, current: Iterable[Freeze]) -> list[OnCanary]:
    """The same out of freezes that hold now."""
    found = [_on(each, view) for each in current if freezes.names(each, *view.key)]
    order = list(State)
    return sorted(found, key=lambda each: (order.index(each.state), -each.freeze.ends_at.timestamp()))


def holding(view: CanaryView) -> list[OnCanary]:
    """Those during which an approval has no effect yet."""
    return [each for each in on(view) if each.state is State.HELD]


def longest(view: CanaryView, current: Iterable[Freeze]) -> FreezeWindow | None:
    """Of the freezes that hold it, the one that ends last."""
    held = [each.freeze for each in among(view, current) if each.state is State.HELD]
    last = max(held, key=lambda each: each.ends_at, default=None)
    return FreezeWindow(last.ends_at, last.reason, last.in_flight) if last else None


def _on(freeze: Freeze, view: CanaryView) -> OnCanary:
    if exempted := freezes.exemption(freeze, view.canary.cluster, *view.key):
        return OnCanary(freeze, State.EXEMPT, exempted)
    if not scope.enforceable(view, freeze.in_flight):
        return OnCanary(freeze, State.FREE)
    under_way = view.canary.phase in ROLLED_BACK_IN and not scope.asking(view) & scope.stopping(view)
    return OnCanary(freeze, State.GOES_ON if under_way and not freeze.in_flight else State.HELD)
