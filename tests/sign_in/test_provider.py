"""Signing in with a real OpenID provider: roles by groups, read anew each time; all else is refused."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

import httpx
import pytest
import websockets

from tests.gates.conftest import Entries, Launch
from tests.sign_in.conftest import CLIENT, ROLES, Browser, Provider
from tests.support.ports import free_port
from tests.support.server import ADMIN_PASSWORD, Server
from tests.support.visitor import sign_in
from tests.support.waiting import until


def changed(address: str, **fields: str) -> str:
    """The address with other query fields."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **fields})))


def sign_out(browser: Browser) -> httpx.Response:
    """Press the button in the menu."""
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get("/audit").text)
    assert token is not None
    headers = {"Referer": f"{browser.base_url}audit"}
    return browser.post("/sign-out", data={"csrfmiddlewaretoken": token[1]}, headers=headers)


def test_the_sign_in_page_leads_to_the_provider_and_back(
    provider: Provider, browser: Browser, known: Server
) -> None:
    page = browser.get("/sign-in?next=/audit").text
    assert "Sign in with Example SSO" in page
    assert 'href="/sign-in/oidc?next=%2Faudit"' in page
    asked = dict(parse_qsl(urlsplit(browser.begin("/audit")).query))
    assert asked["redirect_uri"] == f"{known.url}/sign-in/oidc/callback"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert len(asked["nonce"]) > 20
    answer = browser.enter(provider, provider.person("sre"), "/audit?person=alice")
    assert (answer.status_code, answer.headers["location"]) == (302, "/audit?person=alice")
    assert browser.status() == 200


@pytest.mark.parametrize(
    "onward", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"]
)
def test_a_sign_in_never_leads_to_another_site(provider: Provider, browser: Browser, onward: str) -> None:
    assert browser.enter(provider, provider.person("sre"), onward).headers["location"] == "/"


@pytest.mark.parametrize(
    ("groups", "said"),
    [
        (["sre"], "may look and decide"),
        (["platform", "unknown"], "may look, decide and administer"),
        (["auditors"], "may read the whole log"),
        (["dev"], "may look in catalog, payments-*"),
        (["/sre"], "may look and decide"),
    ],
)
def test_groups_give_roles(provider: Provider, browser: Browser, groups: list[str], said: str) -> None:
    assert browser.enter(provider, provider.person(*groups)).status_code == 302
    assert said in browser.get("/audit").text


@pytest.mark.parametrize("groups", [[], ["unknown"], ["admin"], ["viewer"], ["approver", "auditor"]])
def test_who_has_no_role_is_not_let_in(provider: Provider, browser: Browser, groups: list[str]) -> None:
    answer = browser.enter(provider, provider.person(*groups))
    assert answer.status_code == 403
    assert "none of your groups has a role here" in answer.text
    assert browser.status() == 302


@pytest.mark.parametrize("claim", [None, 7, {"sre": True}, "platform", [["platform"], 3], "a\x00b"])
def test_a_strange_groups_claim_breaks_nothing(provider: Provider, browser: Browser, claim: object) -> None:
    sub = provider.person()
    provider.http.put(f"{provider.issuer}/users/{sub}", json={"preferred_username": sub, "groups": claim})
    assert browser.enter(provider, sub).status_code == (302 if claim == "platform" else 403)


def test_roles_are_read_anew_and_old_sessions_end_with_the_role(
    provider: Provider, known: Server, browser: Browser
) -> None:
    sub = provider.person("platform")
    assert browser.enter(provider, sub).status_code == 302
    assert browser.status("/admin/") == 200
    provider.person("sre", sub=sub)
    with Browser(known) as phone:
        assert phone.enter(provider, sub).status_code == 302
        assert 200 not in {phone.status("/admin/"), browser.status("/admin/")}
        assert browser.status() == 200
        provider.person(sub=sub)
        with Browser(known) as third:
            assert third.enter(provider, sub).status_code == 403
        assert browser.get("/audit").headers["location"].startswith("/sign-in")
        assert phone.status() == 302
        provider.person("sre", sub=sub)
        assert phone.enter(provider, sub).status_code == 302


