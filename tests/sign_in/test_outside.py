"""Whom a provider or a proxy names, and what is made of it here: no other account, and nothing for ever."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from dashboard.sign_in import entering
from gates import api_tokens, outside
from gates.asked_for import Refused
from gates.audit import Actor, Origin
from gates.outside import Identity, Mapped
from gates.roles import Admin
from tests.support.people import People

pytestmark = pytest.mark.django_db
ORIGIN = Origin("page")
VIEWERS: Mapped = {"sre": frozenset({("viewer", "*")})}


def identity(name: str, *groups: str, subject: str = "") -> Identity:
    return Identity("proxy", "proxy", subject or name, name, groups)


@pytest.mark.parametrize(
    "name", ["service.deploy", "ｓervice.deploy", "SERVICE.deploy", "ｓｅｒｖｉｃｅ．deploy"]
)
def test_nobody_takes_a_services_name_in_other_letters(name: str) -> None:
    with pytest.raises(Refused) as refused:
        outside.enter(identity(name, "sre"), VIEWERS, ORIGIN)
    assert refused.value.code == "name-unusable"
    assert not get_user_model().objects.filter(username__startswith="service.").exists()


def test_nobody_takes_another_accounts_name_in_other_letters(people: People) -> None:
    for name in ("alice", "Alice", "ａlice", "Ａlice"):
        with pytest.raises(Refused) as refused:
            outside.enter(identity(name, "sre"), VIEWERS, ORIGIN)
        assert refused.value.code == "name-taken"


def test_a_service_gets_no_account_that_somebody_signs_in_to(people: People) -> None:
    user = outside.enter(identity("mallory", "sre"), VIEWERS, ORIGIN)
    get_user_model().objects.filter(pk=user.pk).update(username="service.deploy")
    admin = Admin(people.ada, Actor("person", "ada", "password"), ORIGIN)
    with pytest.raises(Refused) as refused:
        api_tokens._account(admin, "service.deploy")
    assert refused.value.code == "service-name"


def test_a_group_that_the_settings_no_longer_name_is_taken_back() -> None:
    both: Mapped = {**VIEWERS, "release-managers": frozenset({("approver", "*")})}
    user = outside.enter(identity("bob", "sre", "release-managers"), both, ORIGIN)
    assert set(user.groups.values_list("name", flat=True)) == {
        "viewer",
        "approver",
        "sre",
        "release-managers",
    }
    user = outside.enter(identity("bob", "sre"), VIEWERS, ORIGIN)
    assert set(user.groups.values_list("name", flat=True)) == {"viewer", "sre"}


def test_what_groups_are_worth_is_part_of_what_a_proxys_session_stands_on(settings: Any) -> None:
    settings.PROXY_ROLES = {"sre": frozenset({("admin", "*")})}
    before = entering.named(identity("carol", "sre"))
    settings.PROXY_ROLES = VIEWERS
    assert entering.named(identity("carol", "sre")) != before


def test_a_proxys_session_ends_where_no_proxy_is_trusted_any_more(people: People) -> None:
    browser = Client()
    browser.force_login(people.alice, entering.BACKEND)
    session = browser.session
    session[entering.METHOD], session[entering.NAMED] = "proxy", ["alice", "sre"]
    session.save()
    assert browser.get("/audit").status_code == 302
