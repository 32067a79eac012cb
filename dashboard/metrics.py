"""What Prometheus is told of the clusters, the pages and the messages; counted or read when it asks."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Min
from prometheus_client import REGISTRY, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from dashboard import VERSION, answered, publishers, websocket
from dashboard.hook_address import meaning_in
from dashboard.models import Notification
from dashboard.notify.outbox import FAILED, QUEUED
from dashboard.phases import PHASES
from dashboard.store import Reach
from dashboard.watching import ClusterWatch
from gates import draining, metrics_kept

# Phases in which Flagger asks hooks.
ASKING = frozenset({"Waiting", "WaitingPromotion", "Progressing"})
PARTS = {"api": "api", "admin": "admin", "static": "static"}
requests = Counter(
    "aviary_requests", "Requests of people and scripts, by part and status.", ["part", "status"]
)
seconds = Histogram(
    "aviary_request_seconds",
    "Time from the request's head to the answer's last byte.",
    ["part"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
_watches: dict[str, ClusterWatch] = {}


def follow(cluster: str, watch: ClusterWatch | None) -> None:
    """Tell of this cluster's watch from now on; None: no longer."""
    _watches.pop(cluster, None)
    if watch is not None:
        _watches[cluster] = watch


def counted(app: Any) -> Any:
    """The pages' application, with its requests counted."""

    async def counting(scope: dict[str, Any], receive: Any, send: Any) -> None:
        def count(status: int, spent: float) -> None:
            part = PARTS.get(scope["path"].split("/", 2)[1], "pages")
            requests.labels(part, str(status)).inc()
            seconds.labels(part).observe(spent)

        await answered.run(app, scope, receive, send, count)

    return counting


class Process(Collector):
    """What is in this process's memory."""

    def collect(self) -> Iterator[Metric]:
        """For the registry; on the event loop, like everything that it reads."""
        build = {"version": VERSION, "python": platform.python_version()}
        yield InfoMetricFamily("aviary_build", "What runs here.", build)
        yield GaugeMetricFamily("aviary_ending", "1: this process is being ended.", draining.begun())
        yield GaugeMetricFamily(
            "aviary_websocket_clients", "Pages with a live connection.", len(websocket.OPEN)
        )
        yield from _watching()
        yield from _canaries()
        yield from _waiting()

    def describe(self) -> list[Metric]:
        """Nothing: the figures are there once the server runs."""
        return []


def _watching() -> Iterator[Metric]:
    cluster = ["cluster"]
    age = GaugeMetricFamily(
        "aviary_watch_age_seconds", "Since the cluster last said something of its canaries.", labels=cluster
    )
    live = GaugeMetricFamily(
        "aviary_watch_live", "1: the canaries are as the cluster has them.", labels=cluster
    )
    restarts = CounterMetricFamily(
        "aviary_watch_restarts",
        "Watches that ended otherwise than they should.",
        labels=["cluster", "reason"],
    )
    for name, watch in _watches.items():
        age.add_metric([name], watch.age())
        live.add_metric([name], watch.store.freshness.reach is Reach.LIVE)
        for reason, count in watch.restarts().items():
            restarts.add_metric([name, reason], count)
    yield from (age, live, restarts)


def _canaries() -> Iterator[Metric]:
    family = GaugeMetricFamily("aviary_canaries", "Canaries by phase.", labels=["cluster", "phase"])
    asking = GaugeMetricFamily(
        "aviary_canaries_asking",
        "Canaries in a phase in which Flagger asks, whose webhooks ask Aviary.",
        labels=["cluster"],
    )
    for name, watch in _watches.items():
        counts, asks = dict.fromkeys(PHASES, 0), 0
        for view in watch.store.all():
            phase = view.canary.phase if view.canary.phase in PHASES else "other"
            counts[phase] = counts.get(phase, 0) + 1
            if phase in ASKING and not view.canary.suspended:
                asks += any(meaning_in(name, hook.url).ours for hook in view.canary.hooks)
        for phase, count in counts.items():
            family.add_metric([name, phase or "New"], count)
        asking.add_metric([name], asks)
    yield from (family, asking)


def _waiting() -> Iterator[Metric]:
    count = GaugeMetricFamily("aviary_waiting_canaries", "Canaries that wait for people.", labels=["cluster"])
    oldest = GaugeMetricFamily(
        "aviary_waiting_seconds", "How long one of them has waited.", labels=["cluster"]
    )
    now = datetime.now(UTC)
    for source in publishers.every():
        asks = [each.ask for each in source.roll.all() if each.ask is not None and not each.ask.approved]
        ages = [(now - ask.since).total_seconds() for ask in asks if ask.since]
        count.add_metric([source.store.cluster], len(asks))
        oldest.add_metric([source.store.cluster], max(ages, default=0.0))
    yield from (count, oldest)


def outbox(now: datetime) -> Iterator[Metric]:
    """Messages that are not sent: read with what else the database knows."""
    family = GaugeMetricFamily("aviary_notifications", "Messages by state.", labels=["state"])
    found = dict.fromkeys((QUEUED, FAILED), 0)
    rows = Notification.objects.filter(state__in=found)
    found |= dict(rows.values_list("state").annotate(Count("pk")).order_by())
    for state, count in found.items():
        family.add_metric([state], count)
    yield family
    due = rows.filter(state=QUEUED, rule__enabled=True).aggregate(first=Min("at"))["first"]
    age = max(0.0, (now - due).total_seconds()) if due else 0.0
    yield GaugeMetricFamily(
        "aviary_notification_oldest_seconds", "Age of the oldest message that is still to be sent.", age
    )


def install() -> None:
    """Once, before the server starts."""
    REGISTRY.register(Process())
    metrics_kept.kept.sources.append(outbox)
