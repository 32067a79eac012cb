"""What one person sees of one canary at one moment: handed to every part of its page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from dashboard import rows, typed_hooks
from dashboard.around.surroundings import Around
from dashboard.canary import Canary
from dashboard.known import Known
from dashboard.store import CanaryView, Store
from dashboard.typed_hooks import HookState
from gates.access_rights import Access


@dataclass(frozen=True)
class Look:
    """`show` is the page's query, such as `{"timeline": "decisions"}`; `around` what surrounds the canary;
    `person` is the name that decisions have."""

    store: Store
    known: Known
    around: Around
    access: Access
    now: datetime
    show: tuple[tuple[str, str], ...] = ()
    person: str = ""

    @property
    def view(self) -> CanaryView:
        """The canary with its weight and images."""
        return self.known.view

    @property
    def canary(self) -> Canary:
        """Its spec and status."""
        return self.known.view.canary

    @property
    def may_decide(self) -> bool:
        """Whether this person decides here."""
        return self.access.decides(self.canary.namespace)

    @cached_property
    def base(self) -> dict[str, object]:
        """What every template may use."""
        return rows.context(self.known, self.may_decide, self.person) | {
            "namespace": self.canary.namespace,
            "name": self.canary.name,
            "freshness": self.store.freshness,
        }

    @cached_property
    def states(self) -> Sequence[HookState]:
        """Whether Flagger asks each hook that ends here."""
        return typed_hooks.states(self.view, self.now)
