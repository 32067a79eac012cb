"""Figures that the database knows, read when somebody asks for them, and at most every few seconds.

Read beside the event loop, and not waited for any longer than PATIENCE: a database that hangs must neither
stop what else is told about this process, nor be shown with figures of a better time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gates import clusters, keyring
from gates.keys import GATE, ROLLBACK
from gates.models import AuditCheckpoint, AuditEntry, AuditHead, Episode, Gate
from gates.reader import DatabaseUnavailable
from gates.thread_connection import with_connection

log = logging.getLogger(__name__)

# Seconds.
PATIENCE = 1.0
FRESH = 5.0

Source = Callable[[datetime], Iterator[Metric]]


class Kept(Collector):
    """The figures as they were last read; nothing but `aviary_database_up` when they could not be."""

    def __init__(self) -> None:
        self.sources: list[Source] = [_gates, _episodes, _log]
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._reading: Future[list[Metric]] | None = None
        self._read_at = float("-inf")
        self._found: list[Metric] = []
        self._up = False

    async def refresh(self) -> None:
        """Read anew what is old; returns in time whatever the database does."""
        if self._reading is None and time.monotonic() - self._read_at < FRESH:
            return
        if self._reading is None:
            self._reading = self._thread.submit(self._read)
        waited = asyncio.wrap_future(self._reading)
        try:
            async with asyncio.timeout(PATIENCE):
                self._found, self._up = await asyncio.shield(waited), True
            self._read_at = time.monotonic()
        except TimeoutError:
            # Whoever asks next waits for the same look at the database.
            self._found, self._up = [], False
            return
        except DatabaseUnavailable as error:
            log.debug("the figures of the database cannot be read: %s", error)
            self._found, self._up = [], False
        self._reading = None

    def collect(self) -> Iterator[Metric]:
        """For the registry."""
        yield GaugeMetricFamily("aviary_database_up", "1: the database answered just now.", self._up)
        yield from self._found

    def describe(self) -> list[Metric]:
        """Nothing: to be asked for names would be to be asked for figures."""
        return []

    def _read(self) -> list[Metric]:
        now = timezone.now()
        return with_connection(lambda: [metric for source in self.sources for metric in source(now)])


def _gates(_now: datetime) -> Iterator[Metric]:
    family = GaugeMetricFamily("aviary_gates_open", "Switches that are open.", labels=["cluster", "kind"])
    found = {(cluster, kind): 0 for cluster in clusters.names() for kind in (GATE, ROLLBACK)}
    rows = Gate.objects.filter(open=True).values_list("cluster", "kind").annotate(Count("pk"))
    for cluster, kind, count in rows.order_by():
        found[cluster, kind] = count
    for labels, count in found.items():
        family.add_metric(labels, count)
    yield family


def _episodes(now: datetime) -> Iterator[Metric]:
    names = ["cluster", "hook"]
    count = GaugeMetricFamily("aviary_episodes_waiting", "Typed hooks at which Flagger waits.", labels=names)
    oldest = GaugeMetricFamily(
        "aviary_episodes_oldest_seconds", "How long Flagger has waited at one of them.", labels=names
    )
    rows = Episode.objects.filter(current__isnull=False).values_list("cluster", "hook")
    for cluster, hook, waiting, began in rows.annotate(Count("pk"), Min("began_at")).order_by():
        count.add_metric((cluster, hook), waiting)
        oldest.add_metric((cluster, hook), max(0.0, (now - began).total_seconds()))
    yield count
    yield oldest


def _log(now: datetime) -> Iterator[Metric]:
    head = AuditHead.objects.first()
    number = head.seq if head else 0
    yield GaugeMetricFamily("aviary_audit_entries", "The number of the log's last entry.", number)
    if not settings.AUDIT_CHECKPOINT_MINUTES or keyring.signer() is None:
        return
    interval = timedelta(minutes=settings.AUDIT_CHECKPOINT_MINUTES).total_seconds()
    last = AuditCheckpoint.objects.order_by("-seq").first()
    first = AuditEntry.objects.filter(seq__gt=last.seq if last else 0).order_by("seq").first()
    unsigned = max(0.0, (now - first.at).total_seconds()) if first else 0.0
    yield GaugeMetricFamily(
        "aviary_audit_unsigned_seconds", "Age of the oldest entry that no checkpoint covers.", unsigned
    )
    yield GaugeMetricFamily(
        "aviary_audit_checkpoint_seconds", "Between two checkpoints, by the settings.", interval
    )


kept = Kept()
REGISTRY.register(kept)
