"""All that is known of one canary: the cluster, switches, what people said, Flagger's last question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from dashboard import asking, facts_source, progress, said
from dashboard.asking import NEVER, Asked
from dashboard.freezes import one
from dashboard.said import NOTHING, Said, Wait
from dashboard.store import CanaryView, Store
from dashboard.switches import NONE, Switches, read
from gates import confirm_rules, freezes
from gates.access_rights import Access
from gates.confirm_rules import FreezeWindow
from gates.rules import ROLLED_BACK_IN


@dataclass(frozen=True, slots=True)
class Known:
    """One canary; equal ones draw equal HTML. `frozen`: the freeze that holds it longest."""

    view: CanaryView
    switches: Switches = NONE
    asked: Asked = NEVER
    said: Said = NOTHING
    frozen: FreezeWindow | None = None

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


def everything(store: Store, access: Access) -> list[Known]:
    """Every canary that may be seen, with what a list's order depends on."""
    voices = said.read(store.cluster)
    return [
        Known(view, NONE, asking.last(view.canary), voices.get(view.key, NOTHING))
        for view in list(store.all())
        if access.views(view.canary.namespace)
    ]


def from_database(store: Store, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """These canaries with what the database has about them now; those that are gone are left out."""
    views = [view for key in keys if (view := store.get(*key)) is not None]
    if not views:
        return {}
    wanted = [view.key for view in views]
    switches, voices = read(store.cluster, wanted), said.read(store.cluster, wanted)
    current = freezes.current(timezone.now())
    return {
        view.key: Known(
            view,
            switches.get(view.key, NONE),
            asking.last(view.canary),
            voices.get(view.key, NOTHING),
            one.longest(view, current),
        )
        for view in views
    }
