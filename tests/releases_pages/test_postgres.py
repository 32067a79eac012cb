"""The same pages where the database is strict and has types."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.environment import without_settings
from tests.support.people import PASSWORD
from tests.support.postgres import Postgres
from tests.support.server import Server
from tests.support.tiers import ROOT
from tests.support.visitor import Visitor, sign_in

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def victor(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[Visitor]:
    """A viewer of a server on Postgres, with a release on the shelf."""
    address = postgres.create()
    server = Server(tmp_path_factory.mktemp("releases"), DATABASE_URL=address).start()
    server.add_people()
    kept = {"AVIARY_DATA_DIR": str(server.data_dir), "DATABASE_URL": address}
    stock = [sys.executable, "-m", "tests.releases_pages.stock"]
    subprocess.run(stock, cwd=ROOT, env=without_settings(os.environ) | kept, check=True, timeout=60)
    visitor = sign_in(server.url, "victor", PASSWORD)
    yield visitor
    visitor.close()
    print(server.output)
    server.kill()


@pytest.mark.parametrize(
    "query",
    [
        "namespace=shelf",
        "canary=shelf/checkout",
        "namespace=shelf&text=checkout:2.14",
        "namespace=shelf&text=bbbb",
        "namespace=shelf&approver=hana",
        "namespace=shelf&since=2026-11-24&until=2026-11-24&outcome=succeeded",
    ],
)
def test_filters_find_on_postgres_what_they_find_on_sqlite(victor: Visitor, query: str) -> None:
    answer = victor.get(f"/releases?{query}")
    assert answer.status_code == 200
    assert answer.text.count("data-release=") == 1


def test_what_a_check_said_stays_when_newer_messages_take_its_place(victor: Visitor) -> None:
    page = victor.get("/releases?canary=told/cart").text
    found = re.search(r'data-release="(\d+)"', page)
    assert found
    evidence = victor.get(f"/releases/{found[1]}").text
    assert "510.5 &gt; 500" in evidence
    assert "data-events-lost" in evidence


@pytest.mark.parametrize(
    "address",
    [
        "/releases?text=%00",
        "/releases?text=%25_%5C",
        "/releases?text=%ED%A0%80",
        "/releases?before=9223372036854775807",
        "/releases?before=99999999999999999999",
        "/releases?since=0001-01-01&until=9999-12-31",
        "/releases?canary=" + "x" * 5000,
        "/releases?canary=/",
        "/releases?approver=a%00b",
        "/releases/99999999999999999999",
        "/releases/0",
        "/releases/stats?namespace=%00",
        "/releases/stats?days=99999999999999999999",
        "/releases/stats?namespace=" + "x" * 5000,
    ],
)
def test_no_address_is_too_odd(victor: Visitor, address: str) -> None:
    assert victor.get(address).status_code in {200, 400, 404}
