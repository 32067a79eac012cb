"""The pages: for admins only, no address on any of them, errors with their remedy."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from dashboard.models import Notification, NotificationRule
from dashboard.notify import outbox, rules
from dashboard.notify.outbox import Letter
from dashboard.notify.rules import Wanted
from dashboard.notify.topics import USUAL
from gates.models import AuditEntry, RoleGrant
from tests.notify.conftest import rule, send
from tests.people.conftest import send as post
from tests.support.people import People
from tests.support.receivers import SECRET, Room
from tests.typed.conftest import Cluster

pytestmark = pytest.mark.django_db(transaction=True)
Browse = Callable[[str], Client]
FILLED = {
    "name": "on call", "namespaces": "payments", "clusters": "*", "events": ["waiting", "failed"],
    "reminders": "1h", "language": "en", "enabled": "on",
}  # fmt: skip


@pytest.fixture
def ada(cluster: Cluster, people: People, browse: Browse) -> Client:
    """An administrator's browser."""
    return browse("ada")


@pytest.fixture
def nora(people: People) -> User:
    """Nora administers the payments."""
    RoleGrant.objects.create(user=people.nora, role="admin", namespaces="payments*", decision=1)
    return people.nora


def addresses(number: int) -> list[tuple[str, str]]:
    """Every page about a rule."""
    return [
        ("get", "/notifications"),
        ("get", "/notifications/new"),
        ("post", "/notifications/new"),
        ("get", f"/notifications/{number}"),
        ("post", f"/notifications/{number}"),
        ("post", f"/notifications/{number}/switch"),
        ("post", f"/notifications/{number}/test"),
        ("get", f"/notifications/{number}/remove"),
        ("post", f"/notifications/{number}/remove"),
        ("post", "/notifications/messages/1/again"),
    ]


@pytest.mark.parametrize("name", ["victor", "alice", "nora", ""])
def test_nobody_but_an_admin_gets_in(cluster: Cluster, people: People, browse: Browse, name: str) -> None:
    made = rule(f"json://127.0.0.1:9/{SECRET}")
    client = browse(name)
    for method, address in addresses(made.pk):
        answer = client.get(address) if method == "get" else post(client, address, **FILLED)
        # Who is not signed in is led to the sign-in.
        assert answer.status_code == (403 if name else 302), address
        assert SECRET not in answer.content.decode()
    assert NotificationRule.objects.get().enabled
    assert not Notification.objects.exists()


def test_a_rule_is_made_and_changed_and_its_address_is_never_shown(ada: Client, room: Room) -> None:
    assert post(ada, "/notifications/new", url=room.url, **FILLED).status_code == 302
    made = NotificationRule.objects.get()
    for _method, address in addresses(made.pk)[:1] + addresses(made.pk)[3:4] + addresses(made.pk)[7:8]:
        page = ada.get(address).content.decode()
        assert f"json://127.0.0.1:{room.port}/…" in page
        assert SECRET not in page
    assert post(ada, f"/notifications/{made.pk}", url="", **(FILLED | {"name": "new"})).status_code == 302
    changed = NotificationRule.objects.get()
    assert (changed.name, changed.url) == ("new", room.url)
    entry = AuditEntry.objects.filter(action="notification.rule-changed").get()
    assert (entry.actor, entry.after) == ("ada", {"name": "new"})


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"url": f"slack://{SECRET}"}, "no complete address for Slack"),
        ({"url": ""}, "An address is needed"),
        ({"events": []}, "Choose at least one of the events."),
        ({"events": ["lunch"]}, "lunch"),
        ({"namespaces": "Ü"}, "may hold small letters"),
        ({"reminders": "soon"}, "is no time such as 30m"),
        ({"language": "tlh"}, "tlh"),
    ],
)
def test_a_form_with_a_mistake_says_what_to_mend(ada: Client, wrong: dict[str, object], why: str) -> None:
    form = {"url": "json://127.0.0.1:9/x", **FILLED} | wrong
    answer = post(ada, "/notifications/new", **form)
    assert answer.status_code == 400
    assert why in answer.content.decode()
    assert SECRET not in answer.content.decode()
    assert not NotificationRule.objects.exists()


