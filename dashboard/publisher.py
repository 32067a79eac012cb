"""Changes of the cluster, of gates and of Flagger's questions → one numbered hint → the channel layer.

A hint names canaries and carries no content: each connection draws what its viewer may see. Drawing is
shared, so twenty viewers of a row cost one drawing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import Sequence, Set
from typing import Any

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import Error as DatabaseError
from django.utils import timezone

from dashboard import asking, entry, publishers, said, switches, warned
from dashboard.entry import Key, place
from dashboard.freezes import banner, one
from dashboard.known import Known, away
from dashboard.roll import Roll
from dashboard.store import Change, Store
from gates import clusters, freezing, heartbeat, metrics
from gates.access_rights import Access
from gates.keys import GATE, GateKey, digest
from gates.models import AuditEntry, AuditHead, Freeze
from gates.signals import decided

log = logging.getLogger(__name__)

# Changes within this many seconds of a hint wait for the next one.
COALESCE = 0.025
# How often the log is looked at for decisions that other processes took, and questions are passed on.
POLL = 1.0
# Seconds without a completed look at the log after which memory is not trusted for a first paint.
OUTDATED = 5.0
# Manifests that are looked through for warnings between two looks at the log.
MOST_LOOKED_AT = 100
# Entries read at once after another process has been busy.
MOST_ENTRIES = 1000
# Each process publishes to its own viewers only: with a shared channel layer, replicas number differently.
PROCESS = secrets.token_hex(6)


def group(cluster: str, namespace: str | None) -> str:
    """The channel layer's group for viewers of one namespace, or of all (None)."""
    return (
        f"canaries.{PROCESS}.{digest(cluster, 'all' if namespace is None else 'one', namespace or '')[:20]}"
    )


def audience(cluster: str, access: Access) -> str:
    """The channel layer's group for viewers of the namespaces that these patterns name."""
    return f"canaries.{PROCESS}.{digest(cluster, 'some', *access.viewing)[:20]}"


