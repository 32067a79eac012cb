"""What the gates must know of a canary, out of the store, or live from the API server."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Protocol

from dashboard import canary, workloads
from dashboard.analysis import Hook
from dashboard.canary import Canary
from dashboard.cluster_errors import ClusterError, NotFound
from dashboard.hook_address import Kind, meaning_in
from dashboard.releases import running_now
from dashboard.resources import CANARIES, TARGETS, Resource
from dashboard.store import Reach, Store
from dashboard.view import CanaryView, Parts, join
from dashboard.weights import remember
from dashboard.wire import Raw
from dashboard.workloads import Workload
from gates.approvals import FRESH_CHECKSUM
from gates.facts import RESTING_PHASES, Facts, HookSpec, Unreadable


class Reader(Protocol):
    """What is asked of `cluster.Cluster`."""

    async def get(self, resource: Resource, namespace: str, name: str) -> Raw:
        """One object, within a second."""


class ClusterFacts:
    """A `gates.facts.FactsSource` over one store and its cluster."""

    def __init__(self, store: Store, cluster: Reader) -> None:
        self.store, self.cluster = store, cluster

    def current(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """From the store; Unreadable unless it is live."""
        if cluster != self.store.cluster:
            return no_cluster(cluster)
        freshness = self.store.freshness
        if freshness.reach is not Reach.LIVE:
            return Unreadable(freshness.detail or "the cluster has not been read yet")
        view = self.store.get(namespace, name)
        return of(view) if view else _no_canary()

    async def live(self, cluster: str, namespace: str, name: str) -> Facts | Unreadable:
        """The Canary and its target as the API server has them now; the routes as last watched."""
        if cluster != self.store.cluster:
            return no_cluster(cluster)
        known = self.store.get(namespace, name)
        try:
            # The target's name is nearly always known, so both are read at once.
            raw, target = await asyncio.gather(
                self.cluster.get(CANARIES, namespace, name), self._target(known.canary if known else None)
            )
            now = canary.parse(cluster, raw)
            if known is None or _target_key(now) != _target_key(known.canary):
                target = await self._target(now)
        except NotFound:
            return _no_canary()
        except ClusterError as error:
            return Unreadable(str(error))
        parts = self.store.parts(now)
        # Routes that are not being kept up to date say nothing about now.
        route = parts.route if self.store.freshness.reach is Reach.LIVE else None
        memory = remember(self.store.memory(now), now, route)
        return of(join(now, Parts(target, parts.primary, route), memory, datetime.now(UTC)))

    async def _target(self, of: Canary | None) -> Workload | None:
        """None when it is not there, or of a kind that Aviary does not read."""
        resource = TARGETS.get(of.target_kind) if of else None
        if of is None or resource is None:
            return None
        try:
            return workloads.parse(
                resource.kind, await self.cluster.get(resource, of.namespace, of.target_name)
            )
        except NotFound:
            return None


def _target_key(of: Canary) -> tuple[str, str]:
    return of.target_kind, of.target_name


def of(view: CanaryView) -> Facts:
    known = view.canary
    resting = known.phase in RESTING_PHASES
    # The status names the release that is decided about only once it runs.
    checksum = known.checksum if known.phase in FRESH_CHECKSUM else ""
    return Facts(
        revision=view.revision,
        images=tuple(image.new for image in view.images),
        images_from=tuple(image.old for image in view.images if image.old),
        phase=known.phase,
        weight=view.weight.value,
        next_weight=view.next_weight,
        strategy=str(known.strategy),
        hooks=tuple(hook.type for hook in known.hooks),
        checksum=known.checksum,
        observed_at=view.observed_at,
        specs=tuple(_spec(known.cluster, hook) for hook in known.hooks),
        release="" if resting else running_now.identity((known.cluster, *view.key), view.revision, checksum),
    )


def _spec(cluster: str, hook: Hook) -> HookSpec:
    meant = meaning_in(cluster, hook.url)
    typed = meant.kind is Kind.TYPED
    return HookSpec(
        hook.type, hook.name, meant.hook if typed else "", meant.gate if typed else "", hook.metadata
    )


def no_cluster(cluster: str) -> Unreadable:
    """Nothing is known of a cluster of this name."""
    return Unreadable(f"there is no cluster named {cluster}")


def _no_canary() -> Unreadable:
    return Unreadable("no such canary", missing=True)
