"""An entry names the release that it is about, and what it would replace."""

from __future__ import annotations

import pytest
from django.utils import timezone

from dashboard import facts_source, workloads
from dashboard.models import Release
from dashboard.releases import running_now
from dashboard.store import Reach, Store
from tests.cluster.objects import canary
from tests.support.traces import deployment

pytestmark = pytest.mark.django_db
STEPS = {"stepWeights": [10, 50]}


def running(revision: str, name: str = "podinfo") -> str:
    """The number of a release that runs."""
    made = Release.objects.create(
        subject="s", cluster="default", namespace="test", name=name, revision=revision,
        current=name, began_at=timezone.now(),
    )  # fmt: skip
    running_now.refresh("default")
    return str(made.pk)


def test_facts_name_the_running_release_and_the_images_from_and_to() -> None:
    store = Store("default", "tests")
    store.set_freshness(Reach.LIVE)
    store.apply(
        "Deployment",
        [
            workloads.parse("Deployment", deployment("test", name, image))
            for name, image in (("podinfo", "app:2"), ("podinfo-primary", "app:1"))
        ],
    )
    store.apply("Canary", [canary(STEPS, {"phase": "Progressing"})])
    view = store.get("test", "podinfo")
    assert view
    number = running(view.revision)
    facts = facts_source.of(view)
    assert (facts.images_from, facts.images) == (("app:1",), ("app:2",))
    assert facts.release == number
    store.apply("Canary", [canary(STEPS, {"phase": "Succeeded"})])
    view = store.get("test", "podinfo")
    assert view
    assert facts_source.of(view).release == ""


def test_another_revision_or_run_is_another_release() -> None:
    number, key = running("a" * 64), ("default", "test", "podinfo")
    assert running_now.identity(key, "a" * 64, "") == number
    assert running_now.identity(key, "b" * 64, "") == ""
    assert running_now.identity(("default", "test", "other"), "a" * 64, "") == ""
    Release.objects.update(checksum="c1")
    running_now.refresh("default")
    assert running_now.identity(key, "a" * 64, "c1") == number
    assert running_now.identity(key, "a" * 64, "c2") == ""
    Release.objects.update(current=None)
    running_now.refresh("default")
    assert running_now.identity(key, "a" * 64, "") == ""
