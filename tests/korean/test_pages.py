"""What a Korean reader sees; and what stays English whoever reads: answers to Flagger and the log."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from dashboard.publisher import Publisher
from dashboard.store import Store
from gates.models import AuditEntry
from tests.gates.calls import call
from tests.korean.test_catalogue import KOREAN, english, korean, messages
from tests.pages.live import Page
from tests.support import views
from tests.support.html import elements
from tests.support.server import Server

HANGUL = re.compile("[가-힣]")
KOREAN_READER = {"Accept-Language": "ko-KR,ko;q=0.9,en;q=0.8"}
PAGES = (
    "/",
    "/?q=ns:nowhere",
    "/canaries/test/rising",
    "/canaries/test/waiting/approve",
    "/freezes",
    "/audit",
    "/releases",
    "/releases/stats",
    "/no-such-page",
)


# Of a canary, a kind of webhook and a namespace, which are not translated.
NAMES = {"waiting", "rollback", "test"}


class Texts(HTMLParser):
    """The texts between tags, and those of attributes that people read or hear."""

    READ = ("title", "aria-label", "placeholder", "alt")

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag
        self.found.update(value for name, value in attrs if name in self.READ and value)

    def handle_data(self, data: str) -> None:
        if self.inside not in {"script", "style", "code", "pre"}:
            self.found.add(" ".join(data.split()))

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""


def left_english(page: str) -> set[str]:
    """Texts of the page that are word for word an English text that has a Korean one."""
    reader = Texts()
    reader.feed(page)
    translated = {english(one) for one in messages(KOREAN).values() if korean(one) != english(one)}
    return (reader.found & translated) - NAMES


def test_a_text_left_english_would_be_found() -> None:
    assert left_english("<p>Audit log</p>") == {"Audit log"}


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.usefixtures("store")
def test_pages_are_korean(approver: Client, path: str) -> None:
    page = approver.get(path, headers=KOREAN_READER).content.decode()
    assert '<html lang="ko">' in page
    assert HANGUL.search(page)
    assert not left_english(page)


@pytest.mark.usefixtures("store")
def test_another_language_is_answered_in_english(approver: Client) -> None:
    page = approver.get("/", headers={"Accept-Language": "fr"}).content.decode()
    assert '<html lang="en">' in page
    assert not HANGUL.search(page)


@pytest.mark.django_db(transaction=True)
async def test_two_readers_of_one_canary_each_get_their_language(
    approver: Client, viewer: Client, store: Store, running: Publisher
) -> None:
    words = [Page(approver, "/ws/?list=&lang=ko"), Page(viewer, "/ws/?list=&lang=en")]
    for one in words:
        assert await one.open()
        await one.until("rising")
    views.put(store, views.canary("rising", weight=50, phase="Promoting"))
    drawn = [(await one.until('data-phase="Promoting"'))["content"] for one in words]
    assert HANGUL.search(drawn[0])
    assert not HANGUL.search(drawn[1])
    for one in words:
        await one.close()


@pytest.mark.usefixtures("store")
def test_the_log_keeps_english_whoever_decides(approver: Client) -> None:
    address = "/canaries/test/waiting/approve"
    form = approver.get(address, headers=KOREAN_READER).content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    approver.post(address, {**fields, "reason": "seen"}, headers=KOREAN_READER)
    written = list(AuditEntry.objects.values())
    assert written
    assert not HANGUL.search(str(written))


@pytest.mark.parametrize(
    "path", ["/gate/check", "/gate/nothing", "/hooks/confirm-promotion", "/hooks/nothing"]
)
def test_flagger_is_answered_in_english(sqlite_aviary: Server, path: str) -> None:
    who = {"name": "podinfo", "namespace": "korean", "phase": "Progressing"}
    plain = call(sqlite_aviary, path, who)
    assert call(sqlite_aviary, path, who, headers={"Accept-Language": "ko"})[:2] == plain[:2]
    assert not HANGUL.search(plain.body.decode())


DECOMPOSED = 'phase:"\u1109\u1173\u11bc격 대기 중"'


@pytest.mark.django_db
@pytest.mark.parametrize(
    "asked", ['phase:"승격 대기 중"', "phase:승격대기중", 'phase:"waiting promotion"', DECOMPOSED]
)
def test_a_phase_is_found_by_the_word_that_its_chip_shows(store: Store, viewer: Client, asked: str) -> None:
    html = viewer.get("/", {"q": asked}, headers=KOREAN_READER).content.decode()
    assert [row["data-canary"] for row in elements(html, "data-canary", tag="tr")] == ["test/waiting"]
