"""Flagger's calls at an even rate on connections of their own, and those that failed."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from tests.gates.calls import FLAGGER, somebody

# Of ten calls; the rest are checks.
OPENINGS, CLOSINGS = 1, 1
WORKERS = 48


class Load:
    """`rate` calls a second to what `port` names from entry to exit; `limit` seconds for each.

    `made`, `slowest` and `slowest_check` (seconds); `failed` has a line for each call that was not answered
    as it should. `acknowledged` are the canaries whose gate was opened. While WORKERS calls wait for their
    answers, no more are made.
    """

    def __init__(self, port: Callable[[], int], rate: float, limit: float = 10.0) -> None:
        self.port, self.rate, self.limit = port, rate, limit
        self.made, self.slowest, self.slowest_check = 0, 0.0, 0.0
        self.failed: list[str] = []
        self.acknowledged: list[dict[str, object]] = []
        self._ended = threading.Event()
        self._free = threading.BoundedSemaphore(WORKERS)
        self._pool = ThreadPoolExecutor(WORKERS)
        self._clock = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Load:
        self._clock.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._clock.join(30)
        self._pool.shutdown()

    def _run(self) -> None:
        begun = time.monotonic()
        for number in itertools.count():
            if self._ended.wait(max(0.0, begun + number / self.rate - time.monotonic())):
                return
            if self._free.acquire(blocking=False):
                self._pool.submit(self._call, number).add_done_callback(lambda _done: self._free.release())

    def _call(self, number: int) -> None:
        turn = number % 10
        act = "open" if turn < OPENINGS else "close" if turn < OPENINGS + CLOSINGS else "check"
        who, begun = somebody(), time.monotonic()
        try:
            status = self._post(f"/gate/{act}", who)
        except (OSError, http.client.HTTPException) as error:
            status = 0
            self.failed.append(f"{act}: {error!r}")
        self.made += 1
        taken = time.monotonic() - begun
        self.slowest = max(self.slowest, taken)
        if act == "check":
            self.slowest_check = max(self.slowest_check, taken)
        if act == "open" and status == 202:
            self.acknowledged.append(who)
        if status and status != (403 if act == "check" else 202):
            self.failed.append(f"{act}: {status}")

    def _post(self, path: str, who: dict[str, object]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port(), timeout=self.limit)
        try:
            connection.request("POST", path, json.dumps(who).encode(), FLAGGER)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()