async def test_an_open_page_ends_with_the_role(provider: Provider, known: Server) -> None:
    sub = provider.person("sre")
    with Browser(known) as browser, Browser(known) as other:
        browser.enter(provider, sub)
        cookie = f"sessionid={browser.cookies['sessionid']}"
        address = known.url.replace("http", "ws") + "/ws/"
        headers = {"Cookie": cookie}
        async with websockets.connect(address, additional_headers=headers, origin=known.url) as page:  # type: ignore[arg-type]
            assert json.loads(await page.recv())["seq"] == 1
            provider.person(sub=sub)
            other.enter(provider, sub)
            with suppress(websockets.ConnectionClosedError):
                async for _message in page:
                    pass
            assert page.close_code in {4401, 4403}


def test_the_log_says_how_they_came_in(
    provider: Provider, known: Server, browser: Browser, entries: Entries
) -> None:
    sub = provider.person("sre", "private")
    browser.enter(provider, sub)
    assert sign_out(browser).headers["location"] == "/sign-in"
    assert browser.status() == 302
    mine = entries(known, {"name": sub})
    assert [entry["action"] for entry in mine] == [
        "person.created",
        "person.changed",
        "signin.succeeded",
        "signin.ended",
    ]
    assert [entry["auth"] for entry in mine[2:]] == ["oidc", "oidc"]
    assert mine[2]["after"] == {"groups": ["sre"]}
    everything = repr(entries(known)) + known.output
    assert CLIENT["AVIARY_OIDC_CLIENT_SECRET"] not in everything
    assert "eyJ" not in everything


def test_nobody_becomes_somebody_here_by_name(provider: Provider, known: Server, browser: Browser) -> None:
    for name in ("admin", "ADMIN", "service.deploy", "a b", "x" * 200, "<script>"):
        sub = provider.person("platform")
        provider.http.put(
            f"{provider.issuer}/users/{sub}", json={"preferred_username": name, "groups": ["platform"]}
        )
        answer = browser.enter(provider, sub)
        assert answer.status_code == 403, name
        assert browser.status() == 302
        assert "<script>" not in answer.text.split("<main")[1]
    assert sign_in(known.url, "admin", ADMIN_PASSWORD).get("/admin/").status_code == 200


def test_a_new_name_is_still_the_same_person(provider: Provider, known: Server, browser: Browser) -> None:
    sub = provider.person("sre")
    browser.enter(provider, sub)
    with Browser(known) as again:
        provider.person("sre", sub=sub, preferred_username="another-name")
        again.enter(provider, sub)
        assert f"<summary>{sub}</summary>" in again.get("/audit").text


# --- what is not an answer to our question -----------------------------------------------------
Twist = Callable[[str, Provider, Browser, Server], str]


def _state(back: str, provider: Provider, browser: Browser, known: Server) -> str:
    return changed(back, state="0123456789abcdef")


def _no_state(back: str, provider: Provider, browser: Browser, known: Server) -> str:
    return back.split("&state")[0].split("?state")[0]


def _code(back: str, provider: Provider, browser: Browser, known: Server) -> str:
    return changed(back, code="made-up")


def _of_another(back: str, provider: Provider, browser: Browser, known: Server) -> str:
    """A code that somebody else was given: its ID token answers their nonce."""
    with Browser(known) as attacker:
        theirs = provider.consent(attacker.begin(), provider.person("platform"))
    return changed(back, code=parse_qs(urlsplit(theirs).query)["code"][0])


def _whole_of_another(back: str, provider: Provider, browser: Browser, known: Server) -> str:
    with Browser(known) as attacker:
        return provider.consent(attacker.begin(), provider.person("platform"))


@pytest.mark.parametrize("twist", [_state, _no_state, _code, _of_another, _whole_of_another])
def test_a_wrong_answer_signs_nobody_in(
    provider: Provider, known: Server, browser: Browser, twist: Twist
) -> None:
    back = provider.consent(browser.begin(), provider.person("sre"))
    answer = browser.get(twist(back, provider, browser, known))
    assert answer.status_code == 403
    assert "could not be completed" in answer.text
    assert browser.status() == 302


