"""A freeze that an administrator makes, over the typed hooks' canary; and a cluster that pages show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dashboard.store import Store
from gates import facts, freezing
from gates.access_rights import EVERYTHING
from gates.audit import Actor, Origin
from gates.freezing import Caller, Wanted
from gates.models import Freeze, RoleGrant
from tests.api.conftest import as_token
from tests.pages.conftest import FromStore
from tests.people.conftest import browse
from tests.support import views
from tests.support.people import People
from tests.typed.conftest import cluster, flagger

__all__ = ["ADA", "as_token", "browse", "cluster", "flagger", "freeze", "hence"]

ADA = Caller(Actor("person", "ada"), Origin("page", "10.0.0.2"), EVERYTHING)


def hence(**distance: float) -> datetime:
    """That much later than now."""
    return timezone.now() + timedelta(**distance)


def freeze(**more: object) -> Freeze:
    """A freeze of the payments for the next hour, because of incident 4711."""
    wanted: dict[str, object] = {
        "namespaces": "pay*", "reason": "incident 4711", "ends_at": hence(hours=1),
    }  # fmt: skip
    return freezing.create(Wanted(**(wanted | more)), ADA)  # type: ignore[arg-type]


@pytest.fixture
def shop() -> Iterator[Store]:
    """Payments: `begins` waits to start, `first` is at 0 %, `rising` at 25 %, `calm` rests, `hookless` runs
    without hooks, `last` and the resting `done` ask before the promotion only. Catalog: `search` at 50 %."""
    made = views.store(
        views.canary("begins", "payments", "Waiting"),
        views.canary("first", "payments", "Progressing", weight=0),
        views.canary("rising", "payments", "Progressing", weight=25),
        views.canary("calm", "payments", "Succeeded"),
        views.canary("hookless", "payments", "Progressing", weight=10, hooks=()),
        views.canary("last", "payments", "WaitingPromotion", weight=50, hooks=("confirm-promotion",)),
        views.canary("done", "payments", "Succeeded", hooks=("confirm-promotion",)),
        views.canary("search", "catalog", "Progressing", weight=50),
    )
    facts.provide(FromStore(made))
    with views.shown(made):
        yield made
    facts.provide(None)


@pytest.fixture
def somewhere(people: People) -> User:
    """Nora, who administers the payments and looks at nothing else."""
    RoleGrant.objects.create(user=people.nora, role="admin", namespaces="payments*", decision=1)
    return people.nora
