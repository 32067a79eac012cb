"""Many callers and several processes on one database: one truth, nothing lost, nothing unrecorded."""

from __future__ import annotations

import random
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.gates.calls import ACCEPTED, APPROVED, FLAGGER, FORBIDDEN, ask, call, somebody
from tests.gates.conftest import DATABASES, Entries, Launch, database
from tests.support.server import Server

VERBS = {"gate.opened": "open", "gate.closed": "close"}


@pytest.fixture
def pair(aviary: Server, second_aviary: Server) -> tuple[Server, Server]:
    """Two server processes on one database."""
    return aviary, second_aviary


def test_two_processes_agree_at_once(pair: tuple[Server, Server], entries: Entries) -> None:
    first, second = pair
    canaries = [somebody() for _ in range(5)]
    for who in canaries:
        for one, other in ((first, second), (second, first)):
            assert ask(other, "/gate/check", who) == FORBIDDEN
            assert ask(one, "/gate/open", who) == ACCEPTED
            assert ask(other, "/gate/check", who) == APPROVED
            assert ask(one, "/gate/check", who) == APPROVED
            assert ask(other, "/gate/close", who) == ACCEPTED
            assert ask(one, "/gate/check", who) == FORBIDDEN
    for who in canaries:
        log = [one["action"] for one in entries(first, who)]
        assert log == ["gate.opened", "answer.approved", "gate.closed"] * 2


def test_sixteen_writers_and_readers_lose_nothing(pair: tuple[Server, Server], entries: Entries) -> None:
    canaries = [somebody() for _ in range(4)]

    def work(seed: int) -> list[str]:
        dice, accepted = random.Random(seed), []
        for _ in range(25):
            who, act = dice.choice(canaries), dice.choice(["open", "close", "check"])
            status, _body = ask(dice.choice(pair), f"/gate/{act}", who)
            # A check that a busy machine could not read in time is a no, and is asked again.
            assert status in ({202} if act != "check" else {200, 403, 503})
            if act != "check":
                accepted.append(f"{who['name']} {act}")
        return accepted

    with ThreadPoolExecutor(16) as pool:
        accepted = [one for done in pool.map(work, range(16)) for one in done]
    written = []
    for who in canaries:
        log = entries(pair[0], who)
        written += [f"{who['name']} {VERBS[one['action']]}" for one in log if one["action"] in VERBS]
        follows_from_its_entries(pair, who, log)
    assert sorted(written) == sorted(accepted)


def follows_from_its_entries(
    pair: tuple[Server, Server], who: dict[str, object], log: list[dict[str, Any]]
) -> None:
    """Each entry starts where the one before it ended; the last one is what is answered."""
    open_now = False
    for entry in log:
        assert entry["before"] == {"open": open_now}
        wanted = {"gate.opened": True, "gate.closed": False}.get(entry["action"], open_now)
        assert entry["after"] == {"open": wanted}
        news = wanted != open_now or entry["action"] == "answer.approved"
        assert entry["outcome"] == ("changed" if news else "unchanged")
        open_now = wanted
    assert {ask(server, "/gate/check", who) for server in pair} == {APPROVED if open_now else FORBIDDEN}


def test_every_acknowledged_decision_survives_a_kill(
    killed: tuple[Server, list[dict[str, object]]], entries: Entries
) -> None:
    server, acknowledged = killed
    assert acknowledged
    server.start()
    for who in acknowledged:
        assert ask(server, "/gate/check", who) == APPROVED
    log = entries(server)
    opened = {one["name"] for one in log if one["action"] == "gate.opened"}
    assert {who["name"] for who in acknowledged} <= opened


@pytest.fixture(params=DATABASES)
def killed(request: pytest.FixtureRequest, launch: Launch) -> tuple[Server, list[dict[str, object]]]:
    """A server killed while eight callers opened gates, and what it had acknowledged by then."""
    server = launch(**database(request, request.param))
    acknowledged: list[dict[str, object]] = []

    def write(_number: int) -> None:
        try:
            while True:
                who = somebody()
                if ask(server, "/gate/open", who) == ACCEPTED:
                    acknowledged.append(who)
        except OSError:
            return  # killed

    with ThreadPoolExecutor(8) as pool:
        writers = [pool.submit(write, number) for number in range(8)]
        deadline = time.monotonic() + 20
        while len(acknowledged) < 60 and time.monotonic() < deadline:
            time.sleep(0.005)
        server.kill()
        for writer in writers:
            writer.result()
    return server, acknowledged[-60:]


def descriptors(server: Server) -> int:
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


def test_descriptors_stay_flat_although_flagger_never_closes(sqlite_aviary: Server) -> None:
    who = somebody()
    call(sqlite_aviary, "/gate/check", who, headers=FLAGGER)
    before = descriptors(sqlite_aviary)
    lines = []
    body = b'{"name":"a","namespace":"b"}'
    head = b"POST /gate/check HTTP/1.1\r\nHost: x\r\nUser-Agent: Go-http-client/1.1\r\n"
    request = head + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    for _ in range(200):
        line = socket.create_connection(("127.0.0.1", sqlite_aviary.port), timeout=10)
        line.sendall(request)
        assert line.recv(4096).startswith(b"HTTP/1.1 403 ")
        lines.append(line)  # idle on Flagger's side, for up to 90 s
    deadline = time.monotonic() + 30
    while descriptors(sqlite_aviary) > before + 5:
        assert time.monotonic() < deadline, f"{descriptors(sqlite_aviary)} after {before}"
        time.sleep(0.02)
    for line in lines:
        line.close()