def test_a_refused_sign_in_is_an_entry(provider: Provider, launch: Launch, entries: Entries) -> None:
    server = launch(AVIARY_OIDC_ISSUER=provider.issuer, AVIARY_OIDC_ROLES=ROLES, **CLIENT)
    sub = provider.person("unknown")
    with Browser(server) as browser:
        browser.get("/sign-in/oidc/callback?code=a&state=b")
        browser.enter(provider, sub)
    first, *_made, last = [entry for entry in entries(server) if entry["kind"] in {"sign-in", "person"}][1:]
    assert (first["action"], first["outcome"], first["actor"]) == ("signin.failed", "refused", "")
    assert first["after"]["because"].startswith("oidc")
    assert (last["action"], last["actor"], last["after"]) == ("signin.failed", sub, {"because": "no-role"})


def test_an_answer_is_good_once(provider: Provider, known: Server, browser: Browser) -> None:
    back = provider.consent(browser.begin(), provider.person("sre"))
    assert browser.get(back).status_code == 302
    sign_out(browser)
    assert browser.get(back).status_code == 403
    assert browser.status() == 302


def test_who_gives_up_there_is_told_so(provider: Provider, browser: Browser) -> None:
    back = provider.consent(browser.begin(), "", action="deny")
    state = parse_qs(urlsplit(browser.begin()).query)["state"][0]
    answer = browser.get(changed(f"/sign-in/oidc/callback?{urlsplit(back).query}", state=state))
    assert answer.status_code == 403
    assert "Nothing has happened" in answer.text


@pytest.mark.parametrize(
    "query", ["", "?code=a", "?state=b", "?error=x&state=y", "?code=%00&state=%00", "?code[]=1"]
)
def test_no_address_breaks_the_way_back(browser: Browser, query: str) -> None:
    assert browser.get(f"/sign-in/oidc/callback{query}").status_code in {400, 403}
    assert browser.status() == 302


def test_a_provider_by_another_name_is_not_believed(provider: Provider, launch: Launch) -> None:
    # It answers, but calls itself by the address without the name in front.
    other = provider.issuer.replace("127.0.0.1", "someone@127.0.0.1")
    server = launch(AVIARY_OIDC_ISSUER=other, AVIARY_OIDC_ROLES=ROLES, **CLIENT)
    with Browser(server) as browser:
        assert browser.get("/sign-in/oidc").status_code == 503
        assert browser.status() == 302
    # Not because nobody is reached there.
    until(lambda: "the OpenID provider cannot be asked: OAuth2Error" in server.output)


def test_a_provider_that_is_away_is_said_and_local_people_come_in(launch: Launch) -> None:
    issuer = f"http://127.0.0.1:{free_port()}"
    server = launch(AVIARY_OIDC_ISSUER=issuer, AVIARY_OIDC_ROLES=ROLES, **CLIENT)
    with Browser(server) as browser:
        answer = browser.get("/sign-in/oidc")
        assert answer.status_code == 503
        assert "does not answer" in answer.text
    assert sign_in(server.url, "admin", ADMIN_PASSWORD).get("/audit").status_code == 200


def test_without_a_provider_there_is_no_way_to_one(launch: Launch) -> None:
    with Browser(launch()) as browser:
        assert browser.get("/sign-in/oidc").status_code == 404
        assert browser.get("/sign-in/oidc/callback?code=a&state=b").status_code == 404
        assert "Sign in with" not in browser.get("/sign-in").text


def test_what_only_began_is_soon_forgotten(provider: Provider, known: Server, browser: Browser) -> None:
    asked = browser.get("/sign-in/oidc")
    assert "Max-Age=900" in asked.headers["set-cookie"]
    answer = browser.enter(provider, provider.person("sre"))
    assert f"Max-Age={8 * 3600}" in answer.headers["set-cookie"]
    with Browser(known) as other:
        other.begin()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', other.get("/sign-in").text)
        assert token is not None
        form = {"csrfmiddlewaretoken": token[1], "username": "admin", "password": ADMIN_PASSWORD}
        local = other.post("/sign-in", data=form, headers={"Referer": f"{known.url}/sign-in"})
        assert f"Max-Age={14 * 24 * 3600}" in local.headers["set-cookie"]


def test_who_has_no_role_gets_no_account(
    provider: Provider, known: Server, browser: Browser, entries: Entries
) -> None:
    sub = provider.person("unknown")
    browser.enter(provider, sub)
    assert "person.created" not in {entry["action"] for entry in entries(known, {"name": sub})}
