"""The end of a process: what Kubernetes, Flagger and open pages see of it; and life without a database."""

from __future__ import annotations

import contextlib
import http.client
import json
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.conftest import Serve
from tests.gates.calls import ACCEPTED, ask, call, somebody
from tests.gates.conftest import Launch, launch
from tests.support.people import PASSWORD
from tests.support.postgres import Postgres
from tests.support.server import Server
from tests.support.visitor import sign_in

__all__ = ["launch"]
DRAIN = "5"
# Seconds, three times what is promised: what waits for something else than time would never end.
GONE = 30.0
RESTART = 1012


def page(server: Server, name: str = "alice") -> ClientConnection:
    """An open live connection that has said something."""
    visitor = sign_in(server.url, name, PASSWORD)
    cookies = "; ".join(f"{key}={value}" for key, value in visitor.cookies.items())
    opened = connect(
        f"ws://127.0.0.1:{server.port}/ws/?list=",
        origin=Origin(server.url),
        additional_headers={"Cookie": cookies},
        legacy=True,
    )
    opened.recv(20)
    return opened


def closed_with(opened: ClientConnection) -> int:
    """The code that the server closes with, whatever it says before."""
    try:
        while True:
            opened.recv(GONE)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def stop(server: Server) -> None:
    """SIGTERM, without waiting."""
    assert server.process is not None
    server.process.send_signal(signal.SIGTERM)


def wait_unready(server: Server) -> httpx.Response:
    """The first answer of /readyz that is not 200."""
    deadline = time.monotonic() + GONE
    while (answer := httpx.get(f"{server.url}/readyz", timeout=30)).status_code == 200:
        assert time.monotonic() < deadline
    return answer


def ended(server: Server) -> signal.Signals:
    """Wait for the end; the signal that the process has ended with.

    SIGTERM, which uvicorn raises again once all is closed, is an orderly end; SIGALRM is the kernel's.
    """
    assert server.process is not None
    return signal.Signals(-server.process.wait(GONE))


def test_it_says_that_it_is_not_ready_and_still_answers(serve: Serve) -> None:
    server = serve(AVIARY_DRAIN_SECONDS=DRAIN)
    who = somebody()
    stop(server)
    answer = wait_unready(server)
    assert (answer.status_code, answer.text) == (503, "Aviary is ending here\n")
    assert httpx.get(f"{server.url}/healthz", timeout=30).status_code == 200
    opened = call(server, "/gate/open", who)
    assert opened[:2] == ACCEPTED
    # A kept connection would be cut in the middle of the next call.
    assert opened.headers["connection"] == "close"
    assert httpx.get(f"{server.url}/sign-in", timeout=30).headers["connection"] == "close"
    assert ended(server) is signal.SIGTERM
    server.start()
    assert ask(server, "/gate/check", who)[0] == 200


def test_open_pages_are_told_to_come_back_and_new_ones_are_refused(serve: Serve) -> None:
    server = serve(AVIARY_DRAIN_SECONDS=DRAIN)
    server.add_people()
    opened = page(server)
    stop(server)
    assert closed_with(opened) == RESTART
    # It still listens, so this is a refusal and no accident.
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{server.port}/ws/?list=", origin=Origin(server.url), legacy=True)
    assert refused.value.response.status_code == 503
    assert ended(server) is signal.SIGTERM


def test_without_a_drain_pages_are_told_as_well(serve: Serve) -> None:
    server = serve()
    server.add_people()
    opened = page(server)
    stop(server)
    assert closed_with(opened) == RESTART
    assert ended(server) is signal.SIGTERM


class Slow(BaseHTTPRequestHandler):
    """A load tester that answers when it is told to."""

    begun, may = threading.Event(), threading.Event()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.begun.set()
        self.may.wait(20)
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        """Quiet."""


@pytest.fixture
def slow() -> Iterator[str]:
    """Its address."""
    Slow.begun.clear()
    Slow.may.clear()
    tester = ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=tester.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{tester.server_address[1]}"
    Slow.may.set()
    tester.shutdown()
    tester.server_close()


def test_a_request_under_way_is_answered(serve: Serve, slow: str) -> None:
    server = serve(AVIARY_LOADTESTER_URL=slow)
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    line.request("POST", "/", json.dumps(somebody()))
    assert Slow.begun.wait(20)
    stop(server)
    # Nobody else is let in any more.
    with contextlib.suppress(httpx.TransportError):
        while True:
            assert httpx.get(f"{server.url}/healthz", timeout=30).text == "OK"
    Slow.may.set()
    assert line.getresponse().status == 202
    assert ended(server) is signal.SIGTERM


def test_a_request_that_never_ends_holds_up_nothing(serve: Serve, slow: str) -> None:
    server = serve(AVIARY_LOADTESTER_URL=slow)
    half = socket.create_connection(("127.0.0.1", server.port))
    half.sendall(b"POST /gate/open HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    line.request("POST", "/", json.dumps(somebody()))
    assert Slow.begun.wait(20)
    stop(server)
    assert ended(server) in {signal.SIGTERM, signal.SIGALRM}
    half.close()


@pytest.mark.postgres
def test_a_database_that_hangs_holds_up_nothing(launch: Launch, postgres: Postgres) -> None:
    server = launch(DATABASE_URL=postgres.create())
    assert ask(server, "/gate/open", somebody()) == ACCEPTED

    def check() -> None:
        # One that comes when the port is closed already hangs nowhere.
        with contextlib.suppress(OSError):
            ask(server, "/gate/check", somebody())

    postgres.pause()
    try:
        callers = [threading.Thread(target=check) for _ in range(4)]
        for caller in callers:
            caller.start()
        stop(server)
        # The alarm's, where a thread still waits for the database when Python wants to end.
        assert ended(server) in {signal.SIGTERM, signal.SIGALRM}
        for caller in callers:
            caller.join()
    finally:
        postgres.resume()


@pytest.mark.postgres
def test_it_lives_without_database_and_cluster_and_is_ready_with_the_first(
    launch: Launch, postgres: Postgres
) -> None:
    # `launch`: nobody answers for the cluster.
    server = launch(DATABASE_URL=postgres.create())
    assert httpx.get(f"{server.url}/readyz", timeout=30).status_code == 200
    postgres.pause()
    try:
        for _ in range(3):
            assert httpx.get(f"{server.url}/healthz", timeout=30).text == "OK"
            answer = httpx.get(f"{server.url}/readyz", timeout=30)
            assert (answer.status_code, answer.text) == (503, "The database cannot answer.\n")
    finally:
        postgres.resume()
    deadline = time.monotonic() + 20
    while httpx.get(f"{server.url}/readyz", timeout=30).status_code != 200:
        assert time.monotonic() < deadline


def test_nothing_is_said_about_failures_when_it_ends_in_order(serve: Serve) -> None:
    server = serve()
    server.add_people()
    opened = page(server)
    assert server.terminate() == -signal.SIGTERM
    opened.close()
    assert re.findall(r".*(?:ERROR|Traceback|never awaited).*", server.output) == []
