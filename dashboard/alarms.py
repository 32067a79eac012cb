"""Each canary that changed is looked at once: does it run a revision that nobody approved?"""

from __future__ import annotations

import asyncio
import logging

from django.db import Error

from dashboard.store import Change, Store
from gates import metrics, unapproved

log = logging.getLogger(__name__)
# Seconds between looks: what changes twice in between is looked at once.
PAUSE = 1.0


class Alarms:
    """Follows one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._changed = {view.key for view in store.all()}
        store.subscribe(self._hear)

    def _hear(self, change: Change) -> None:
        self._changed |= change.keys

    async def run(self) -> None:
        """Look for ever; what could not be written down is looked at again."""
        while True:
            keys, self._changed = self._changed, set()
            for namespace, name in sorted(keys):
                try:
                    await unapproved.check(self.store.cluster, namespace, name)
                except Error as error:
                    metrics.database_error(metrics.BACKGROUND)
                    log.warning("the alarm about %s/%s is put off: %s", namespace, name, error)
                    self._changed.add((namespace, name))
            await asyncio.sleep(PAUSE)