class Publisher:
    """One store's publisher; `start` and `stop` on the server's event loop."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.switches = switches.Memory(store.cluster)
        self.said = said.Memory()
        self.freezes = banner.Memory()
        self.warned = warned.Memory()
        self.roll = Roll()
        self.numbers: dict[str, int] = {}
        # Groups of people who see some namespaces only, and how many pages are in each.
        self._audiences: dict[str, Access] = {}
        self._joined: Counter[str] = Counter()
        self._dirty: set[Key] = set()
        self._fresh = False
        self._asked: set[Key] = set()
        self._seq = 0
        self._settled: tuple[int, float] | None = None
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._stack = contextlib.AsyncExitStack()

    async def start(self) -> None:
        """Follow the store, the gates and the questions until `stop`."""
        loop = asyncio.get_running_loop()
        self._stack.callback(self.store.subscribe(self._changed))
        self._stack.callback(self.store.around.subscribe(self._surrounded))
        self._touch({view.key for view in self.store.all()})

        def hear(entries: Sequence[AuditEntry], **_kwargs: Any) -> None:
            # Sent in the thread that decided, maybe while the loop is closing.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._decided, entries)

        decided.connect(hear, weak=False)
        self._stack.callback(decided.disconnect, hear)
        for task in (loop.create_task(self._send()), loop.create_task(self._poll())):
            self._stack.push_async_callback(_ended, task)
        publishers.add(self)

    async def stop(self) -> None:
        """End every task."""
        publishers.remove(self)
        await self._stack.aclose()

    def settled(self) -> int | None:
        """The entry of the log up to which memory has everything; None when it does not keep up."""
        if self._settled is None or time.monotonic() - self._settled[1] > OUTDATED:
            return None
        return self._settled[0]

    def look(self) -> None:
        """Another process has decided something: read the log now. On the event loop."""
        self._hurry.set()

    def join(self, access: Access, namespace: str | None) -> str:
        """The group whose hints a page needs that shows one namespace, or all that may be seen (None).

        Nobody is put into a group that hears of more than they may see.
        """
        if access.everything or (namespace is not None and access.views(namespace)):
            name = group(self.store.cluster, namespace)
        else:
            name = audience(self.store.cluster, access)
            self._audiences[name] = access
        self._joined[name] += 1
        return name

    def leave(self, name: str) -> None:
        """A page that had joined has gone."""
        self._joined[name] -= 1
        if self._joined[name] <= 0:
            del self._joined[name]
            self._audiences.pop(name, None)

    def _changed(self, change: Change) -> None:
        if change.keys:
            self._touch(change.keys)
        else:
            self._fresh = True
            self._wake.set()
            if clusters.several():
                # Its rows are marked, or no longer, among those of other clusters.
                self._touch({view.key for view in self.store.all()})

    def _surrounded(self, keys: Set[Key]) -> None:
        """What is around them has changed, which only their own pages show."""
        self._dirty |= keys
        self._wake.set()

    def heard(self, key: GateKey) -> None:
        """Flagger asks there. On the event loop."""
        if key.kind == GATE or key.kind.startswith(heartbeat.TYPED):
            self._asked.add((key.namespace, key.name))

    def _decided(self, entries: Sequence[AuditEntry]) -> None:
        # Out of order only when two threads decide at once: the poll reads what was passed over.
        fresh = [entry for entry in entries if entry.seq > self._seq]
        if fresh and fresh[0].seq == self._seq + 1:
            self._seq = fresh[-1].seq
        touched = {(entry.namespace, entry.name) for entry in fresh if entry.cluster == self.store.cluster}
        self.switches.follow(fresh)
        self.freezes.stale |= any(entry.action in freezing.ACTIONS for entry in fresh)
        if any(said.touches(entry) for entry in fresh):
            # What people said is read anew at once, not at the next look.
            self._hurry.set()
        self._touch(touched)

    def _touch(self, keys: Set[Key]) -> None:
        """Remember to tell about these canaries; notice when lists change with them."""
        for key in keys:
            self._enter(key)
        if keys:
            self._dirty |= set(keys)
            self._wake.set()

    def _enter(self, key: Key) -> None:
        view = self.store.get(*key)
        if view is None:
            self.roll.put(place(self.store.cluster, key), None)
            return
        asked, frozen = asking.last(view.canary), one.longest(view, self._frozen())
        known = Known(view, self.switches.get(key), asked, self.said.get(key), frozen, away(self.store))
        self.roll.put(place(self.store.cluster, key), entry.of(known, warned=self.warned.get(view.canary)))

    def _frozen(self) -> list[Freeze]:
        return [each.freeze for each in self.freezes.current or ()]

    def _thaw(self) -> None:
        """Other freezes hold now: tell about the canaries for which that makes a difference."""
        current = self._frozen()
        known = [each.known for each in self.roll.all()]
        self._touch({each.view.key for each in known if one.longest(each.view, current) != each.frozen})

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            keys, self._dirty = self._dirty, set()
            fresh, self._fresh = self._fresh, False
            try:
                await self._hint(keys, fresh)
            except Exception:
                # Viewers notice the gap in the numbers and start over.
                log.exception("a hint could not be published")
            await asyncio.sleep(COALESCE)

    async def _hint(self, keys: set[Key], fresh: bool) -> None:
        by_group: dict[str, list[Key]] = {group(self.store.cluster, None): sorted(keys)}
        for key in sorted(keys):
            by_group.setdefault(group(self.store.cluster, key[0]), []).append(key)
        for name, access in self._audiences.items():
            if seen := [key for key in sorted(keys) if access.views(key[0])]:
                by_group[name] = seen
        if fresh:
            for name in self.numbers:
                by_group.setdefault(name, [])
        layer = get_channel_layer()
        for name, keys_of_group in by_group.items():
            some = [place(self.store.cluster, key) for key in keys_of_group]
            self.numbers[name] = number = self.numbers.get(name, 0) + 1
            await layer.group_send(name, {"type": "hint", "group": name, "number": number, "keys": some})

    async def _poll(self) -> None:
        """Each second: Flagger's questions, where it waits, and decisions that other processes took."""
        loaded = False
        while True:
            self._hurry.clear()
            asked, self._asked = self._asked, set()
            self._touch({key for key in asked if self.store.get(*key) is not None})
            try:
                if not loaded:
                    self._seq, known = await database_sync_to_async(_load)(self.store.cluster)
                    self.switches.load(known)
                    self._touch(set(known))
                    loaded = True
                elif entries := await database_sync_to_async(_newer)(self._seq):
                    self._decided(entries)
                    self._seq = max(self._seq, entries[-1].seq)
                reached = self._seq
                voices = await database_sync_to_async(said.read)(self.store.cluster)
                self._touch(self.said.load(voices))
                if self.freezes.stale:
                    self.freezes.stale = False
                    await database_sync_to_async(self.freezes.load)()
                settled = (reached, time.monotonic())
            except DatabaseError as error:
                self.freezes.stale, settled = True, None
                metrics.database_error(metrics.LIVE)
                log.warning("the log cannot be read for the pages: %s", error)
            if self.freezes.tick(self.store, timezone.now()):
                self._fresh = True
                self._thaw()
                self._wake.set()
            self._settled = settled
            await self._look_for_warnings()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self._hurry.wait()

    async def _look_for_warnings(self) -> None:
        """In some manifests at a time, beside everything else."""
        if unknown := self.warned.unknown(MOST_LOOKED_AT):
            found = await asyncio.to_thread(warned.look, unknown)
            self.warned.learn(found)
            # Filters may find other canaries now; what rows show is the same.
            for key in found:
                self._enter(key)
            self._fresh = True
            self._wake.set()


def _load(cluster: str) -> tuple[int, dict[Key, switches.Switches]]:
    """The end of the log, read before the gates so that nothing is passed over."""
    head = AuditHead.objects.first()
    return (head.seq if head else 0), switches.opened(cluster)


def _newer(seq: int) -> list[AuditEntry]:
    head = AuditHead.objects.first()
    if head is None or head.seq <= seq:
        return []
    return list(AuditEntry.objects.filter(seq__gt=seq).order_by("seq")[:MOST_ENTRIES])


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
