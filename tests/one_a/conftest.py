"""One canary's page with hand-made surroundings and readings of Flagger's metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from dashboard import flagger_metrics
from dashboard.around.around import NOTHING, Around
from dashboard.canary import parse
from dashboard.flagger_metrics import Readings
from dashboard.store import Reach, Store
from gates.keys import DEFAULT_CLUSTER
from tests.support import views
from tests.support.people import People


@dataclass
class Page:
    """Puts canaries into the store and draws their pages as `client` sees them."""

    client: Client
    store: Store
    around: Around = NOTHING

    def put(self, raw: dict[str, Any], around: Around = NOTHING) -> None:
        """Make it the canary of its name, with these surroundings."""
        self.around = around
        views.put(self.store, parse(DEFAULT_CLUSTER, raw))

    def of(self, raw: dict[str, Any], around: Around = NOTHING) -> str:
        """The page of that canary, test/podinfo unless it says otherwise."""
        self.put(raw, around)
        meta = raw["metadata"]
        answer: Any = self.client.get(f"/canaries/{meta['namespace']}/{meta['name']}")
        assert answer.status_code == 200
        html: str = answer.content.decode()
        return html


@pytest.fixture
def page(people: People, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Victor, who may look at everything, in front of an empty store."""
    client = Client()
    client.force_login(people.victor, "django.contrib.auth.backends.ModelBackend")
    made = Page(client, Store(DEFAULT_CLUSTER, "test-cluster"))
    made.store.set_freshness(Reach.LIVE)
    monkeypatch.setattr(made.store.around, "of", lambda _canary: made.around)
    with views.shown(made.store):
        yield made


Tell = Callable[..., Readings]


@pytest.fixture
def tell() -> Iterator[Tell]:
    """`tell({"metric": 1.0}, ago=3)`: Flagger's metrics were read so many seconds ago, of test/podinfo."""
    readings = Readings()
    flagger_metrics.use(DEFAULT_CLUSTER, readings)

    def take(values: dict[str, float], ago: float = 1.0, target: str = "podinfo") -> Readings:
        at = datetime.now(UTC) - timedelta(seconds=ago)
        readings.take([("test", target, metric, value) for metric, value in values.items()], at)
        return readings

    yield take
    flagger_metrics.use(DEFAULT_CLUSTER, None)
