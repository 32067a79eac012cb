"""Where checkpoints are told besides the database: a file, a webhook, stdout. Whoever could change the
database must not be able to change these as well."""

from __future__ import annotations

import asyncio
import logging
import os
from collections import deque
from pathlib import Path

import aiohttp

from gates import checkpoints, metrics
from gates.models import AuditCheckpoint

log = logging.getLogger(__name__)

STDOUT = "stdout"
# Seconds.
LONGEST_ANSWER = 10
# So many wait for a place that does not take them; the oldest are given up, and a line says so.
MOST_WAITING = 1000


class SinkFailed(Exception):
    """The place did not take the checkpoint; the message says why."""


def problem(sink: str) -> str:
    """Why this cannot be a sink, "" when it can."""
    if sink == STDOUT or sink.startswith(("http://", "https://")) or Path(sink).is_absolute():
        return ""
    return f"“{sink}” is neither stdout, nor an http(s) address, nor an absolute path"


async def tell(sink: str, line: bytes) -> None:
    """Hand one checkpoint to one place, and return once it has it; raises SinkFailed."""
    if sink == STDOUT:
        print(line.decode(), end="", flush=True)
    elif sink.startswith(("http://", "https://")):
        await _post(sink, line)
    else:
        try:
            await asyncio.to_thread(_append, Path(sink), line)
        except OSError as error:
            raise SinkFailed(f"{sink} cannot be appended to: {error.strerror}") from error


def _append(path: Path, line: bytes) -> None:
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
    try:
        # One write: lines of several replicas do not mix.
        os.write(file, line)
        os.fsync(file)
    finally:
        os.close(file)


async def _post(address: str, line: bytes) -> None:
    where = address.partition("?")[0]
    timeout = aiohttp.ClientTimeout(total=LONGEST_ANSWER)
    headers = {"Content-Type": "application/json"}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(address, data=line, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.status >= 300:
                raise SinkFailed(f"{where} answered {answer.status}")
    except (aiohttp.ClientError, TimeoutError) as error:
        raise SinkFailed(f"{where} cannot be reached: {error or type(error).__name__}") from error


class Telling:
    """Checkpoints on their way, in order for each place; what a place does not take is tried again."""

    def __init__(self, sinks: list[str]) -> None:
        self.waiting: dict[str, deque[bytes]] = {sink: deque(maxlen=MOST_WAITING) for sink in sinks}

    def add(self, checkpoint: AuditCheckpoint) -> None:
        """One more for every place."""
        for sink, queue in self.waiting.items():
            if len(queue) == MOST_WAITING:
                metrics.dropped(metrics.CHECKPOINTS)
                log.error("a checkpoint of the log is given up for %s, which takes none", _short(sink))
            queue.append(checkpoints.line(checkpoint))

    async def flush(self) -> None:
        """Tell what waits; a place that fails keeps its own."""
        for sink, queue in self.waiting.items():
            try:
                while queue:
                    await tell(sink, queue[0])
                    queue.popleft()
            except SinkFailed as error:
                log.warning("a checkpoint of the log is put off: %s", error)


def _short(sink: str) -> str:
    return sink.partition("?")[0]
