"""Downloads and lines of a running server, on both databases, while others decide."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from io import BytesIO
from pathlib import Path

import httpx
import pytest

from tests.search.exports import verified
from tests.support.people import PASSWORD
from tests.support.server import Server
from tests.support.visitor import Visitor, sign_in

GATES, CALLS = 6, 12


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One with the cast, whose entries go to the standard output as well."""
    more = {"AVIARY_AUDIT_STDOUT": "on"}
    if request.param == "postgres":
        more["DATABASE_URL"] = request.getfixturevalue("postgres").create()
    server = Server(tmp_path_factory.mktemp("served"), **more).start()
    server.add_people()
    yield server
    print(server.output)
    server.kill()


@pytest.fixture(scope="module")
def ada(server: Server) -> Iterator[Visitor]:
    """An administrator's browser."""
    with closing(sign_in(server.url, "ada", PASSWORD)) as visitor:
        yield visitor


@pytest.fixture(scope="module")
def victor(server: Server) -> Iterator[Visitor]:
    """A viewer's browser."""
    with closing(sign_in(server.url, "victor", PASSWORD)) as visitor:
        yield visitor


def decide(url: str, number: int, namespace: str = "payments") -> None:
    """Open and close a gate, again and again."""
    with httpx.Client(base_url=url, timeout=30) as client:
        for call in range(CALLS):
            body = {"namespace": namespace, "name": f"app-{number}"}
            client.post("/gate/open" if call % 2 else "/gate/close", json=body).raise_for_status()


def deciding(url: str) -> list[threading.Thread]:
    """Several callers at once."""
    callers = [threading.Thread(target=decide, args=(url, number)) for number in range(GATES)]
    for caller in callers:
        caller.start()
    return callers


def test_who_follows_the_log_while_it_is_written_gets_every_entry_once(server: Server, ada: Visitor) -> None:
    callers = deciding(server.url)
    found: list[int] = []
    address = "/api/v1/audit/?after=0&limit=7"
    while True:
        alive = any(caller.is_alive() for caller in callers)
        body = ada.get(address).raise_for_status().json()
        found += [entry["seq"] for entry in body["results"]]
        address = body["next"]
        if not alive and not body["results"]:
            break
    assert len(found) >= GATES * CALLS // 2
    assert found == list(range(1, len(found) + 1))


def test_an_export_made_while_others_decide_verifies(server: Server, ada: Visitor, tmp_path: Path) -> None:
    callers = deciding(server.url)
    for number in range(3):
        file = tmp_path / f"{number}.jsonl"
        answer = ada.get("/audit/export?format=jsonl")
        assert answer.status_code == 200
        assert ".jsonl" in answer.headers["content-disposition"]
        file.write_bytes(answer.content)
        assert verified(file, "--complete") == (0, verified(file)[1])
    for caller in callers:
        caller.join()
    program = tmp_path / "downloaded.py"
    program.write_bytes(ada.get("/audit/verifier").content)
    assert program.read_bytes() == (Path(__file__).parents[2] / "gates" / "verifier.py").read_bytes()


def test_the_browsers_csv_is_a_table_with_its_manifest(server: Server, ada: Visitor, victor: Visitor) -> None:
    decide(server.url, 1, "csv")
    answer = victor.get("/audit/export?format=csv&namespace=csv&action=gate.opened")
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(answer.content)) as files:
        rows = files.read("entries.csv").decode().splitlines()
        manifest = json.loads(files.read("manifest.json"))
    assert len(rows) - 1 == manifest["count"] == CALLS // 2
    page = ada.get("/audit?action=export.made").text
    assert "victor" in page
    assert f"exported {CALLS // 2} entries" in page
    assert "exported" not in victor.get("/audit?person=victor").text.partition("<ol")[2]


def test_a_wrong_export_is_refused_and_not_entered(server: Server, ada: Visitor) -> None:
    def made() -> list[int]:
        return [entry["seq"] for entry in ada.get("/api/v1/audit/?action=export.made").json()["results"]]

    before = made()
    for query in ("", "format=pdf", "format=csv&since=yesterday", "format=csv&action=gate.flown"):
        answer = ada.get(f"/audit/export?{query}")
        assert answer.status_code == 400
        assert answer.headers["content-type"].startswith("text/plain")
    assert made() == before


def test_nobody_without_a_role_downloads_anything(server: Server) -> None:
    with closing(sign_in(server.url, "nora", PASSWORD)) as nora:
        assert nora.get("/audit/export?format=csv").status_code == 403
        assert nora.get("/audit/verifier").status_code == 403
    answer = httpx.get(f"{server.url}/audit/export?format=csv", timeout=30)
    assert answer.status_code == 302
    assert "/sign-in" in answer.headers["location"]


def test_every_entry_is_a_line_on_the_standard_output(server: Server, ada: Visitor) -> None:
    decide(server.url, 1)
    entries = ada.get("/api/v1/audit/?after=0&limit=500").json()["results"]
    lines = [json.loads(line) for line in server.output.splitlines() if line.startswith("{")]
    told = {line["seq"]: line["hash"] for line in lines if "prev_hash" in line}
    assert len(entries) >= CALLS
    assert {entry["seq"]: entry["hash"] for entry in entries}.items() <= told.items()
