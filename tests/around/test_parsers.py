"""Services, Events and what an analysis refers to, as people need them and without what is secret."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.around.events import ClusterEvent
from dashboard.around.referred import AlertProvider, MetricTemplate
from dashboard.around.services import Port, Service
from dashboard.secret_names import MASK
from tests.around.things import event, read, thing

Raw = dict[str, Any]


def test_a_service() -> None:
    raw = thing(
        "podinfo",
        {
            "type": "NodePort",
            "clusterIP": "None",
            "selector": {"app": "podinfo-primary"},
            "ports": [
                {"name": "http", "port": 80, "targetPort": "web", "appProtocol": "http2"},
                {"port": 53, "protocol": "UDP"},
            ],
        },
    )
    raw["metadata"]["ownerReferences"] = [
        {"kind": "ReplicaSet", "name": "x", "apiVersion": "apps/v1"},
        {"kind": "Canary", "name": "podinfo", "apiVersion": "flagger.app/v1beta1"},
    ]
    assert read("Service", raw) == Service(
        namespace="test",
        name="podinfo",
        type="NodePort",
        headless=True,
        selector=(("app", "podinfo-primary"),),
        ports=(Port("http", 80, "web", "TCP", "http2"), Port("", 53, "53", "UDP", "")),
        owner="podinfo",
    )


def cluster_event(raw: Raw) -> ClusterEvent:
    found = read("Event", raw)
    assert isinstance(found, ClusterEvent)
    return found


def test_an_event_is_kept_as_it_was_said_but_for_what_is_secret() -> None:
    said = (
        "(combined from similar events): Halt test.podinfo advancement external check a failed "
        'Post "http://aviary.flagger/t/t0p-token/hooks/confirm-promotion": EOF, then '
        "https://user:t0p@x.example/?token=t0p and https://hooks.slack.com/services/T0/B0/t0p"
    )
    found = cluster_event(event("a", message=said, type="Warning", count=3))
    assert "t0p" not in found.message
    assert found.message.startswith("(combined from similar events): Halt test.podinfo")
    assert f'Post "http://aviary.flagger/t/{MASK}/hooks/confirm-promotion": EOF, then ' in found.message
    assert found.message.endswith(f"https://hooks.slack.com/{MASK}")
    assert (found.warning, found.count, found.canary_key) == (True, 3, ("test", "podinfo"))


def test_an_event_of_the_newer_api_has_its_times_elsewhere() -> None:
    raw = event("a", firstTimestamp=None, lastTimestamp=None)
    raw["eventTime"] = "2026-11-24T14:00:00.123456Z"
    raw["series"] = {"count": 4, "lastObservedTime": "2026-11-24T14:05:00.000000Z"}
    found = cluster_event(raw)
    assert found.count == 4
    assert found.first
    assert found.last
    assert (found.first.minute, found.last.minute) == (0, 5)


def test_a_metric_template_keeps_its_query_and_hides_the_password() -> None:
    raw = thing(
        "errors", {"provider": {"type": "prometheus", "address": "http://u:t0p@p:9090"}, "query": "x{}\n"}
    )
    assert read("MetricTemplate", raw) == MetricTemplate(
        "test", "errors", "prometheus", f"http://{MASK}@p:9090", "x{}\n"
    )


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://hooks.slack.com/services/T0/B0/s3cret", f"https://hooks.slack.com/{MASK}"),
        ("https://discord.com/api/webhooks/1/s3cret", f"https://discord.com/{MASK}"),
        ("https://user:s3cret@chat.example:8443/x?y=s3cret#s3cret", f"https://chat.example:8443/{MASK}"),
        ("https://[::1]:80/s3cret", f"https://[::1]:80/{MASK}"),
        ("s3cret", MASK),
        ("https://x:99999999/s3cret", MASK),
        ("https://[s3cret", MASK),
        ("", ""),
    ],
)
def test_an_alert_providers_address_is_a_secret_but_for_its_host(address: str, shown: str) -> None:
    spec = {"type": "slack", "channel": "general", "username": "flagger", "address": address}
    found = read("AlertProvider", thing("chat", {**spec, "secretRef": {"name": "slack"}}))
    assert found == AlertProvider("test", "chat", "slack", "general", "flagger", shown, "slack")
