"""Real servers: two on one PostgreSQL send each message once; a kill loses none; no answer is delayed."""

from __future__ import annotations

from collections import Counter

import httpx
import pytest

from tests.conftest import Serve
from tests.support.postgres import Postgres
from tests.support.receivers import Room
from tests.support.server import ADMIN_PASSWORD, Server
from tests.support.visitor import Visitor, sign_in
from tests.support.waiting import until

# The demo's canaries live elsewhere: what is told here is what the tests do.
NAMESPACE = "quiet"


def admin(server: Server) -> Visitor:
    """An administrator's browser."""
    return sign_in(server.url, "admin", ADMIN_PASSWORD)


def make_rule(server: Server, room: Room) -> None:
    """Through the page, as people do."""
    visitor = admin(server)
    form = {
        "csrfmiddlewaretoken": visitor.cookies["csrftoken"], "name": "on call", "url": room.url,
        "namespaces": NAMESPACE, "clusters": "*", "events": ["decided"], "reminders": "", "language": "en",
        "enabled": "on",
    }  # fmt: skip
    address = f"{server.url}/notifications/new"
    answer = visitor.post(address, data=form, headers={"Referer": address})
    assert "on call" in answer.text, answer.text


def open_gate(server: Server, name: str) -> None:
    """A script opens a gate, as the load tester's users do; the answer means that it is durable."""
    body = {"name": name, "namespace": NAMESPACE}
    with httpx.Client(trust_env=False, timeout=10) as client:
        answer = client.post(f"{server.url}/gate/open", json=body)
    assert answer.status_code == 202, answer.text


def told(room: Room) -> Counter[str]:
    """How often each gate was told of."""
    return Counter(title.rpartition("/")[2] for title in room.titles)


@pytest.mark.postgres
def test_two_servers_send_each_message_once(serve: Serve, postgres: Postgres, room: Room) -> None:
    address = postgres.create()
    first = serve(DATABASE_URL=address, AVIARY_SECRET_KEY="one key for both")
    second = serve(
        first.data_dir.with_name("second"),
        DATABASE_URL=address, AVIARY_SECRET_KEY="one key for both",
    )  # fmt: skip
    make_rule(first, room)
    names = [f"shop-{number}" for number in range(12)]
    for number, name in enumerate(names):
        open_gate((first, second)[number % 2], name)
    until(lambda: len(told(room)) == len(names), "every gate is told of", 60)
    # Whatever a second sender would have sent twice has come by the time of one more.
    open_gate(second, "last")
    until(lambda: "last" in told(room), "the last one")
    assert told(room) == Counter([*names, "last"])


def test_a_kill_right_after_the_decision_loses_nothing(serve: Serve, room: Room) -> None:
    server = serve(AVIARY_NOTIFY_RETRY_SECONDS="1")
    make_rule(server, room)
    room.close()
    open_gate(server, "unseen")
    server.kill()
    server.start()
    open_gate(server, "tried")
    until(lambda: "a message was not taken" in server.output, "the first try")
    server.kill()
    room.open()
    server.start()
    until(
        lambda: len(told(room)) == 2, "both are told", 100
    )  # What the killed process had claimed is free after a minute.
    assert told(room) == Counter(["unseen", "tried"])


def test_a_receiver_that_hangs_delays_no_decision_and_no_answer(serve: Serve, room: Room) -> None:
    server = serve(AVIARY_NOTIFY_RETRY_SECONDS="1")
    make_rule(server, room)
    room.pause = 60
    for number in range(5):
        open_gate(server, f"shop-{number}")
    until(lambda: room.asked, "the receiver is asked")
    # Each has to come within the client's limit of 10 s, while the receiver keeps its caller for 60.
    for number in range(5):
        open_gate(server, f"other-{number}")
        body = {"name": f"other-{number}", "namespace": NAMESPACE}
        answer = httpx.post(f"{server.url}/gate/check", json=body, trust_env=False, timeout=10)
        assert answer.status_code == 200
    assert room.taken == []


def test_rules_of_the_settings_hear_of_what_waits(serve: Serve, room: Room) -> None:
    server = serve(AVIARY_NOTIFY_URLS=room.url, AVIARY_URL="http://aviary.example")
    until(lambda: any("waits for a decision" in title for title in room.titles), "the demo waits", 60)
    body = next(text for text, title in zip(room.bodies, room.titles, strict=True) if "waits for" in title)
    assert "Look and decide: http://aviary.example/canaries/" in body
    assert room.url.rpartition("/")[2] not in server.output


def test_an_address_that_cannot_be_used_stops_the_start(serve: Serve) -> None:
    with pytest.raises(Exception, match="AVIARY_NOTIFY_URLS: address 1 of 1") as failed:
        serve(AVIARY_NOTIFY_URLS="foo://T0PS3CR3T")
    assert "T0PS3CR3T" not in str(failed.value)
