"""The revision stays the same exactly as long as nothing that is rolled out changes."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

import pytest

from dashboard.revision import revision
from dashboard.workloads import parse
from tests.support.traces import FOLDER

TEMPLATE: dict[str, Any] = {
    "metadata": {"labels": {"app": "podinfo"}},
    "spec": {
        "containers": [{"name": "app", "image": "app:1"}],
        "initContainers": [{"name": "i", "image": "i:1"}],
    },
}


def deployment(template: Any = TEMPLATE, **spec: Any) -> dict[str, Any]:
    return {"metadata": {"namespace": "test", "name": "podinfo"}, "spec": {"template": template, **spec}}


def with_selector(selector: Any) -> dict[str, Any]:
    return {**TEMPLATE, "spec": {**TEMPLATE["spec"], "nodeSelector": selector}}


def test_it_is_the_sha256_of_the_canonical_json_of_the_pod_template() -> None:
    text = json.dumps(TEMPLATE, sort_keys=True, separators=(",", ":"))
    assert revision("Deployment", deployment()) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("selector", [{}, None, {"flagger.app/scale-to-zero": "true"}])
def test_flaggers_own_node_selector_does_not_change_it(selector: Any) -> None:
    assert revision("DaemonSet", deployment(with_selector(selector))) == revision("DaemonSet", deployment())


def test_a_real_node_selector_changes_it_with_or_without_flaggers() -> None:
    own = {"disk": "ssd"}
    ours = revision("DaemonSet", deployment(with_selector(own)))
    assert ours != revision("DaemonSet", deployment())
    both = {**own, "flagger.app/scale-to-zero": "true"}
    assert ours == revision("DaemonSet", deployment(with_selector(both)))


def test_replicas_and_status_do_not_change_it_the_image_does() -> None:
    assert revision("Deployment", deployment(replicas=0)) == revision("Deployment", deployment(replicas=5))
    other = copy.deepcopy(TEMPLATE)
    other["spec"]["containers"][0]["image"] = "app:2"
    assert revision("Deployment", deployment(other)) != revision("Deployment", deployment())


def test_the_order_of_fields_does_not_change_it() -> None:
    turned = {"spec": TEMPLATE["spec"], "metadata": TEMPLATE["metadata"]}
    assert revision("Deployment", deployment(turned)) == revision("Deployment", deployment())


def test_a_service_is_its_spec() -> None:
    first = {"spec": {"selector": {"app": "a"}, "ports": [{"port": 80}]}}
    second = {"spec": {"selector": {"app": "b"}, "ports": [{"port": 80}]}}
    assert revision("Service", first) != revision("Service", second) != ""


@pytest.mark.parametrize("thing", [{}, {"spec": None}, {"spec": []}, {"spec": {"template": "x"}}])
def test_what_has_no_template_has_no_revision(thing: dict[str, Any]) -> None:
    assert revision("Deployment", thing) == ""


def test_images_and_replicas_are_what_is_kept_of_a_workload() -> None:
    status = {"readyReplicas": 2}
    known = parse("Deployment", {**deployment(replicas=3), "status": status})
    assert known.images == (("app", "app:1"), ("i", "i:1"))
    assert known.ready == "2/3"
    daemons = parse("DaemonSet", {**deployment(), "status": {"numberReady": 1, "desiredNumberScheduled": 4}})
    assert daemons.ready == "1/4"


def test_the_real_target_and_primary_after_a_release_have_the_same_image() -> None:
    items = json.loads((FOLDER / "objects-all-gates.json").read_text())["items"]
    known = {
        item["metadata"]["name"]: parse("Deployment", item) for item in items if item["kind"] == "Deployment"
    }
    assert known["test-api"].images == known["test-api-primary"].images == (("app", "app:2.0.0"),)
    assert known["test-api"].ready == "0/0"
