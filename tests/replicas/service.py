"""What a Service of Kubernetes does for its Pods: connections go round to those that are ready.

A replica that is not ready gets no new connection from the next look at /readyz on; those it has stay.
"""

from __future__ import annotations

import http.client
import itertools
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType

from tests.support.server import Server

# Seconds between two looks; a real kubelet and its Endpoints are slower, which AVIARY_DRAIN_SECONDS is for.
LOOK = 0.2


class Service:
    """In front of `servers`, which may come and go; `port` once entered."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.servers = servers
        self.ready: list[int] = []
        self._ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._socket.getsockname()[1]

    def __enter__(self) -> Service:
        for work in (self._look, self._accept):
            threading.Thread(target=work, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._socket.close()

    def until_ready(self, count: int, limit: float = 60) -> None:
        """Wait until so many get connections."""
        deadline = time.monotonic() + limit
        while len(self.ready) != count:
            assert time.monotonic() < deadline, f"{len(self.ready)} of {count} are ready"
            time.sleep(0.02)

    def _look(self) -> None:
        while not self._ended.is_set():
            self.ready = [server.port for server in self.servers if _is_ready(server.port)]
            self._ended.wait(LOOK)

    def _accept(self) -> None:
        turns = itertools.count()
        with suppress(OSError):
            while True:
                client, _address = self._socket.accept()
                ready = self.ready
                port = ready[next(turns) % len(ready)] if ready else 0
                threading.Thread(target=_carry, args=(client, port), daemon=True).start()


def _is_ready(port: int) -> bool:
    if not port:
        return False
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/readyz", headers={"Connection": "close"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _carry(client: socket.socket, port: int) -> None:
    """Both ways until one side ends; a replica that refuses is the caller's failed call."""
    try:
        behind = socket.create_connection(("127.0.0.1", port), timeout=30)
    except OSError:
        client.close()
        return
    client.settimeout(30)
    back = threading.Thread(target=_pump, args=(behind, client), daemon=True)
    back.start()
    _pump(client, behind)
    back.join(30)
    client.close()
    behind.close()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            sink.sendall(part)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
