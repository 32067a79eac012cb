"""Lines of the log: JSON with the request's id, and no secret in any of them, whatever goes wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from dashboard.logs import Masking
from tests.conftest import Serve
from tests.gates.calls import FLAGGER, call, exchange, somebody
from tests.support.people import PASSWORD
from tests.support.postgres import Postgres
from tests.support.server import Server
from tests.support.visitor import sign_in

TOKEN = "webhook-token-T0PS3CR3T-aaaaaaaa"
WRONG = "wr0ng-T0PS3CR3T-token-bbbbbbbbbb"
MADE = "avw_T0PS3CR3T-cccccccccccccccc"
LOADTESTER = "lo4d-T0PS3CR3T-password"
ROOM = "r00m-T0PS3CR3T-path"
SECRET = re.compile(r"T0PS3CR3T[^•\s\"]*")


def lines(server: Server) -> Iterator[dict[str, Any]]:
    """What the server has printed, each line an object."""
    for line in server.output.splitlines():
        yield json.loads(line)


@pytest.fixture
def talkative(serve: Serve) -> Server:
    """It says all that it can say, and every setting that may be secret is."""
    server = serve(
        AVIARY_LOG_FORMAT="json",
        AVIARY_LOG_LEVEL="debug",
        AVIARY_ACCESS_LOG="all",
        AVIARY_WEBHOOK_AUTH="token",
        AVIARY_WEBHOOK_TOKENS=TOKEN,
        AVIARY_SECRET_KEY="k3y-T0PS3CR3T-of-sessions",
        AVIARY_ADMIN_PASSWORD="adm1n-T0PS3CR3T-password",
        AVIARY_LOADTESTER_URL=f"http://somebody:{LOADTESTER}@127.0.0.1:9/{LOADTESTER}",
        AVIARY_NOTIFY_URLS=f"json://127.0.0.1:9/{ROOM}",
    )
    server.add_people()
    return server


def test_tokens_sent_everywhere_are_in_no_line(talkative: Server) -> None:
    who, plain = somebody(), httpx.Client(base_url=talkative.url, timeout=30)
    for token in (TOKEN, WRONG, MADE, quote(TOKEN, safe="")):
        for path in (
            "gate/check",
            "gate/open",
            "hooks/confirm-rollout",
            "nowhere",
            "",
            "clusters/x/gate/open",
        ):
            call(talkative, f"/t/{token}/{path}", who, headers=FLAGGER)
        call(
            talkative, f"/gate/open?token={token}", who, headers={"Referer": f"http://x/t/{token}/gate/open"}
        )
        call(talkative, f"/gate/open?x=1&token={token}", b"{" + token.encode())
        for odd in (f"/T/{token}/gate/open", f"//t//{token}/gate/open", f"/%74/{token}/gate/open"):
            call(talkative, odd, who)
        for header in ("Authorization", "X-Token", "Cookie", "X-Request-ID", "User-Agent", "X-Forwarded-For"):
            for value in (f"Token {token}", f"sessionid={token}"):
                for path in ("/api/v1/canaries/", "/sign-in", f"/audit?token={token}", "/gate/check"):
                    plain.get(path, headers={header: value})
        exchange(talkative, f"GET /t/{token}/gate/check HTTP/1.1\r\nConnection: close\r\n\r\n".encode())
        exchange(talkative, f"BAD /t/{token} x\r\n\r\n".encode())
    plain.close()
    visitor = sign_in(talkative.url, "alice", PASSWORD)
    session = visitor.cookies["sessionid"]
    visitor.get(f"/audit?token={MADE}&q=%00")
    talkative.terminate()
    output = talkative.output
    assert "•••" in output
    assert SECRET.findall(output) == []
    assert session not in output
    assert PASSWORD not in output


def test_every_line_is_an_object_with_what_a_search_needs(talkative: Server) -> None:
    who = somebody()
    answer = call(talkative, f"/t/{TOKEN}/gate/open", who)
    page = httpx.get(f"{talkative.url}/sign-in", timeout=30)
    talkative.terminate()
    said = list(lines(talkative))
    assert all({"event", "level", "logger"} <= line.keys() for line in said)
    ours = [line for line in said if line.get("request_id") == answer.headers["x-request-id"]]
    assert [(line["path"], line["status"]) for line in ours] == [("/t/•••/gate/open", 202)]
    read = [line for line in said if line.get("request_id") == page.headers["x-request-id"]]
    assert [(line["method"], line["path"]) for line in read] == [("GET", "/sign-in")]


@pytest.mark.postgres
def test_a_database_that_fails_tells_no_password(serve: Serve, postgres: Postgres) -> None:
    address = postgres.create().replace("@", ":p4ss-T0PS3CR3T-word@", 1)
    server = serve(DATABASE_URL=address, AVIARY_LOG_FORMAT="json", AVIARY_LOG_LEVEL="debug")
    postgres.pause()
    try:
        call(server, "/gate/check", somebody())
        httpx.get(f"{server.url}/sign-in", timeout=30)
    finally:
        postgres.resume()
    assert any(line["level"] in {"warning", "error"} for line in lines(server))
    assert SECRET.findall(server.output) == []


def test_plain_lines_cannot_be_made_up_by_what_is_sent(serve: Serve) -> None:
    server = serve(AVIARY_ACCESS_LOG="all")
    call(server, "/nowhere%0a2030-01-01%2000:00:00,000%20INFO%20x:%20y", headers={"User-Agent": "a"})
    server.terminate()
    assert not [line for line in server.output.splitlines() if line.startswith("2030")]
    assert re.search(
        r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} INFO aviary.access: POST /nowhere%0a", server.output, re.M
    )


@pytest.mark.parametrize(
    "text",
    [
        "GET /t/T0PS3CR3T/gate/open HTTP/1.1",
        "http://u:T0PS3CR3T@host/x failed",
        "x?token=T0PS3CR3T&y=1",
        "{'Authorization': 'Token T0PS3CR3Tabcdefghijkl'}",
        "Bearer T0PS3CR3T.abcdefghijkl.mnop==",
        "Cookie: csrftoken=T0PS3CR3T; sessionid=T0PS3CR3T",
        "connection failed: password=T0PS3CR3T host=db",
        "made avw_T0PS3CR3T for alice",
        "https://hooks.slack.com/services/T0PS3CR3T/B0/x",
        "known-T0PS3CR3T",
    ],
)
def test_whatever_looks_like_a_secret_is_masked(text: str) -> None:
    masked = Masking(["known-T0PS3CR3T"]).value({"a": [text, ValueError(text)]})
    assert "T0PS3CR3T" not in str(masked)
    assert "•••" in str(masked)


def test_words_and_addresses_without_secrets_stay() -> None:
    text = "the canary pay/web waits; see https://aviary.example/canaries/pay/web?page=2 (key stays)"
    assert Masking(["short"]).text(text) == text
