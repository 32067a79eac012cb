"""Whom a freeze holds: the canaries it names, as the cluster has them now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dashboard.store import CanaryView, Store
from dashboard.wiring.wired import CONFIRM, START, TRAFFIC, wire
from gates import freezes
from gates.access_rights import Access
from gates.keys import GATE
from gates.models import Freeze
from gates.rules import ROLLED_BACK_IN


@dataclass(slots=True)
class Scope:
    """What a freeze would hold now, by what would become of it.

    `starting`: held by every freeze; `in_flight`: stuck at their weight when that is ticked; `free`: no
    confirm hook of theirs asks here in time, so nothing holds them; `resting`: nothing runs, the next release
    is held.
    """

    starting: list[CanaryView] = field(default_factory=list)
    in_flight: list[CanaryView] = field(default_factory=list)
    free: list[CanaryView] = field(default_factory=list)
    resting: list[CanaryView] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All that are named."""
        return len(self.starting) + len(self.in_flight) + len(self.free) + len(self.resting)


def scope(freeze: Freeze, views: Iterable[CanaryView], access: Access) -> Scope:
    """Those of them that the freeze names and the person may see, exempted or not, by name."""
    found = Scope()
    for view in sorted(named(freeze, views, access), key=lambda each: each.key):
        hooks = asking(view)
        running = view.canary.phase in ROLLED_BACK_IN
        if not hooks:
            found.free.append(view)
        elif hooks & stopping(view):
            found.starting.append(view)
        elif running and hooks - {START}:
            found.in_flight.append(view)
        elif running or not enforceable(view, freeze.in_flight):
            found.free.append(view)
        else:
            found.resting.append(view)
    return found


def named(freeze: Freeze, views: Iterable[CanaryView], access: Access) -> list[CanaryView]:
    """Those of them that the patterns mean."""
    return [view for view in list(views) if access.views(view.key[0]) and freezes.names(freeze, *view.key)]


def asking(view: CanaryView) -> set[str]:
    """The types of the confirm hooks that ask Aviary, typed or at the drop-in gate, in a release."""
    wiring = wire(view.canary)
    return {
        each.type for each in wiring.of(*CONFIRM) if (each.typed or each.on(GATE)) and wiring.asks(each.type)
    }


def stopping(view: CanaryView) -> set[str]:
    """The hook types whose next question would start a release, as far as one waits to start."""
    if view.canary.phase == "Waiting":
        return {START}
    if view.canary.phase == "Progressing" and view.weight.value == 0:
        return {TRAFFIC}
    return set()


def enforceable(view: CanaryView, in_flight: bool) -> bool:
    """Some hook of the manifest lets the freeze stop what it is meant to stop."""
    hooks = asking(view)
    return bool(hooks if in_flight else hooks & {START, TRAFFIC})


def namespaces(freeze: Freeze, store: Store) -> frozenset[str]:
    """Those in which it holds at least one canary."""
    found: set[str] = set()
    for namespace, name in [view.key for view in list(store.all())]:
        if namespace not in found and freezes.covers(freeze, store.cluster, namespace, name):
            found.add(namespace)
    return frozenset(found)
