"""All that is known of one canary: the cluster, switches, what people said, Flagger's last question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from dashboard import asking, facts_source, progress, said, switches
from dashboard.asking import NEVER, Asked
from dashboard.freezes import one
from dashboard.said import NOTHING, Said, Wait
from dashboard.store import CanaryView, Reach, Store
from dashboard.switches import NONE, Switches
from gates import clusters, confirm_rules, freezes
from gates.confirm_rules import FreezeWindow
from gates.rules import ROLLED_BACK_IN


@dataclass(frozen=True, slots=True)
class Known:
    """One canary; equal ones draw equal HTML. `frozen`: the freeze that holds it longest; `away`:
    its cluster, one of several, is not live, so this is from before."""

    view: CanaryView
    switches: Switches = NONE
    asked: Asked = NEVER
    said: Said = NOTHING
    frozen: FreezeWindow | None = None
    away: bool = False

    @property
    def wait(self) -> Wait | None:
        """The typed hook at which Flagger waits since when, as far as it was told no there."""
        return self.said.wait(self.view)

    @property
    def waiting(self) -> str:
        """The hook that waits for a person, or ""."""
        wait = self.wait
        return progress.waiting(self.view, self.asked, str(wait.hook) if wait else "")

    @property
    def unapproved(self) -> bool:
        """A revision runs whose start nobody approved, and no hook can stop it."""
        canary = self.view.canary
        asks = any(hook.type == confirm_rules.Hook.START for hook in canary.hooks)
        if canary.phase not in ROLLED_BACK_IN or not asks:
            return False
        given = [voice.rule for voice in self.said.voices if voice.yes]
        return confirm_rules.unapproved(facts_source.of(self.view), given)


def everything(store: Store) -> list[Known]:
    """Every canary with what the database has now that a list shows: of the switches, those that are open."""
    voices, opened = said.read(store.cluster), switches.opened(store.cluster)
    current = freezes.current(timezone.now())
    return [
        Known(
            view,
            opened.get(view.key, NONE),
            asking.last(view.canary),
            voices.get(view.key, NOTHING),
            one.longest(view, current),
            away(store),
        )
        for view in store.all()
    ]


def from_database(store: Store, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """These canaries with what the database has about them now; those that are gone are left out."""
    views = [view for key in keys if (view := store.get(*key)) is not None]
    if not views:
        return {}
    wanted = [view.key for view in views]
    thrown, voices = switches.read(store.cluster, wanted), said.read(store.cluster, wanted)
    current = freezes.current(timezone.now())
    return {
        view.key: Known(
            view,
            thrown.get(view.key, NONE),
            asking.last(view.canary),
            voices.get(view.key, NOTHING),
            one.longest(view, current),
            away(store),
        )
        for view in views
    }


def away(store: Store) -> bool:
    """One of several clusters that is not live: what is shown of it is marked, and the others' is not."""
    return clusters.several() and store.freshness.reach is not Reach.LIVE
