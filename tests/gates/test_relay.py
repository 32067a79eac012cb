"""`POST /`: tasks go to the load tester as they came, and its answer comes back as it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.gates.calls import ACCEPTED, APPROVED, FLAGGER, FORBIDDEN, MALFORMED, ask, call, exchange
from tests.gates.conftest import Launch
from tests.support.server import Server

TASK = b'{"name":"podinfo", "namespace":"prod-a","metadata":{"type":"bash","cmd":"echo \\u00e9 \xc3\xa9"}}\n'


class LoadTester(ThreadingHTTPServer):
    """Keeps what it was sent; answers what the test has set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.answer: tuple[int, bytes, str] = (202, b"", "")


class Handler(BaseHTTPRequestHandler):
    server: LoadTester

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append((self.command, self.path, headers, body))
        status, text, content_type = self.server.answer
        self.send_response(status)
        if content_type:
            self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def load_tester() -> Iterator[LoadTester]:
    with LoadTester() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def relaying(launch_here: Launch, load_tester: LoadTester) -> Server:
    address = f"http://127.0.0.1:{load_tester.server_address[1]}/"
    return launch_here("relay", AVIARY_LOADTESTER_URL=address, AVIARY_NAMESPACE_REGEXP="^prod-")


@pytest.mark.parametrize(
    "answer",
    [
        (202, b"", ""),
        (200, b"output \xff\x00 of the command", "text/plain; charset=utf-8"),
        (400, b"unknown task type x", "text/plain; charset=utf-8"),
        (500, b"exit status 1", "application/octet-stream"),
        (302, b"", ""),
    ],
    ids=lambda answer: str(answer[0]),
)
def test_status_body_and_type_come_back(
    relaying: Server, load_tester: LoadTester, answer: tuple[int, bytes, str]
) -> None:
    load_tester.answer = answer
    got = call(relaying, "/", TASK, headers=FLAGGER)
    assert (got.status, got.body, got.headers.get("content-type", "")) == answer
    method, path, headers, body = load_tester.seen[-1]
    assert (method, path, body) == ("POST", "/", TASK)
    assert (headers["content-type"], headers["user-agent"]) == ("application/json", "Go-http-client/1.1")
    assert "accept-encoding" not in headers


@pytest.mark.parametrize("path", ["/", "/?x=y", "/t/any/", "/clusters/default/"])
def test_only_the_root_is_relayed(relaying: Server, load_tester: LoadTester, path: str) -> None:
    load_tester.answer = (202, b"", "")
    assert ask(relaying, path, TASK) == ACCEPTED
    seen = len(load_tester.seen)
    for odd in ("//", "/task", "/.", "/rollback/chek", "/t/any", "/%2f"):
        assert ask(relaying, odd, TASK)[0] >= 400
    assert len(load_tester.seen) == seen


def test_the_namespace_expression_holds_for_tasks_and_gates(
    relaying: Server, load_tester: LoadTester
) -> None:
    seen = len(load_tester.seen)
    outside = TASK.replace(b"prod-a", b"test")
    for path in ("/", "/gate/check", "/gate/open", "/gate/close", "/rollback/check", "/rollback/open"):
        assert ask(relaying, path, outside) == FORBIDDEN
    assert ask(relaying, "/", b"not JSON") == MALFORMED
    assert len(load_tester.seen) == seen
    assert ask(relaying, "/gate/open", TASK) == ACCEPTED
    assert ask(relaying, "/gate/check", TASK) == APPROVED


def test_large_tasks_are_refused_before_they_reach_it(relaying: Server, load_tester: LoadTester) -> None:
    load_tester.answer, seen = (202, b"", ""), len(load_tester.seen)
    largest = TASK + b" " * (1024 * 1024 - len(TASK))
    assert ask(relaying, "/", largest) == ACCEPTED
    request = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (len(largest) + 1)
    assert exchange(relaying, request).startswith(b"HTTP/1.1 413 ")
    assert len(load_tester.seen) == seen + 1


def test_without_an_expression_the_body_is_not_looked_at(launch: Launch, load_tester: LoadTester) -> None:
    server = launch(AVIARY_LOADTESTER_URL=f"http://127.0.0.1:{load_tester.server_address[1]}")
    load_tester.answer = (400, b"metadata not found in payload", "text/plain; charset=utf-8")
    assert ask(server, "/", b"\x00 whatever") == (400, b"metadata not found in payload")
    assert load_tester.seen[-1][3] == b"\x00 whatever"


def test_a_load_tester_that_is_down_is_a_failed_call(launch: Launch) -> None:
    server = launch(AVIARY_LOADTESTER_URL="http://127.0.0.1:9")
    answer = call(server, "/", TASK)
    assert answer.status == 502
    assert b"AVIARY_LOADTESTER_URL" in answer.body
    assert "retry-after" not in answer.headers


def test_a_load_tester_that_is_aviary_itself_is_found_out(launch: Launch) -> None:
    first = launch("first")
    second = launch("second", AVIARY_LOADTESTER_URL=first.url)
    first.terminate()
    first.environment["AVIARY_LOADTESTER_URL"] = second.url
    first.start()
    answer = call(first, "/", TASK)
    assert answer.status == 400
    assert b"points back at Aviary" in answer.body
