"""What is changed in a real API server, what the log says of it, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dashboard import wire
from dashboard.cluster_errors import Unreachable
from dashboard.interventions import rights, sweep
from dashboard.interventions.acts import RESTARTED_AT, Act
from dashboard.models import Intervention
from dashboard.resources import CANARIES, DEPLOYMENTS, Resource
from gates import audit
from gates.asked_for import Refused
from tests.freezes.conftest import freeze
from tests.interventions.conftest import Shop
from tests.interventions.live import PAGE, ask, codes, in_thread, log, until
from tests.support.log import proven

pytestmark = [pytest.mark.kube, pytest.mark.django_db(transaction=True)]


def refused(work: Callable[[], object]) -> Refused:
    """What it is refused with."""
    with pytest.raises(Refused) as error:
        work()
    return error.value


def test_suspending_leaves_two_entries_with_the_field_before_and_after(shop: Shop) -> None:
    shop.add("podinfo")
    version = shop.get("Canary", "podinfo")["metadata"]["resourceVersion"]
    ask(Act.SUSPEND, shop.namespace, "podinfo", "the database is moving")
    kept = shop.get("Canary", "podinfo")
    assert kept["spec"]["suspend"] is True
    assert "aviary" in {each["manager"] for each in kept["metadata"]["managedFields"]}
    asked, done = log()
    assert (asked.action, asked.after) == ("canary.suspend.requested", {"suspend": True})
    assert (asked.actor, asked.source, asked.reason) == ("minji", PAGE.source, "the database is moving")
    assert (done.action, done.outcome, done.decision) == ("canary.suspended", audit.CHANGED, asked.seq)
    assert done.before == {"suspend": None, "resourceVersion": version}
    assert done.after == {"suspend": True, "resourceVersion": kept["metadata"]["resourceVersion"]}
    assert done.revision == shop.view("podinfo").revision
    assert proven() == (2, "")


def test_resuming_takes_the_field_away(shop: Shop) -> None:
    shop.add("podinfo", suspend=True)
    ask(Act.RESUME, shop.namespace, "podinfo", "")
    assert "suspend" not in shop.spec("podinfo")
    assert codes() == ["canary.resume.requested", "canary.resumed"]


def test_promoting_now_sets_skip_analysis(shop: Shop) -> None:
    shop.add("podinfo", "WaitingPromotion")
    ask(Act.PROMOTE_NOW, shop.namespace, "podinfo", "outage", shop.view("podinfo").revision, take_back=True)
    assert shop.spec("podinfo")["skipAnalysis"] is True
    asked, done = log()
    assert asked.after == {"skipAnalysis": True, "take_back": True}
    assert done.action == "canary.promoted-now"
    assert Intervention.objects.get().take_back


def test_retrying_makes_a_new_revision_as_kubectl_does(shop: Shop) -> None:
    shop.add("podinfo", "Failed")
    before = shop.view("podinfo").revision
    ask(Act.RETRY, shop.namespace, "podinfo", "the network is back", before)
    template = shop.get("Deployment", "podinfo")["spec"]["template"]
    asked, done = log()
    assert template["metadata"]["annotations"] == {RESTARTED_AT: done.after["restartedAt"]}
    assert asked.after == {"restartedAt": done.after["restartedAt"]}
    assert done.before["restartedAt"] is None
    assert template["spec"]["containers"][0]["image"] == "app:2.0.0"
    until(lambda: shop.view("podinfo").revision != before)


@pytest.mark.parametrize(
    ("act", "phase", "spec", "said"),
    [
        (Act.SUSPEND, "Progressing", {"suspend": True}, "Suspended already"),
        (Act.RESUME, "Progressing", {}, "Not suspended"),
        (Act.PROMOTE_NOW, "Succeeded", {}, "no analysis to skip"),
        (Act.PROMOTE_NOW, "Promoting", {}, "no analysis to skip"),
        (Act.PROMOTE_NOW, "Progressing", {"skipAnalysis": True}, "skipped already"),
        (Act.PROMOTE_NOW, "Progressing", {"suspend": True}, "until it is resumed"),
        (Act.RETRY, "Progressing", {}, "Only what has failed"),
        (Act.RETRY, "Failed", {"suspend": True}, "until it is resumed"),
    ],
)
def test_what_would_do_nothing_is_refused(
    shop: Shop, act: Act, phase: str, spec: dict[str, bool], said: str
) -> None:
    shop.add("podinfo", phase, **spec)
    error = refused(lambda: ask(act, shop.namespace, "podinfo"))
    assert (error.code, error.status) == ("not-now", 409)
    assert said in error.message
    assert codes() == []


def test_another_revision_than_the_one_seen_is_refused(shop: Shop) -> None:
    shop.add("podinfo")
    seen = shop.view("podinfo").revision
    shop.image("podinfo", "app:3.0.0")
    for act in (Act.PROMOTE_NOW, Act.SUSPEND):
        assert refused(lambda act=act: ask(act, shop.namespace, "podinfo", revision=seen)).code == (  # type: ignore[misc]
            "revision-changed"
        )
    assert "skipAnalysis" not in shop.spec("podinfo")
    assert codes() == []


@pytest.mark.parametrize("act", [Act.SUSPEND, Act.PROMOTE_NOW, Act.RETRY])
def test_what_is_dangerous_needs_a_reason(shop: Shop, act: Act) -> None:
    shop.add("podinfo")
    assert refused(lambda: ask(act, shop.namespace, "podinfo", " ")).code == "reason-required"


def test_a_canary_that_is_not_there_is_said_to_be_missing(shop: Shop) -> None:
    error = refused(lambda: ask(Act.SUSPEND, shop.namespace, "nothing"))
    assert (error.code, error.status) == ("no-such-canary", 404)


def test_an_account_that_may_not_patch_changes_nothing(barred: Shop) -> None:
    barred.add("podinfo")
    error = refused(lambda: ask(Act.SUSPEND, barred.namespace, "podinfo"))
    assert (error.code, error.status) == ("not-permitted", 403)
    assert "canaries.flagger.app" in error.message
    assert codes() == []
    assert "suspend" not in barred.spec("podinfo")


def test_rights_are_what_the_api_server_says_for_each_kind_and_namespace(shop: Shop) -> None:
    assert rights.may_patch(CANARIES, shop.namespace) is True
    assert rights.may_patch(DEPLOYMENTS, "elsewhere") is True


def test_rights_are_asked_for_once_a_minute(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    allowed = shop.api.allowed

    async def counted(resource: Resource, verb: str, namespace: str) -> bool:
        asked.append(f"{verb} {resource.title} in {namespace}")
        return await allowed(resource, verb, namespace)

    monkeypatch.setattr(shop.api, "allowed", counted)
    assert [rights.may_patch(CANARIES, shop.namespace) for _ in range(5)] == [True] * 5
    assert asked == [f"patch canaries.flagger.app in {shop.namespace}"]
    key = ("default", CANARIES.title, shop.namespace)
    monkeypatch.setitem(rights._known, key, replace(rights._known[key], until=0))
    assert rights.may_patch(CANARIES, shop.namespace) is True
    assert len(asked) == 2


def test_a_right_that_was_lost_within_the_minute_is_a_failure_in_the_log(shop: Shop) -> None:
    shop.add("podinfo")
    assert rights.may_patch(CANARIES, shop.namespace) is True
    lost = wire.refusal(403, CANARIES, "patch")

    def lose() -> None:
        raise lost

    shop.api.before = lose
    error = refused(lambda: ask(Act.SUSPEND, shop.namespace, "podinfo"))
    assert error.code == "not-permitted"
    assert codes() == ["canary.suspend.requested", "canary.suspend.failed"]


def test_a_canary_changed_at_the_same_moment_is_left_alone(shop: Shop) -> None:
    shop.add("podinfo")
    shop.api.before = lambda: shop.kube.merge(
        "Canary", shop.namespace, "podinfo", {"spec": {"analysis": {"threshold": 9}}}
    )
    error = refused(lambda: ask(Act.PROMOTE_NOW, shop.namespace, "podinfo", take_back=True))
    assert (error.code, error.status) == ("changed-meanwhile", 409)
    assert "skipAnalysis" not in shop.spec("podinfo")
    _asked, failed = log()
    assert (failed.action, failed.outcome) == ("canary.promote-now.failed", audit.REFUSED)
    assert "changed meanwhile" in failed.reason
    assert not Intervention.objects.get().take_back


def test_an_answer_that_is_lost_is_not_taken_for_a_failure(shop: Shop) -> None:
    shop.add("podinfo")

    def lose() -> None:
        raise Unreachable("the connection to the API server failed")

    shop.api.after = lose
    error = refused(lambda: ask(Act.SUSPEND, shop.namespace, "podinfo"))
    assert (error.code, error.status) == ("outcome-unknown", 503)
    _asked, unknown = log()
    assert (unknown.action, unknown.after["suspend"]) == ("canary.suspend.unknown", True)


def test_an_api_server_that_goes_away_in_the_middle_is_said_so(shop: Shop) -> None:
    shop.add("podinfo")
    shop.api.before = shop.kube.kill
    try:
        error = refused(lambda: ask(Act.SUSPEND, shop.namespace, "podinfo"))
        assert error.code in {"outcome-unknown", "cluster-unreachable"}
        later = refused(lambda: ask(Act.RESUME, shop.namespace, "podinfo"))
        assert (later.code, later.status) == ("cluster-unreadable", 503)
    finally:
        shop.kube.start()
    assert codes()[0] == "canary.suspend.requested"
    assert codes()[1] in {"canary.suspend.unknown", "canary.suspend.failed"}
    assert len(codes()) == 2


def test_a_revision_that_comes_at_the_same_moment_is_not_promoted_unseen(shop: Shop) -> None:
    shop.add("podinfo")
    shop.api.after = lambda: shop.image("podinfo", "app:3.0.0")
    error = refused(lambda: ask(Act.PROMOTE_NOW, shop.namespace, "podinfo", take_back=False))
    assert error.code == "revision-changed"
    assert Intervention.objects.get().take_back
    shop.api.after = lambda: None
    until(lambda: in_thread(sweep.sweep))
    assert "skipAnalysis" not in shop.spec("podinfo")


def test_a_freeze_holds_back_what_starts_or_promotes_and_nothing_else(shop: Shop) -> None:
    shop.add("runs")
    shop.add("failed", "Failed")
    shop.add("paused", suspend=True)
    freeze(namespaces=shop.namespace, reason="incident 4711")
    for act, name in ((Act.PROMOTE_NOW, "runs"), (Act.RETRY, "failed")):
        error = refused(lambda act=act, name=name: ask(act, shop.namespace, name))  # type: ignore[misc]
        assert (error.code, error.status) == ("frozen", 409)
        assert "incident 4711" in error.message
    ask(Act.SUSPEND, shop.namespace, "runs")
    ask(Act.RESUME, shop.namespace, "paused")
    assert "skipAnalysis" not in shop.spec("runs")
    assert [code for code in codes() if "freeze" not in code] == [
        "canary.suspend.requested",
        "canary.suspended",
        "canary.resume.requested",
        "canary.resumed",
    ]


def test_two_people_at_once_change_it_once(shop: Shop) -> None:
    shop.add("podinfo")
    seen: list[Refused] = []

    def second() -> None:
        seen.append(in_thread(lambda: refused(lambda: ask(Act.SUSPEND, shop.namespace, "podinfo"))))

    shop.api.before = second
    ask(Act.SUSPEND, shop.namespace, "podinfo")
    assert [error.code for error in seen] == ["in-progress"]
    assert codes() == ["canary.suspend.requested", "canary.suspended"]
