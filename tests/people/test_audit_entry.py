"""One entry's page: everything in it, where it leads, how it is proven; and how far the log is."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from gates import audit, chain, decisions, entry_facts, keys, release_links, standing, verifications
from gates.access_rights import EVERYTHING, Access
from gates.audit import Actor, Draft, Origin
from gates.decisions import Act
from gates.entry_facts import Change, Image
from gates.models import AuditCheckpoint, AuditEntry, AuditVerification
from tests.api.test_reading import touch
from tests.people.test_audit_page import decide, read, victor, words
from tests.support.log import unguarded

__all__ = ["victor"]

pytestmark = pytest.mark.django_db


def entered(**more: object) -> AuditEntry:
    """An entry with everything that one can have."""
    fields: dict[str, object] = {
        "action": "approval.granted", "outcome": audit.CHANGED, "actor": Actor("person", "alice", "password"),
        "origin": Origin("page", "10.1.2.3", "Firefox", "req-7"), "cluster": "default",
        "namespace": "payments", "name": "checkout", "kind": "confirm-rollout", "reason": "p99 is fine",
        "before": {"open": False, "who": {"name": "bob"}}, "after": {"open": True, "until": "tomorrow"},
        "policy": {"approvals": 2, "groups": ["leads", "sre"]},
    }  # fmt: skip
    fields |= more
    fields["subject"] = keys.subject("default", "payments", str(fields["name"]))
    with decisions.deciding([]) as door:
        number = door.enter(Draft(at=door.now, **fields))  # type: ignore[arg-type]
    return AuditEntry.objects.get(pk=number)


@pytest.fixture
def ada(browse: Callable[[str], Client], victor: Client) -> Client:
    """An admin's browser."""
    return browse("ada")


def test_everything_in_the_entry_is_on_its_page(victor: Client) -> None:
    entry = entered()
    text = words(read(victor, f"/audit/{entry.seq}"))
    for value in (
        "alice", "person", "password", "in the browser from 10.1.2.3", "Firefox", "req-7", "approval.granted",
        "changed", f"{entry.at:%Y-%m-%d %H:%M:%S.%f} UTC", "default", "payments", "checkout",
        "confirm-rollout", "p99 is fine", "approvals 2", "groups leads, sre", entry.subject, entry.hash,
    ):  # fmt: skip
        assert value in text, value


def test_the_canonical_form_on_the_page_has_the_hash_beside_it(victor: Client) -> None:
    entry = entered(reason="<b>&amp;</b> “quoted” 결제")
    page = read(victor, f"/audit/{entry.seq}")
    shown = re.search(r'<code id="canonical">(.*?)</code>', page, re.DOTALL)
    assert shown
    assert hashlib.sha256(unescape(shown[1]).encode()).hexdigest() == entry.hash
    assert f'<code id="own-hash">{entry.hash}</code>' in page


def test_an_entry_that_was_edited_says_so_itself(victor: Client) -> None:
    entry = entered()
    assert "matches the content" in words(read(victor, f"/audit/{entry.seq}"))
    unguarded()
    AuditEntry.objects.filter(pk=entry.pk).update(reason="p99 was not fine")
    assert "does not match the content" in words(read(victor, f"/audit/{entry.seq}"))


@pytest.mark.parametrize(
    "edit", [{"policy": {"approvals": 1}}, {"images_from": ["x"]}, {"auth": "token"}, {"release": "7"}]
)
def test_an_entry_of_the_first_form_vouches_for_no_later_field(
    victor: Client, edit: dict[str, object]
) -> None:
    entry = entered()
    unguarded()
    older = {"form": chain.FIRST_FORM, **chain.UNHASHED[chain.FIRST_FORM]}
    digest = chain.digest({**vars(entry), **older})
    AuditEntry.objects.filter(pk=entry.pk).update(**older, hash=digest)
    assert "matches the content" in words(read(victor, f"/audit/{entry.seq}"))
    AuditEntry.objects.filter(pk=entry.pk).update(**edit)
    assert "does not match the content" in words(read(victor, f"/audit/{entry.seq}"))


def test_before_and_after_are_told_apart_field_by_field() -> None:
    entry = AuditEntry(
        before={"open": False, "who": {"name": "bob", "old": 1}, "same": [1, 2], "none": None},
        after={"open": True, "who": {"name": "bob"}, "same": [1, 2], "none": {}, "new": [{"a": "é"}]},
    )
    assert entry_facts.changes(entry) == [
        Change("new", None, '[{"a": "é"}]'),
        Change("open", "no", "yes"),
        Change("who.old", "1", None),
        Change("none", "–", "–"),
        Change("same", "1, 2", "1, 2"),
        Change("who.name", "bob", "bob"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "pairs"),
    [
        ([], [], []),
        (["a:1"], ["a:2"], [("a:1", "a:2")]),
        (["r:5000/a:1", "b:1"], ["b:2", "r:5000/a:1"], [("b:1", "b:2"), ("r:5000/a:1", "r:5000/a:1")]),
        (["a:1"], ["b:2"], [("a:1", "b:2")]),
        (["a:1", "b:1"], ["c:1", "d:1"], [("", "c:1"), ("", "d:1"), ("a:1", ""), ("b:1", "")]),
        ([], ["a:2"], [("", "a:2")]),
        (["a@sha256:aa"], ["a:2@sha256:bb"], [("a@sha256:aa", "a:2@sha256:bb")]),
    ],
)
def test_images_are_paired_by_repository(
    old: list[str], new: list[str], pairs: list[tuple[str, str]]
) -> None:
    entry = AuditEntry(images_from=old, images=new)
    assert entry_facts.images(entry) == [Image(*pair) for pair in pairs]


