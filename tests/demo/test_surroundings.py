"""What surrounds the demo's canaries: as a real Flagger makes it, by its recordings and its source."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from dashboard import routes
from dashboard.canary import parse
from dashboard.demo import demo, manifests, props
from dashboard.demo.cast import CAST, Part
from dashboard.demo.flagger import Flagger
from dashboard.demo.hooks import Answer
from dashboard.demo.recorder import Recorder
from dashboard.demo.state import (
    ALERT_PROVIDERS,
    CANARIES,
    DEPLOYMENTS,
    EVENTS,
    METRIC_TEMPLATES,
    SERVICES,
    VIRTUALSERVICES,
    Cluster,
    Object,
)
from dashboard.demo.turn import Turn
from dashboard.demo.workloads import make_primary
from tests.demo.replay import NAME, TRACES, deployment, status_of
from tests.demo.test_stage import RECOMMENDER, SEARCH, Show, show

__all__ = ["show"]
RECORDED = json.loads((TRACES / "objects-all-gates.json").read_text())["items"]
PORTS = [{"containerPort": 38080, "name": "http"}, {"containerPort": 38081, "name": "metrics"}]
THUMBNAILS = next(part for part in CAST if part.name == "thumbnails")


def recorded(kind: str) -> dict[str, Any]:
    """The recorded objects of a kind, by name."""
    return {item["metadata"]["name"]: item for item in RECORDED if item["kind"] == kind}


def virtual_service(show: Show, part: Part) -> Any:
    """Its spec now."""
    return show.cluster.get(VIRTUALSERVICES, part.namespace, part.name)["spec"]


def test_services_are_those_that_flagger_made() -> None:
    cluster = Cluster(lambda: datetime.now(UTC))
    (canary,) = recorded("Canary").values()
    target = deployment("test")
    target["spec"]["template"]["spec"]["containers"][0]["ports"] = PORTS
    cluster.create(DEPLOYMENTS, target)
    made = cluster.create(CANARIES, {"metadata": {"namespace": "test", "name": NAME}, "spec": canary["spec"]})
    make_primary(cluster, made)
    wanted = recorded("Service")
    assert len(wanted) == 3
    for name, service in wanted.items():
        ours = cluster.get(SERVICES, "test", name)
        assert ours["metadata"]["labels"] == service["metadata"]["labels"]
        assert ours["metadata"]["annotations"] == service["metadata"]["annotations"]
        for field in ("ports", "selector", "type"):
            assert ours["spec"][field] == service["spec"][field]


def test_one_virtual_service_delegates_to_a_canary(show: Show) -> None:
    root = show.cluster.get(VIRTUALSERVICES, "catalog", "storefront")["spec"]
    delegates = [rule["delegate"] for rule in root["http"] if "delegate" in rule]
    assert delegates == [{"name": RECOMMENDER.name, "namespace": RECOMMENDER.namespace}]
    spec = virtual_service(show, RECOMMENDER)
    assert (spec["hosts"], spec["gateways"]) == ([], [])
    assert spec["http"][0]["route"][0]["destination"] == {
        "host": "recommender-primary",
        "port": {"number": 8080},
    }


def test_hosts_and_gateways_are_the_manifests(show: Show) -> None:
    spec = virtual_service(show, CAST[1])
    assert spec["hosts"] == ["checkout.example.com", "checkout"]
    assert spec["gateways"] == [props.GATEWAY, "mesh"]


async def test_a_copy_of_the_requests_comes_before_any_traffic(show: Show) -> None:
    show.aviary.open |= {("gate", THUMBNAILS.namespace, THUMBNAILS.name)}
    show.stage.release(THUMBNAILS, "4.5.0")
    seen = []
    for _ in range(4):
        await show.stage.flagger.tick(THUMBNAILS.namespace, THUMBNAILS.name)
        rule = virtual_service(show, THUMBNAILS)["http"][0]
        seen.append((show.status(THUMBNAILS)[1], rule.get("mirror"), rule.get("mirrorPercentage")))
    copied = {"host": "thumbnails-canary"}, {"value": 50}
    assert seen == [(0, None, None), (0, *copied), (5, None, None), (10, None, None)]


async def test_visitors_stay_on_the_canary_until_the_release_is_over(show: Show) -> None:
    def cookie(rule: Object) -> str:
        return str(rule["match"][0]["headers"]["Cookie"]["regex"])

    sticky, weighted = virtual_service(show, SEARCH)["http"]
    status = Turn.read(show.cluster, SEARCH.namespace, SEARCH.name).status
    name, value = status["sessionAffinityCookie"].split("=")
    assert cookie(sticky) == f".*{name}.*{value}.*"
    assert [end["weight"] for end in sticky["route"]] == [0, 100]
    assert weighted["route"][1]["headers"]["response"]["add"]["Set-Cookie"] == f"{name}={value}; Max-Age=3600"
    whole = show.cluster.get(VIRTUALSERVICES, SEARCH.namespace, SEARCH.name)
    assert routes.parse("VirtualService", whole).share("search-api-canary") == show.status(SEARCH)[1] == 25
    await show.play(SEARCH, lambda: show.status(SEARCH)[0] == "Succeeded")
    sticky, weighted = virtual_service(show, SEARCH)["http"]
    assert cookie(sticky) == f".*{name}.*{value}.*"
    assert sticky["headers"]["response"]["add"]["Set-Cookie"] == f"{name}={value}; Max-Age=-1"
    assert "match" not in weighted
    assert "headers" not in weighted["route"][1]


def test_a_release_changes_more_than_the_image(show: Show) -> None:
    def container(name: str) -> Any:
        target = show.cluster.get(DEPLOYMENTS, "payments", name)
        return target["spec"]["template"]["spec"]["containers"][0]

    old, new = container("checkout-primary"), container("checkout")
    for field in ("image", "env", "resources"):
        assert old[field] != new[field]


def test_analyses_refer_to_what_is_there(show: Show) -> None:
    templates = {each["metadata"]["name"] for each in show.cluster.all(METRIC_TEMPLATES)}
    providers = {each["metadata"]["name"] for each in show.cluster.all(ALERT_PROVIDERS)}
    analyses = [canary["spec"]["analysis"] for canary in show.cluster.all(CANARIES)]
    metrics = [
        each["templateRef"]["name"] for one in analyses for each in one["metrics"] if "templateRef" in each
    ]
    alerts = [each["providerRef"]["name"] for one in analyses for each in one.get("alerts", [])]
    assert set(metrics) == templates
    assert set(alerts) == providers


@pytest.mark.parametrize("part", CAST, ids=lambda part: part.name)
def test_canaries_lead_to_runbooks_and_dashboards(part: Part) -> None:
    found = parse("default", manifests.canary(part, "http://aviary", "http://cluster", 5)).annotations
    assert [name.rpartition("/")[2] for name in found] == ["runbook", "grafana", "commit"]
    assert all(address.startswith("https://") for address in found.values())


def test_names_are_long_and_allowed() -> None:
    longest = max((part.name for part in CAST), key=len)
    assert len(longest) > 40
    assert len(f"{longest}-primary") <= 63


async def test_flagger_tells_what_it_measured() -> None:
    async with (
        demo("http://127.0.0.1:9", 5) as url,
        aiohttp.ClientSession() as session,
        session.get(f"{url}/metrics") as response,
    ):
        text = await response.text()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def value(series: str, **labels: str) -> float:
        (found,) = [each.value for each in samples if (each.name, each.labels) == (series, labels)]
        return float(found)

    assert value("flagger_canary_status", name="recommender", namespace="catalog") == 0
    assert value("flagger_canary_status", name="thumbnails", namespace="media") == 1
    assert value("flagger_canary_weight", workload="profile", namespace="accounts") == 20
    assert value("flagger_canary_weight", workload="profile-primary", namespace="accounts") == 80
    mine = [each.labels for each in samples if each.labels.get("name") == "recommender"]
    checks = {labels["metric"] for labels in mine if "metric" in labels}
    assert checks == {"request-success-rate", "request-duration", props.NOT_FOUND}
    metric = {"name": "recommender", "namespace": "catalog"}
    assert value("flagger_canary_metric_analysis", metric="request-duration", **metric) == 0.18
    assert value("flagger_canary_metric_analysis", metric="request-success-rate", **metric) == 97.4


async def test_a_template_that_fails_is_named_as_flagger_names_it() -> None:
    async def yes(url: str, body: bytes, seconds: float) -> Answer:
        return Answer(200, "OK")

    cluster = Cluster(lambda: datetime.now(UTC))
    check = {"name": "errors", "templateRef": {"name": "errors"}, "thresholdRange": {"max": 5}}
    spec = {
        "targetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME},
        "service": {"port": 80},
        "analysis": {"stepWeights": [50, 100], "threshold": 9, "metrics": [check]},
    }
    cluster.create(DEPLOYMENTS, deployment("test"))
    cluster.create(CANARIES, {"metadata": {"namespace": "test", "name": NAME}, "spec": spec})
    Turn.read(cluster, "test", NAME).adopt()
    recorder = Recorder()
    flagger = Flagger(cluster, yes, lambda turn, metric: 7.5, recorder)
    for _ in range(2):
        await flagger.tick("test", NAME)
    container = {"name": "app", "image": "app:2.0.0"}
    cluster.patch(DEPLOYMENTS, "test", NAME, {"spec": {"template": {"spec": {"containers": [container]}}}})
    for _ in range(4):
        await flagger.tick("test", NAME)
    assert status_of(cluster.get(CANARIES, "test", NAME)) == ("Progressing", 50, 2, 0)
    messages = [event["message"] for event in cluster.all(EVENTS)]
    assert f"Halt {NAME}.test advancement errors 7.50 > 5" in messages
    assert b'metric="errors",name="test-api",namespace="test"} 7.5' in recorder.text()


async def test_a_retried_template_starts_over_with_the_same_image(show: Show) -> None:
    await show.play(RECOMMENDER, lambda: show.status(RECOMMENDER)[0] == "Failed")
    before = show.stage.version(RECOMMENDER)
    annotations = {"kubectl.kubernetes.io/restartedAt": "2026-11-24T12:00:00Z"}
    patch = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    show.cluster.patch(DEPLOYMENTS, "catalog", "recommender", patch)
    await show.stage.flagger.tick("catalog", "recommender")
    assert show.status(RECOMMENDER) == ("Progressing", 0)
    assert show.stage.version(RECOMMENDER) == before


@pytest.mark.parametrize(
    ("part", "phase"), [(CAST[1], "Succeeded"), (SEARCH, "Succeeded"), (CAST[0], "Waiting")]
)
async def test_skip_analysis_promotes_what_has_started_and_starts_nothing(
    show: Show, part: Part, phase: str
) -> None:
    show.cluster.patch(CANARIES, part.namespace, part.name, {"spec": {"skipAnalysis": True}})
    await show.stage.flagger.tick(part.namespace, part.name)
    assert show.status(part) == (phase, 0)
