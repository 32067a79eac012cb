"""The freezes that hold one canary, for answers on the event loop; only gates that people opened ask."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from django.utils import timezone

from gates import freezes
from gates.confirm_rules import FreezeWindow
from gates.keys import GateKey
from gates.reader import DatabaseUnavailable
from gates.thread_connection import with_connection

# Few gates are opened by people, and each waits for one short query.
THREADS = 2


class FreezeReader:
    """Reads in threads of its own, which start with the first question."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="freezes")

    async def windows(self, key: GateKey, deadline: float) -> list[FreezeWindow]:
        """The freezes now; raises DatabaseUnavailable at `deadline` (the event loop's clock)."""

        def read() -> list[FreezeWindow]:
            return freezes.windows(key.cluster, key.namespace, key.name, timezone.now())

        work = asyncio.get_running_loop().run_in_executor(self._threads, with_connection, read)
        try:
            async with asyncio.timeout_at(deadline):
                return await work
        except TimeoutError as error:
            raise DatabaseUnavailable("the freezes were not read in time") from error

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)
