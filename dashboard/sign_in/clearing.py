"""Beside the requests: sessions that have ended are removed, also of those who only began to sign in."""

from __future__ import annotations

import asyncio
import logging
from importlib import import_module

from django.conf import settings

from gates.reader import DatabaseUnavailable
from gates.thread_connection import with_connection

log = logging.getLogger(__name__)
EVERY = 3600.0  # seconds


async def run() -> None:
    """For ever. A database that does not answer is tried again an hour later."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    while True:
        try:
            await asyncio.to_thread(with_connection, store.clear_expired)
        except DatabaseUnavailable as error:
            log.warning("ended sessions are not removed: %s", error)
        await asyncio.sleep(EVERY)
