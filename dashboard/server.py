"""uvicorn, which says when it can be reached, and ends in order within TEN seconds whatever hangs."""

from __future__ import annotations

import logging
import signal
import socket
import time
from types import FrameType

import uvicorn
from django.conf import settings

from dashboard import garbage, logs
from gates import draining

log = logging.getLogger(__name__)

# Seconds from SIGTERM until the kernel ends the process; Kubernetes and people were promised ten.
LAST = 9
# Of them, for requests that are under way, once nobody is let in any more; the rest is for closing up.
UNDER_WAY = 6


class Server(uvicorn.Server):
    """One process's."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._drained_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the line that scripts wait for."""
        await super().startup(sockets=sockets)
        if self.started:
            garbage.settle()
            host = f"[{settings.HOST}]" if ":" in settings.HOST else settings.HOST
            logs.say(settings.LOG_FORMAT, f"Aviary is ready at http://{host}:{settings.PORT}")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT: stop being ready at once, then let nobody in, then end."""
        if draining.begun():
            super().handle_exit(sig, frame)
            return
        # By the kernel: a thread that waits for a database which hangs would hold up Python's own end.
        signal.alarm(LAST)
        draining.begin()
        if sig == signal.SIGTERM and settings.DRAIN_SECONDS:
            # Whoever sends requests here may not have heard yet that this process is not ready.
            self._captured_signals.append(sig)
            self._drained_at = time.monotonic() + settings.DRAIN_SECONDS
        else:
            super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        """Ten times a second; True ends the serving."""
        if self._drained_at is not None and time.monotonic() >= self._drained_at:
            self.should_exit = True
        return await super().on_tick(counter)
