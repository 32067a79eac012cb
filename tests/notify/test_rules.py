"""Rules through the one door: each change has its entry, and no entry has an address."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks

from dashboard.models import NotificationRule
from dashboard.notify import declared, reminders, rules
from dashboard.notify.rules import Caller, Wanted
from dashboard.notify.topics import USUAL
from gates import decisions
from gates.access_rights import Access
from gates.asked_for import Refused
from gates.audit import Actor, Origin
from gates.decisions import Deciding
from gates.keys import GateKey
from gates.models import AuditEntry
from gates.wording import sentence
from tests.notify.conftest import ADA, rule
from tests.support.receivers import SECRET
from tests.typed.conftest import Cluster

pytestmark = pytest.mark.django_db(transaction=True)
URL = f"jsons://hooks.example.org/{SECRET}"
NORA = Caller(Actor("person", "nora"), Origin("page"), Access(("pay*",), ("pay*",), ("pay*",)))


def told() -> list[str]:
    """The log's sentences about rules, oldest first."""
    found = AuditEntry.objects.filter(action__startswith="notification.").order_by("seq")
    return [str(sentence(entry, "")) for entry in found]


def test_making_changing_and_removing_are_entered_without_the_address(cluster: Cluster) -> None:
    made = rule(URL)
    rules.change(made.pk, Wanted("on call", f"{URL}-2", "pay*", events=("failed",)), ADA)
    rules.switch(made.pk, False, ADA)
    rules.remove(made.pk, ADA)
    assert told() == [
        "ada made the notification rule “on call”",
        "ada changed the notification rule “on call”: address, events",
        "ada changed the notification rule “on call”: enabled",
        "ada removed the notification rule “on call”",
    ]
    log = json.dumps([[entry.before, entry.after] for entry in AuditEntry.objects.all()], ensure_ascii=False)
    assert SECRET not in log
    assert "jsons://hooks.example.org/…" in log


def test_a_change_that_changes_nothing_is_not_entered(cluster: Cluster) -> None:
    made = rule(URL)
    rules.change(made.pk, Wanted("on call", "", "pay*", events=USUAL), ADA)
    assert len(told()) == 1
    assert NotificationRule.objects.get().url == URL


def test_what_is_changed_while_somebody_switches_a_rule_is_kept(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, deciding = rule(URL), decisions.deciding

    def overtaken(keys: Sequence[GateKey]) -> AbstractContextManager[Deciding]:
        monkeypatch.setattr(decisions, "deciding", deciding)
        rules.change(made.pk, Wanted("by night", f"{URL}-2", "payments", events=("failed",)), ADA)
        return deciding(keys)

    monkeypatch.setattr(decisions, "deciding", overtaken)
    rules.switch(made.pk, False, ADA)
    kept = NotificationRule.objects.get()
    assert (kept.name, kept.url, kept.namespaces) == ("by night", f"{URL}-2", "payments")
    assert (kept.events, kept.enabled) == (["failed"], False)
    assert told()[-1] == "ada changed the notification rule “by night”: enabled"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": " "}, "name-unreadable"),
        ({"name": "a\nb"}, "name-unreadable"),
        ({"url": "nowhere"}, "url-unreadable"),
        ({"url": ""}, "url-unreadable"),
        ({"events": ()}, "events-unreadable"),
        ({"events": ("lunch",)}, "events-unreadable"),
        ({"reminders": "soon"}, "reminders-unreadable"),
        ({"reminders": "-1h"}, "reminders-unreadable"),
        ({"language": "tlh"}, "language-unknown"),
        ({"namespaces": ""}, "patterns-empty"),
        ({"clusters": "Ü"}, "patterns-unreadable"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(
    cluster: Cluster, more: dict[str, object], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        rule(**({"url": URL} | more))  # type: ignore[arg-type]
    assert refused.value.code == code
    assert not NotificationRule.objects.exists()
    assert told() == []


def test_an_admin_of_some_namespaces_makes_and_sees_rules_for_these_only(cluster: Cluster) -> None:
    everywhere = rule(URL, namespaces="*")
    mine = rules.create(Wanted("mine", URL, "payments", events=("failed",)), NORA)
    for act in (
        lambda: rules.create(Wanted("all", URL, "*", events=("failed",)), NORA),
        lambda: rules.change(mine.pk, Wanted("mine", "", "catalog", events=("failed",)), NORA),
        lambda: rules.switch(everywhere.pk, False, NORA),
        lambda: rules.remove(everywhere.pk, NORA),
    ):
        with pytest.raises(Refused):
            act()
    assert rules.visible(NORA.access) == [mine]


def test_the_setting_makes_changes_and_removes_its_rules(cluster: Cluster, settings: Any) -> None:
    settings.NOTIFY_URLS = [URL, f"{URL}-2"]
    declared.settle()
    declared.settle()
    assert {one.url for one in NotificationRule.objects.all()} == {URL, f"{URL}-2"}
    assert len(told()) == 2
    first = NotificationRule.objects.get(url=URL)
    with pytest.raises(Refused, match="AVIARY_NOTIFY_URLS"):
        rules.remove(first.pk, ADA)
    settings.NOTIFY_URLS = [URL]
    settings.NOTIFY_LANGUAGE = "ko"
    declared.settle()
    assert [(one.url, one.language) for one in NotificationRule.objects.all()] == [(URL, "ko")]


def test_settings_that_cannot_be_used_are_said_at_the_start_without_the_address(settings: Any) -> None:
    settings.NOTIFY_URLS = [URL, f"foo://{SECRET}"]
    settings.NOTIFY_REMINDERS = "tomorrow"
    found = {str(check.id): str(check.msg) for check in run_checks()}
    assert "address 2 of 2" in found["aviary.E050"]
    assert SECRET not in found["aviary.E050"]
    assert "AVIARY_NOTIFY_REMINDERS" in found["aviary.E051"]


def test_schedules_are_read_and_put_in_order() -> None:
    assert reminders.tidy(" 24h, 30m ,1h,60m") in ("30m, 60m, 24h", "30m, 1h, 24h")
    assert reminders.parse("") == []
    assert reminders.parse("90s") == [timedelta(seconds=90)]
    for wrong in ("0s", "10000h", "99999999999h", "x", ", ".join(f"{n}m" for n in range(1, 13))):
        with pytest.raises(reminders.NotReadable):
            reminders.parse(wrong)
        with pytest.raises(reminders.NotReadable):
            reminders.tidy(wrong)
