"""Signing in and out, the lock after wrong passwords, and where a sign-in leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings

from tests.people.conftest import send
from tests.support.people import PASSWORD, People

pytestmark = pytest.mark.django_db


def sign_in(client: Client, name: str, password: str = PASSWORD, **more: Any) -> Any:
    return send(client, "/sign-in", username=name, password=password, **more)


def test_a_person_signs_in_and_gets_where_they_wanted(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    wanted = client.get("/audit?person=alice")["Location"]
    assert wanted == "/sign-in?next=/audit%3Fperson%3Dalice"
    assert b'value="/audit?person=alice"' in client.get(wanted).content
    answer = sign_in(client, "victor", next="/audit?person=alice")
    assert (answer.status_code, answer["Location"]) == (302, "/audit?person=alice")


@pytest.mark.parametrize(
    "next_page",
    [
        "https://evil.example/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "javascript:x()",
        "",
    ],
)
def test_a_sign_in_never_leads_to_another_site(people: People, next_page: str) -> None:
    assert sign_in(Client(enforce_csrf_checks=True), "victor", next=next_page)["Location"] == "/"


def test_a_session_gets_a_new_key_so_that_a_planted_one_is_worthless(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = str(before)
    assert sign_in(client, "victor").status_code == 302
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before


def test_a_sign_in_without_the_csrf_token_is_refused(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    answer = client.post("/sign-in", {"username": "victor", "password": PASSWORD})
    assert answer.status_code == 403
    assert b"no longer valid" in answer.content


def test_five_wrong_passwords_lock_the_name_for_that_address_only(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    answers = [
        sign_in(client, "victor", "wrong").status_code for _attempt in range(settings.AXES_FAILURE_LIMIT)
    ]
    assert answers == [200, 200, 200, 200, 429]
    locked = sign_in(client, "victor")
    assert locked.status_code == 429
    assert b"15 minutes" in locked.content
    assert settings.AXES_COOLOFF_TIME * 60 == 15
    assert sign_in(client, "alice").status_code == 302
    elsewhere = Client(enforce_csrf_checks=True, REMOTE_ADDR="10.9.8.7")
    assert sign_in(elsewhere, "victor").status_code == 302


def test_trying_on_does_not_make_the_lock_longer(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    for _attempt in range(5):
        sign_in(client, "victor", "wrong")
    until = AccessAttempt.objects.get().attempt_time
    sign_in(client, "victor", "wrong")
    assert AccessAttempt.objects.get().attempt_time == until


def test_the_lock_keeps_no_password(people: People) -> None:
    sign_in(Client(enforce_csrf_checks=True), "victor", "a-mistyped-secret")
    attempt = AccessAttempt.objects.get()
    assert "a-mistyped-secret" not in attempt.post_data + attempt.get_data


@pytest.mark.parametrize("name", ["\x00", "x" * 5000, "🐦", "", "<script>"])
def test_no_name_breaks_the_page(people: People, name: str) -> None:
    answer = sign_in(Client(enforce_csrf_checks=True), name, "wrong")
    assert answer.status_code == 200
    assert b"<script>" not in answer.content.split(b"<main")[1]


def test_signing_out_takes_a_form_not_a_link(browse: Callable[[str], Client]) -> None:
    client = browse("victor")
    assert client.get("/sign-out").status_code == 405
    assert client.get("/audit").status_code == 200
    assert send(client, "/sign-out")["Location"] == "/sign-in"
    assert client.get("/audit").status_code == 302


def test_who_is_signed_in_is_led_on_from_the_sign_in_page(browse: Callable[[str], Client]) -> None:
    assert browse("victor").get("/sign-in")["Location"] == "/"


@pytest.mark.parametrize(
    "address",
    ["/", "/audit", "/canaries/a/b", "/canaries/a/b/approve", "/admin/", "/admin/login/", "/api/v1/docs/"],
)
def test_nothing_is_visible_without_signing_in(client: Client, address: str, db: None) -> None:
    answer = client.get(address, follow=True)
    assert answer.redirect_chain[-1][0].startswith("/sign-in?next=/")


def test_the_admin_has_no_sign_in_of_its_own(people: People, db: None) -> None:
    answer = Client().post("/admin/login/", {"username": "ada", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in?next=/admin/")


def test_every_page_says_what_it_may_load_and_that_it_may_not_be_framed(client: Client, db: None) -> None:
    answer = client.get("/sign-in")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


def test_cookies_are_out_of_reach_for_scripts_and_other_sites(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    sign_in(client, "victor")
    for name in ("sessionid", "csrftoken"):
        cookie = client.cookies[name]
        assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
        assert not cookie["secure"]


@override_settings(SESSION_COOKIE_SECURE=True, CSRF_COOKIE_SECURE=True)
def test_behind_https_cookies_are_sent_over_https_only(people: People) -> None:
    client = Client(enforce_csrf_checks=True)
    client.get("/sign-in", secure=True)
    assert client.cookies["csrftoken"]["secure"]


def test_the_names_of_accounts_cannot_be_probed(people: People) -> None:
    User.objects.filter(username="nora").update(is_active=False)
    pages = {
        sign_in(Client(enforce_csrf_checks=True), name, "wrong").content.count(b"correct username")
        for name in ("victor", "nora", "nobody")
    }
    assert pages == {1}
