"""One canary that a test moves as Flagger would: each write has a version and a time of its own."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from dashboard.models import Release
from dashboard.releases.running import Recording
from dashboard.releases.where import Where
from dashboard.store import CANARY, Reach, Store
from tests.releases.telling import DEPLOYMENT, parsed
from tests.support.traces import deployment

START = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
WHERE = Where("default", "shop", "cart")
KEY = "shop", "cart"
TRUE, FALSE = ("Initialized", "Succeeded"), ("Failed",)


class Story:
    """`replica` says who watches; without one nobody does, and time goes on all the same."""

    def __init__(self) -> None:
        self.now, self.version = START, 1000
        self.objects: dict[tuple[str, str], dict[str, Any]] = {}
        self.replica: Recording | None = None
        self.uid, self.made = "u1", START
        self.status: dict[str, Any] = {}
        self.promoted = self.applied = ""
        self.watched()

    def watched(self) -> Recording:
        """A replica begins to watch: it is told what there is, and then what happens."""
        store = Store("default", "story")
        store.set_freshness(Reach.LIVE)
        self.replica = Recording(store, lambda: self.now)
        for (kind, name), thing in self.objects.items():
            self._tell(kind, name, thing)
        # As the watch does when the first list is in.
        store.set_freshness(Reach.STALE)
        store.set_freshness(Reach.LIVE)
        return self.replica

    def unwatched(self) -> None:
        """It is killed."""
        self.replica = None

    def image(self, tag: str, suffix: str = "") -> None:
        """Somebody deploys; with `-primary` it is Flagger."""
        self._write(DEPLOYMENT, "cart" + suffix, deployment("shop", "cart" + suffix, f"cart:{tag}"))

    def flagger(self, phase: str, weight: int = 0, **more: Any) -> None:
        """Flagger writes the status ten seconds later; `spec` is what it saw in the target."""
        self.now += timedelta(seconds=10)
        old = self.status.get("conditions", [{}])[0]
        state = "True" if phase in TRUE else "False" if phase in FALSE else "Unknown"
        stamp = self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        same = (old.get("status"), old.get("reason")) == (state, phase)
        condition = old if same else {
            "type": "Promoted", "status": state, "reason": phase, "message": f"{phase} it is.",
            "lastUpdateTime": stamp,
            "lastTransitionTime": old["lastTransitionTime"] if old.get("status") == state else stamp,
        }  # fmt: skip
        self.applied = more.get("spec", self.applied)
        if phase in TRUE:
            self.promoted = self.applied
        self.status = {
            "phase": phase, "canaryWeight": weight, "failedChecks": more.get("failed", 0), "iterations": 0,
            "lastAppliedSpec": self.applied, "lastPromotedSpec": self.promoted,
            "trackedConfigs": more.get("configs", self.status.get("trackedConfigs")),
            "lastTransitionTime": stamp, "conditions": [condition],
        }  # fmt: skip
        self._write(CANARY, "cart", self._canary())

    def installed(self) -> None:
        """The first deployment, promoted at once."""
        self.image("1")
        self.flagger("Initializing")
        self.image("1", "-primary")
        self.flagger("Initialized", spec="s1")

    def removed(self, uid: str = "u2") -> None:
        """The canary is deleted; the next one of that name is `uid`."""
        self.objects.pop((CANARY, "cart"))
        self.uid, self.status, self.applied, self.promoted = uid, {}, "", ""
        self.made = self.now
        if self.replica:
            self.replica.store.apply(CANARY, drop=[KEY])

    def records(self) -> None:
        """The replica writes, and looks whether what runs still does."""
        assert self.replica is not None
        self.now += timedelta(minutes=1)
        self.replica.take()
        self.replica.flush()
        self.replica.flush()

    def _canary(self) -> dict[str, Any]:
        return {
            "apiVersion": "flagger.app/v1beta1",
            "kind": "Canary",
            "metadata": {
                "namespace": "shop",
                "name": "cart",
                "uid": self.uid,
                "creationTimestamp": self.made.strftime("%Y-%m-%dT%H:%M:%SZ"),
            },
            "spec": {
                "provider": "istio",
                "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "cart"},
                "service": {"port": 80},
                "analysis": {"interval": "10s", "threshold": 5, "stepWeights": [10, 50]},
            },
            "status": self.status,
        }

    def _write(self, kind: str, name: str, thing: dict[str, Any]) -> None:
        self.version += 10
        thing = copy.deepcopy(thing)
        thing["metadata"]["resourceVersion"] = str(self.version)
        self.objects[kind, name] = thing
        if self.replica:
            self._tell(kind, name, thing)

    def _tell(self, kind: str, name: str, thing: dict[str, Any]) -> None:
        assert self.replica is not None
        self.replica.store.apply(kind, [parsed(kind, thing)])


def found() -> list[tuple[str, str]]:
    """Outcomes and new images, oldest first."""
    return [(each.outcome, each.images[0][2]) for each in Release.objects.order_by("first_version")]


def phases(release: Release) -> list[tuple[str, int]]:
    """Each state's phase and weight."""
    return [(state.phase, state.weight) for state in release.states.all()]


def promoted(story: Story, tag: str, spec: str) -> None:
    """A release from its first sight to its end."""
    story.image(tag)
    story.flagger("Progressing", spec=spec)
    story.flagger("Progressing", 50)
    story.image(tag, "-primary")
    story.flagger("Promoting", 50)
    story.flagger("Succeeded")