def test_an_admin_of_some_namespaces_sees_and_tries_only_rules_for_these(
    cluster: Cluster, people: People, nora: User, browse: Browse
) -> None:
    other = rule("json://127.0.0.1:9/x", name="theirs", namespaces="*")
    client = browse("nora")
    answer = post(client, "/notifications/new", url="json://127.0.0.1:9/x", **(FILLED | {"name": "mine"}))
    assert answer.status_code == 302
    page = client.get("/notifications").content.decode()
    assert "mine" in page
    assert "theirs" not in page
    outbox.put([Letter(other, "k", "waiting", "of another team", "…")], timezone.now())
    assert "of another team" not in client.get("/notifications").content.decode()
    for method, address in addresses(other.pk)[3:9]:
        answer = client.get(address) if method == "get" else post(client, address, **FILLED)
        assert answer.status_code == 404
    number = Notification.objects.get().pk
    assert post(client, f"/notifications/messages/{number}/again").status_code == 404
    wide = post(client, "/notifications/new", url="json://127.0.0.1:9/x", **(FILLED | {"namespaces": "*"}))
    assert wide.status_code == 403


def test_a_test_message_goes_through_the_outbox_and_the_page_says_how_it_went(
    ada: Client, room: Room
) -> None:
    made = rule(room.url)
    answer = post(ada, f"/notifications/{made.pk}/test")
    page = ada.get(answer["Location"])
    assert "is on its way" in page.content.decode()
    assert page["Refresh"] == "2"
    send()
    page = ada.get(answer["Location"])
    assert 'data-tried="sent"' in page.content.decode()
    assert "Refresh" not in page
    assert room.titles == ["A test message from Aviary"]


def test_what_was_given_up_is_on_the_page_with_its_error_and_can_be_tried_again(
    ada: Client, room: Room
) -> None:
    made = rule(room.url)
    outbox.put([Letter(made, "k", "waiting", "a <b>title</b>", "body")], timezone.now())
    room.status = 500
    send()
    page = ada.get("/notifications?state=failed").content.decode()
    assert re.search(r"After \d tries: [^<]*500", page)
    assert "a &lt;b&gt;title" in page
    room.status = 200
    number = Notification.objects.get().pk
    assert post(ada, f"/notifications/messages/{number}/again").status_code == 302
    send()
    assert Notification.objects.get().state == "sent"


def test_a_rule_of_the_settings_is_shown_and_not_changed(ada: Client) -> None:
    made = rule("json://127.0.0.1:9/x", name="set")
    NotificationRule.objects.update(declared="d" * 64)
    assert "from the settings" in ada.get("/notifications").content.decode()
    for method, address in addresses(made.pk)[3:6] + addresses(made.pk)[8:9]:
        answer = ada.get(address) if method == "get" else post(ada, address, url="", **FILLED)
        assert answer.status_code == 403


def test_odd_addresses_are_no_errors(ada: Client) -> None:
    for address in ("?test=x", "?test=99999999999999999999", "?state=x", "?test=1"):
        assert ada.get(f"/notifications{address}").status_code == 200
    big = 2**70
    for address in (f"/notifications/{big}", f"/notifications/{big}/remove"):
        assert ada.get(address).status_code == 404
    assert post(ada, f"/notifications/messages/{big}/again").status_code == 404


def test_what_an_admin_may_not_do_to_a_rule_is_an_entry(
    cluster: Cluster, people: People, nora: User, browse: Browse
) -> None:
    declared = rules.create(
        Wanted("declared", "json://127.0.0.1:9/x", "payments*", events=USUAL), rules.SETTINGS, declared="k"
    )
    client = browse("nora")
    wider = FILLED | {"namespaces": "*", "url": "json://127.0.0.1:9/x"}
    tried = [
        (post(client, "/notifications/new", **wider), "role-required"),
        (post(client, f"/notifications/{declared.pk}", **FILLED), "rule-declared"),
        (post(client, f"/notifications/{declared.pk}/switch"), "rule-declared"),
        (post(client, f"/notifications/{declared.pk}/remove"), "rule-declared"),
    ]
    assert {answer.status_code for answer, _code in tried} == {403}
    assert client.get(f"/notifications/{declared.pk}").status_code == 403
    refused = AuditEntry.objects.filter(action="notification.refused").order_by("seq")
    assert [(entry.actor, entry.after["code"]) for entry in refused] == [("nora", code) for _a, code in tried]
    assert NotificationRule.objects.get().enabled
