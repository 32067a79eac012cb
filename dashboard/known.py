"""All that is known of one canary: its state in the cluster, its switches, Flagger's last question."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboard import asking, progress
from dashboard.asking import NEVER, Asked
from dashboard.store import CanaryView, Store
from dashboard.switches import NONE, Switches, read
from gates.access_rights import Access


@dataclass(frozen=True, slots=True)
class Known:
    """One canary; equal ones draw equal HTML."""

    view: CanaryView
    switches: Switches = NONE
    asked: Asked = NEVER

    @property
    def waiting(self) -> str:
        """The hook that waits for a person, or ""."""
        return progress.waiting(self.view, self.asked.refused)


def everything(store: Store, access: Access) -> list[Known]:
    """Every canary that may be seen, without its switches: the order of a list does not depend on them."""
    return [
        Known(view, NONE, asking.last(store.cluster, view.key))
        for view in list(store.all())
        if access.views(view.canary.namespace)
    ]


def from_database(store: Store, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """These canaries with their switches as the database has them now; those that are gone are left out."""
    views = [view for key in keys if (view := store.get(*key)) is not None]
    switches = read(store.cluster, [view.key for view in views])
    return {
        view.key: Known(view, switches.get(view.key, NONE), asking.last(store.cluster, view.key))
        for view in views
    }
