"""The manifest: as one would write it, without secrets, ready to be copied."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from dashboard import manifest
from tests.one_a.conftest import Page
from tests.support import views
from tests.support.html import one


def shown(raw: dict[str, Any]) -> str:
    return manifest.shown(json.dumps(raw))


def test_it_is_what_a_person_wrote() -> None:
    raw = views.raw(phase="Failed")
    raw["metadata"] |= {
        "resourceVersion": "77",
        "creationTimestamp": "2026-11-24T12:00:00Z",
        "labels": {"team": "shop"},
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"spec": {"old": 1}}'},
    }
    assert yaml.safe_load(shown(raw)) == {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"name": "podinfo", "namespace": "test", "labels": {"team": "shop"}},
        "spec": raw["spec"],
    }


@pytest.mark.parametrize(
    "part",
    [
        {"analysis": {"webhooks": [{"url": "http://aviary/t/hunter2hunter2/gate/check"}]}},
        {"analysis": {"webhooks": [{"url": "https://aviary/gate/check?token=hunter2"}]}},
        {"analysis": {"webhooks": [{"url": "https://me:hunter2@aviary/"}]}},
        {"analysis": {"webhooks": [{"metadata": {"api-token": "hunter2"}}]}},
        {
            "analysis": {
                "webhooks": [{"metadata": {"cmd": "curl -H 'Authorization: Bearer hunter2-abc' http://x/"}}]
            }
        },
        {"analysis": {"webhooks": [{"metadata": {"cmd": "hey https://me:hunter2@app/ && true"}}]}},
        {"analysis": {"match": [{"headers": {"authorization": {"exact": "hunter2"}}}]}},
        {"analysis": {"alerts": [{"address": "https://hooks.slack.com/services/T0/B0/hunter2"}]}},
        {"metricsServer": "http://me:hunter2@prometheus:9090"},
    ],
)
def test_what_is_secret_is_masked_wherever_it_stands(part: dict[str, Any]) -> None:
    raw = views.raw() | {"spec": part}
    assert "hunter2" in json.dumps(raw)
    assert "hunter2" not in shown(raw)
    assert "•••" in shown(raw)


def test_annotations_are_masked_too() -> None:
    raw = views.raw()
    raw["metadata"]["annotations"] = {"a/link": "https://x.example/?token=hunter2", "a/password": "hunter2"}
    assert "hunter2" not in shown(raw)


def test_which_secret_is_meant_stays_legible() -> None:
    raw = views.raw() | {
        "spec": {"secretRef": {"name": "db"}, "service": {"port": 80}, "note": "two\nlines\n"}
    }
    assert yaml.safe_load(shown(raw))["spec"] == raw["spec"]


@pytest.mark.parametrize("spec", [None, [], "text", {"a": None, "b": [1, [2.5, True]]}, {"\ud800": "\ud800"}])
def test_odd_content_is_shown_as_it_is(spec: Any) -> None:
    assert yaml.safe_load(shown({"metadata": {"name": "x"}, "spec": spec}))["metadata"] == {"name": "x"}


@pytest.mark.django_db
def test_it_is_on_the_page_folded_with_a_button_to_copy(page: Page) -> None:
    raw = views.raw(message="<script>alert(1)</script>")
    raw["spec"]["analysis"]["webhooks"][0]["url"] = "http://aviary/t/hunter2hunter2/gate/check"
    raw["metadata"]["labels"] = {"x": "</code><script>alert(2)</script>"}
    html = page.of(raw)
    code = one(html, "id", one(html, "data-copy")["data-copy"])
    assert "targetRef:" in code.text
    assert "http://aviary/t/•••/gate/check" in code.text
    assert "hunter2" not in html
    assert "<script>alert" not in html
