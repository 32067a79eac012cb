"""One look at all that people may have to be told: what is new goes into the outbox. In a worker thread."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable

from django.db import Error
from django.utils import timezone

from dashboard.models import NotificationRule
from dashboard.notify import decisions, ends, outbox, reach, waits
from dashboard.notify.passing import Passing
from dashboard.notify.topics import Topic
from dashboard.store import Store

log = logging.getLogger(__name__)


class Observing:
    """One process's look; what several processes see is put in once. `stores` are those it follows now."""

    def __init__(self, stores: Callable[[], Iterable[Store]]) -> None:
        self.stores = stores
        self.passing = Passing()
        self._released: set[int] = set()

    def look(self) -> None:
        """Look once. A part that fails keeps no other from being told; raises django.db.Error."""
        rules = list(NotificationRule.objects.filter(enabled=True))
        if rules:
            self._look(rules)

    def _look(self, rules: list[NotificationRule]) -> None:
        wanted = {topic for rule in rules for topic in rule.events}
        for part in (self._waits, self._decisions, self._ends, self._reach, self._passing):
            try:
                part(rules, wanted)
            except Error:
                raise
            except Exception:
                log.exception("something could not be told")

    def _waits(self, rules: list[NotificationRule], wanted: set[str]) -> None:
        now = timezone.now()
        current = waits.current(now)
        outbox.put(waits.letters(rules, current, now), now)
        letters, ended = waits.over(current)
        if ended:
            outbox.put_and_end(letters, now, ended)

    def _decisions(self, rules: list[NotificationRule], wanted: set[str]) -> None:
        while decisions.tell(rules, timezone.now()):
            pass

    def _ends(self, rules: list[NotificationRule], wanted: set[str]) -> None:
        if not wanted & {Topic.SUCCEEDED, Topic.FAILED, Topic.ROLLED_BACK}:
            return
        now, seen = timezone.now(), set(self._released)
        outbox.put(ends.letters(rules, now, seen), now)
        # Only now: what could not be put in is looked at again.
        self._released = seen

    def _reach(self, rules: list[NotificationRule], wanted: set[str]) -> None:
        if Topic.CLUSTER in wanted:
            for store in self.stores():
                reach.look(rules, store.cluster, store.freshness, timezone.now())

    def _passing(self, rules: list[NotificationRule], wanted: set[str]) -> None:
        if Topic.FLAGGER in wanted:
            self.passing.tell(rules, timezone.now())
