"""The task that tells people: looks, sends, now and then forgets. A database that is away is tried again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable

from django.db import Error
from django.utils import timezone

from dashboard.notify import declared, outbox
from dashboard.notify.observing import Observing
from dashboard.notify.sending import Sender
from dashboard.store import Store
from gates import metrics
from gates.thread_connection import beside

log = logging.getLogger(__name__)

# Seconds.
PAUSE = 1.0
LONGEST_PAUSE = 5.0
PURGE = 3600.0


async def run(stores: Callable[[], Iterable[Store]]) -> None:
    """For ever."""
    observing, sender = Observing(stores), Sender()
    settled, purged, pause = False, float("-inf"), PAUSE
    try:
        while True:
            try:
                if not settled:
                    await beside(declared.settle)
                    settled = True
                await beside(observing.look)
                await sender.round()
                if time.monotonic() - purged > PURGE:
                    await beside(outbox.purge, timezone.now())
                    purged = time.monotonic()
                pause = PAUSE
            except Error as error:
                metrics.database_error(metrics.BACKGROUND)
                log.warning("notifications are put off: %s", error)
                pause = min(2 * pause, LONGEST_PAUSE)
            except Exception:
                # Whatever is wrong here must not end the telling for good.
                log.exception("notifications are put off")
                pause = LONGEST_PAUSE
            await asyncio.sleep(pause)
    finally:
        await sender.close()