def test_what_is_new_in_an_image_stands_behind_the_arrow() -> None:
    assert Image("shop/a:1", "shop/a:2").shown == "2"
    assert Image("shop/a:1", "other/a:2").shown == "other/a:2"
    assert Image("shop/a:1", "shop/a:1").shown == "shop/a:1"
    assert not Image("shop/a:1", "shop/a:1").moved
    assert Image("", "shop/a:2").shown == "shop/a:2"
    assert Image("shop/a:1", "").shown == "shop/a:1"


@pytest.fixture
def released() -> Iterator[None]:
    """Whoever keeps releases knows one of payments/checkout."""
    before = release_links._found_by
    release_links.provide(lambda entry: "/releases/7" if entry.name == "checkout" else "")
    yield
    release_links.provide(before)


def test_an_entry_leads_to_its_release_its_canary_and_its_decision(victor: Client, released: None) -> None:
    decision = decide(Act.OPEN, bind=True)
    answer = entered(decision=decision.seq, action="answer.approved")
    page = read(victor, f"/audit/{answer.seq}")
    for address in ("/releases/7", "/canaries/payments/checkout", "/audit?canary=payments%2Fcheckout",
                    "/audit?person=alice", f"/audit/{decision.seq}"):  # fmt: skip
        assert f'href="{address}"' in page
    other = touch(Act.OPEN, "catalog", "search")
    assert "/releases/7" not in read(victor, f"/audit/{other}")


@pytest.mark.parametrize("text", ["a b/c&d", "결제", "<i>"])
def test_any_actor_and_any_name_lead_somewhere(victor: Client, text: str) -> None:
    entry = entered(actor=Actor("person", text), name=text)
    page = read(victor, f"/audit/{entry.seq}")
    links = [unescape(each) for each in re.findall(r'class="btn" href="(/audit\?[^"]+)"', page)]
    assert len(links) == 2
    for link in links:
        assert f'data-entry="{entry.seq}"' in victor.get(link, follow=True).content.decode()


def test_the_log_says_that_it_was_never_verified(victor: Client) -> None:
    touch(Act.OPEN)
    assert "The log has not been verified yet." in words(read(victor))


def test_the_log_says_up_to_where_and_when_it_was_verified(victor: Client, ada: Client) -> None:
    number = touch(Act.OPEN)
    check = verifications.record(number, ok=True)
    page = read(ada)
    assert f"Verified up to #{number}" in words(page)
    assert f'datetime="{check.at.isoformat()}"' in page
    assert "came after" not in page
    touch(Act.CLOSE)
    assert "1 entry came after" in words(read(ada))
    assert "no signed checkpoint yet" in words(read(ada))
    assert 'data-standing="ok"' in read(victor, f"/audit/{number}")


def test_a_check_that_failed_is_red_and_names_the_entry(victor: Client, ada: Client) -> None:
    number = touch(Act.OPEN)
    verifications.record(number, ok=True)
    verifications.record(0, ok=False, first_bad=number, why="Entry 1 was edited.")
    page = read(ada)
    assert 'role="alert" data-standing="bad"' in page
    assert f"The first bad entry is #{number}. Entry 1 was edited." in words(page)
    assert "Verified up to" not in page
    verifications.record(number, ok=True)
    assert 'data-standing="ok"' in read(ada)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE gates_auditcheckpoint SET at = 'yesterday'",
        "UPDATE gates_auditcheckpoint SET seq = 'x'",
        "DELETE FROM gates_audithead",
    ],
)
def test_a_check_that_met_what_cannot_be_read_failed(ada: Client, statement: str) -> None:
    number = touch(Act.OPEN)
    verifications.record(number, ok=True)
    AuditCheckpoint.objects.create(at=timezone.now(), seq=number, hash="h", key_id="key-1")
    unguarded()
    with connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(CommandError, match="not sound"):
        call_command("audit", "verify")
    for page in (read(ada), read(ada, f"/audit/{number}")):
        assert 'data-standing="bad"' in page
        assert "Verified up to" not in page


def test_an_entry_names_the_checkpoint_that_covers_it(ada: Client) -> None:
    first, second, third = (touch(act) for act in (Act.OPEN, Act.CLOSE, Act.OPEN))
    AuditCheckpoint.objects.create(at=timezone.now(), seq=second, hash="h", key_id="key-1")
    for number in (first, second):
        assert f"signed up to #{second}" in words(read(ada, f"/audit/{number}"))
        assert "with the key key-1" in words(read(ada, f"/audit/{number}"))
    assert "no checkpoint covers it" in words(read(ada, f"/audit/{third}"))


def test_who_reads_some_namespaces_learns_no_numbers_of_others() -> None:
    mine = touch(Act.OPEN, "payments", "checkout")
    hidden = [touch(act, "catalog", "search") for act in (Act.OPEN, Act.CLOSE)]
    AuditCheckpoint.objects.create(at=timezone.now(), seq=hidden[0], hash="h", key_id="key-1")
    verifications.record(hidden[1], ok=False, first_bad=hidden[0], why="Entry 2 was edited.")
    some = standing.of(Access(viewing=("payments",)))
    assert (some.upto, some.newer, some.first_bad, some.signed) == (mine, None, None, mine)
    none = standing.of(Access(viewing=("quiet",)))
    assert (none.upto, none.newer, none.first_bad, none.signed) == (None, None, None, None)
    every = standing.of(EVERYTHING)
    assert (every.upto, every.newer, every.first_bad, every.signed) == (hidden[1], 0, hidden[0], hidden[0])


def test_only_the_last_checks_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifications, "KEPT", 3)
    for seq in range(1, 7):
        verifications.record(seq, ok=True)
    assert set(AuditVerification.objects.values_list("seq", flat=True)) == {4, 5, 6}
    latest = verifications.latest()
    assert latest is not None
    assert latest.seq == 6
