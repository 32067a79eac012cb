"""The alert rules and the dashboard in deploy/ name only what /metrics really has, in PromQL that parses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import promql_parser
import pytest
import yaml

from gates import keyring
from gates.addresses import _LISTED
from tests.gates.calls import ask, somebody
from tests.house.sources import ROOT
from tests.seen.conftest import Scrape, until
from tests.support.server import Server

RULES = ROOT / "deploy" / "prometheus" / "rules.yaml"
DASHBOARD = ROOT / "deploy" / "grafana" / "aviary.json"
# What Prometheus adds to every series, or a histogram to its buckets.
ADDED = {"le", "instance", "job"}
WANTED = {
    "AviaryWatchStale",
    "AviaryWaitingTooLong",
    "AviaryDatabaseErrors",
    "AviaryNoAsks",
    "AviaryRollbackRequested",
    "AviaryQueueDrops",
    "AviaryNotificationsFailing",
    "AviaryCheckpointOverdue",
}


def rules() -> list[dict[str, Any]]:
    """Every alert rule."""
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]


def drawn() -> list[tuple[str, str]]:
    """Title and query of everything that the dashboard draws, as Grafana would send it."""
    board = json.loads(DASHBOARD.read_text())
    found = []
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            query = target["expr"].replace("$__rate_interval", "5m").replace("$cluster", ".*")
            found.append((panel["title"], query))
    return found


QUERIES = [(rule["alert"], str(rule["expr"])) for rule in rules()] + drawn()


EACH = pytest.mark.parametrize(
    ("what", "query"), QUERIES, ids=[f"{number} {what}" for number, (what, _query) in enumerate(QUERIES)]
)


def selectors(query: str) -> Iterator[Any]:
    """What the query reads; ValueError when it is no PromQL."""

    def walk(node: Any) -> Iterator[Any]:
        if isinstance(node, promql_parser.VectorSelector):
            yield node
        elif isinstance(node, promql_parser.MatrixSelector):
            yield from walk(node.vector_selector)
        else:
            parts = [getattr(node, name, None) for name in ("lhs", "rhs", "expr")]
            for part in [*parts, *(getattr(node, "args", None) or [])]:
                if part is not None:
                    yield from walk(part)

    return walk(promql_parser.parse(query))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrape]:
    """What a server tells that has done a little of everything."""
    folder = tmp_path_factory.mktemp("told")
    key = folder / "key"
    key.write_text(keyring.made())
    server = Server(folder / "data", AVIARY_AUDIT_KEY_FILE=str(key)).start()
    try:
        for address in _LISTED:
            ask(server, address.label, somebody())
        httpx.get(f"{server.url}/sign-in", timeout=30)
        # The last request is counted a moment after it was answered.
        wanted = {"aviary_episodes_waiting", "aviary_audit_unsigned_seconds", "aviary_watch_age_seconds"}
        wanted |= {"aviary_requests_total", "aviary_request_seconds_bucket"}
        yield until(server, lambda found: wanted <= found.names)
    finally:
        server.kill()


@EACH
def test_a_query_parses_and_reads_what_is_there(what: str, query: str, told: Scrape) -> None:
    found = list(selectors(query))
    assert found
    for selector in found:
        samples = [sample for sample in told.samples if sample.name == selector.name]
        assert samples, f"{what}: there is no {selector.name}"
        for matcher in selector.matchers.matchers:
            values = {sample.labels.get(matcher.name) for sample in samples}
            assert None not in values, f"{what}: {selector.name} has no label {matcher.name}"
            if matcher.op == promql_parser.MatchOp.Equal:
                assert matcher.value in values, f"{what}: {matcher.name} is never {matcher.value}"
            elif matcher.op == promql_parser.MatchOp.Re and matcher.name == "address":
                assert any(re.fullmatch(matcher.value, value or "") for value in values), what


@EACH
def test_a_query_groups_by_labels_that_are_there(what: str, query: str, told: Scrape) -> None:
    samples = [each for one in selectors(query) for each in told.samples if each.name == one.name]
    known = {label for sample in samples for label in sample.labels} | ADDED
    for names in re.findall(r"\b(?:by|on|without)\s*\(([^)]*)\)", query):
        assert {name.strip() for name in names.split(",") if name.strip()} <= known, what


def test_a_wrong_query_would_be_noticed() -> None:
    for wrong in ("sum(increase(aviary_x[5m])", "increase(aviary_x)", "max by cluster (aviary_x)"):
        with pytest.raises(ValueError, match=r"."):
            list(selectors(wrong))


def test_every_alert_says_what_to_do() -> None:
    assert {rule["alert"] for rule in rules()} >= WANTED
    for rule in rules():
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}, rule["alert"]
        assert len(rule["annotations"]["runbook"]) > 80, rule["alert"]
        assert rule["annotations"]["summary"], rule["alert"]


def test_what_is_told_is_documented_and_nothing_else(told: Scrape) -> None:
    text = (ROOT / "docs" / "observability.md").read_text()
    names = set(re.findall(r"^\| `(aviary_\w+)` \|", text, re.MULTILINE))
    lasting = {name for name in told.names if not name.endswith("_created")}
    families = {re.sub(r"_(bucket|count|sum)$", "", name) for name in lasting}
    assert names == {name for name in families if name.startswith("aviary_")}
    assert set(re.findall(r"^\| `(Aviary\w+)` \|", text, re.MULTILINE)) == {rule["alert"] for rule in rules()}
    assert set(re.findall(r"\baviary_\w+", DASHBOARD.read_text())) <= told.names
