"""Accounts that are made and changed with Django's own commands: the log has them, too."""

from __future__ import annotations

import getpass
import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection

from gates import log_entries, wording
from gates.models import AuditEntry
from tests.chain.conftest import problem
from tests.support.people import People

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "a phrase of many words"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Somebody types the secret; whether a transaction was open each time, which keeps others waiting."""
    open_then: list[bool] = []

    def answer(*_arguments: Any, **_more: Any) -> str:
        open_then.append(connection.in_atomic_block)
        return SECRET

    monkeypatch.setattr(getpass, "getpass", answer)
    return open_then


def make(name: str = "cleo", **more: Any) -> None:
    call_command("createsuperuser", username=name, email="cleo@example.org", stdout=StringIO(), **more)


def the_entry() -> AuditEntry:
    """The only one: it has a sentence, no secret is in it, and the log is sound."""
    entry = AuditEntry.objects.get()
    assert problem() is None
    assert entry.action not in wording.sentence(entry, "")
    told = json.dumps(list(AuditEntry.objects.values()), default=str)
    assert SECRET not in told
    assert "md5$" not in told
    return entry


def test_a_superuser_that_a_command_makes_is_an_entry(db: None) -> None:
    make(interactive=False)
    entry = the_entry()
    assert (entry.action, entry.kind, entry.name) == ("person.created", "person", "cleo")
    assert (entry.actor_kind, entry.actor, entry.via) == ("system", "manage.py", "system")
    assert (entry.after["is_superuser"], entry.after["email"]) == (True, "cleo@example.org")
    make("next", interactive=False)
    assert AuditEntry.objects.count() == 2


def test_nobody_waits_while_somebody_types(typed: list[bool]) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    make(stdin=Terminal())
    assert the_entry().name == "cleo"
    assert User.objects.get().check_password(SECRET)
    assert typed == [False, False]


def test_a_password_that_a_command_changes_is_an_entry(people: People, typed: list[bool]) -> None:
    call_command("changepassword", "alice", stdout=StringIO())
    entry = the_entry()
    assert (entry.action, entry.kind, entry.name) == ("person.changed", "person", "alice")
    assert (entry.actor_kind, entry.actor) == ("system", "manage.py")
    assert (entry.before, entry.after) == ({"password": "another"}, {"password": "changed"})
    people.alice.refresh_from_db()
    assert people.alice.check_password(SECRET)
    assert typed == [False, False]


def test_what_the_commands_refuse_is_no_entry(people: People, typed: list[bool]) -> None:
    with pytest.raises(CommandError, match="already taken"):
        make("alice", interactive=False)
    with pytest.raises(CommandError, match="does not exist"):
        call_command("changepassword", "nobody", stdout=StringIO())
    assert not AuditEntry.objects.exists()
    people.alice.save()
    assert not AuditEntry.objects.exists()


def test_without_its_entry_nothing_is_changed(
    people: People, typed: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_arguments: Any, **_more: Any) -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(log_entries, "enter", away)
    with pytest.raises(DatabaseError):
        make(interactive=False)
    with pytest.raises(DatabaseError):
        call_command("changepassword", "alice", stdout=StringIO())
    assert not User.objects.filter(username="cleo").exists()
    people.alice.refresh_from_db()
    assert people.alice.check_password(people.password)
