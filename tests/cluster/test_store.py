"""The store: one change per batch, none for what nobody could see, and views joined from all kinds."""

from __future__ import annotations

import pytest

from dashboard import routes, workloads
from dashboard.store import Change, Reach, Store, Trouble, Weight
from dashboard.view import ImageChange
from tests.cluster.objects import Raw, canary
from tests.support.traces import deployment

STEPS = {"stepWeights": [10, 50]}
KEY = ("test", "podinfo")


@pytest.fixture
def store() -> Store:
    return Store("default", "tests")


@pytest.fixture
def changes(store: Store) -> list[Change]:
    heard: list[Change] = []
    store.subscribe(heard.append)
    return heard


def workload(name: str, image: str) -> workloads.Workload:
    return workloads.parse("Deployment", deployment("test", name, image))


def route(kind: str, weight: int) -> routes.Route:
    rule: Raw = {
        "route": [{"destination": {"host": "podinfo-canary"}, "weight": weight}, {"weight": 100 - weight}],
        "backendRefs": [{"name": "podinfo-canary", "weight": weight}, {"name": "x", "weight": 100 - weight}],
    }
    meta = {"namespace": "test", "name": "podinfo"}
    return routes.parse(kind, {"metadata": meta, "spec": {"http": [rule], "rules": [rule]}})


def test_a_list_is_one_change(store: Store, changes: list[Change]) -> None:
    workloads_ = [workload(f"w{index}", "app:1") for index in range(10)]
    store.apply("Deployment", workloads_, whole=True)
    canaries = [canary(STEPS, targetRef={"kind": "Deployment", "name": "w1"})]
    store.apply("Canary", canaries, whole=True)
    assert changes == [Change(1, frozenset({KEY}))]
    assert store.number == 1


def test_a_touch_that_nobody_sees_is_no_change_but_was_observed(store: Store, changes: list[Change]) -> None:
    def touched(second: int) -> None:
        store.apply(
            "Canary",
            [canary(STEPS, {"phase": "Waiting", "lastTransitionTime": f"2026-11-24T14:00:{second}Z"})],
        )

    touched(10)
    first = store.get(*KEY)
    touched(20)
    second = store.get(*KEY)
    assert first is not None
    assert second is not None
    assert len(changes) == 1
    assert first == second
    assert second.observed_at > first.observed_at


def test_a_view_joins_target_primary_and_route_in_whatever_order_they_come(
    store: Store, changes: list[Change]
) -> None:
    store.apply("VirtualService", [route("VirtualService", 30)])
    store.apply("Deployment", [workload("podinfo", "app:2")])
    assert changes == []
    store.apply("Canary", [canary(STEPS, {"phase": "Progressing"})])
    store.apply("Deployment", [workload("podinfo-primary", "app:1")])
    view = store.get(*KEY)
    assert view is not None
    assert view.images == (ImageChange("app", "app:1", "app:2"),)
    assert view.weight == Weight(30, "VirtualService podinfo")
    assert view.next_weight == 100
    assert view.revision == workload("podinfo", "app:2").revision != view.primary_revision != ""
    assert (view.ready, view.primary_ready) == ("0/1", "0/1")
    assert [change.keys for change in changes] == [frozenset({KEY})] * 2


@pytest.mark.parametrize(("provider", "expected"), [("gatewayapi:v1", 20), ("istio", 30), ("", 30)])
def test_the_providers_routing_object_comes_first(store: Store, provider: str, expected: int) -> None:
    store.apply("VirtualService", [route("VirtualService", 30)])
    store.apply("HTTPRoute", [route("HTTPRoute", 20)])
    store.apply("Canary", [canary(STEPS, {"phase": "Progressing"}, provider=provider)])
    view = store.get(*KEY)
    assert view is not None
    assert view.weight.value == expected


def test_a_canary_that_changes_its_target_follows_the_new_one(store: Store) -> None:
    store.apply("Deployment", [workload("podinfo", "app:1"), workload("other", "app:9")])
    store.apply("Canary", [canary(STEPS)])
    store.apply("Canary", [canary(STEPS, targetRef={"kind": "Deployment", "name": "other"})])
    store.apply("Deployment", [workload("other", "app:10")])
    store.apply("Deployment", [workload("podinfo", "app:2")])
    view = store.get(*KEY)
    assert view is not None
    assert [image.new for image in view.images] == ["app:10"]


def test_a_deletion_is_a_change_and_forgets_the_release(store: Store, changes: list[Change]) -> None:
    store.apply("Canary", [canary(STEPS, {"phase": "Progressing", "canaryWeight": 50})])
    store.apply("Canary", drop=[KEY])
    store.apply("Canary", drop=[KEY])
    assert store.get(*KEY) is None
    assert len(changes) == 2
    store.apply("Canary", [canary(STEPS, {"phase": "Terminating"})])
    view = store.get(*KEY)
    assert view is not None
    assert view.weight == Weight(0, "status")


def test_a_list_drops_what_is_no_longer_in_it(store: Store) -> None:
    store.apply("Canary", [canary(STEPS)], whole=True)
    store.apply("Canary", [], whole=True)
    assert list(store.all()) == []


def test_a_deleted_target_leaves_the_revision_unknown(store: Store) -> None:
    store.apply("Deployment", [workload("podinfo", "app:1")])
    store.apply("Canary", [canary(STEPS)])
    store.apply("Deployment", drop=[KEY])
    view = store.get(*KEY)
    assert view is not None
    assert (view.revision, view.images) == ("", ())


def test_freshness_is_a_change_without_keys_and_keeps_its_beginning(
    store: Store, changes: list[Change]
) -> None:
    store.set_freshness(Reach.STALE, Trouble.UNREACHABLE, "one")
    since = store.freshness.since
    store.set_freshness(Reach.STALE, Trouble.UNREACHABLE, "one")
    store.set_freshness(Reach.STALE, Trouble.UNREACHABLE, "two")
    assert store.freshness.since == since
    assert store.freshness.detail == "two"
    store.set_freshness(Reach.LIVE)
    assert store.freshness.since > since
    assert [change.keys for change in changes] == [frozenset()] * 3


def test_a_listener_that_fails_does_not_keep_the_others_from_hearing(
    store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Change] = []

    def failing(change: Change) -> None:
        raise ZeroDivisionError(change)

    store.subscribe(failing)
    store.subscribe(heard.append)
    store.apply("Canary", [canary(STEPS)])
    assert len(heard) == 1
    assert "a listener of the store failed" in caplog.text


def test_after_unsubscribing_nothing_is_heard(store: Store) -> None:
    heard: list[Change] = []
    unsubscribe = store.subscribe(heard.append)
    unsubscribe()
    unsubscribe()
    store.apply("Canary", [canary(STEPS)])
    assert heard == []
