"""What no column of its kind holds is put into the log with every right on the database: it is named."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from gates import proof, pruning
from gates.keyring import Signer
from gates.models import AuditCheckpoint, AuditEntry, AuditHead, AuditVerification
from gates.pruning import NotPruned, due
from tests.chain.conftest import enter, of_first_form, problem, put, rows, sign
from tests.chain.raw import Raw, writers
from tests.chain.test_pruning import FROM, WHO, later, prune
from tests.gates.conftest import database
from tests.support.log import unguarded
from tests.support.server import Server, ServerError

pytestmark = pytest.mark.django_db
DEEP = '{"a":' * 5000 + "1" + "}" * 5000
ENTRIES, CHECKPOINTS, HEAD = "gates_auditentry", "gates_auditcheckpoint", "gates_audithead"
STONES = "gates_audittombstone"
COPY = ", ".join(f'"{field.column}"' for field in AuditEntry._meta.concrete_fields[1:])


@pytest.fixture
def log(signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Signer:
    """Nine entries in pages of four, checkpoints at 4 and 7, and an attacker who needs no valid JSON."""
    monkeypatch.setattr(proof, "PAGE", 4)
    for count in (4, 3):
        enter(count)
        sign(signer)
    enter(2)
    call_command("audit", "verify")
    return signer


def run(statement: str) -> None:
    """Whatever SQLite lets somebody do."""
    unguarded()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        try:
            cursor.execute(statement)
        finally:
            cursor.execute("PRAGMA ignore_check_constraints = OFF")


def failed() -> tuple[int | None, str]:
    """What the command says and records, the same in both."""
    with pytest.raises(CommandError) as told:
        call_command("audit", "verify")
    last, found = AuditVerification.objects.latest("pk"), problem()
    assert found
    assert not last.ok
    assert last.first_bad == found.seq
    assert last.why == found.text
    assert f"({found.kind}): {found.text}." in str(told.value)
    return found.seq, found.kind


@pytest.mark.parametrize(
    "change",
    [
        "actor = CAST(x'ff' AS TEXT)",
        "weight = CAST(x'ff' AS TEXT)",
        "hash = CAST(x'ff' AS TEXT)",
        "prev_hash = CAST(x'ff' AS TEXT)",
        "actor = x'ff'",
        "at = 'yesterday'",
        "at = '2026-13-45 25:61:00'",
        "at = '0001-01-01 00:00:00+23:00'",
        "at = x'00ff'",
        "at = 5",
        f"after = '{DEEP}'",
        f"""after = '{{"number": {"9" * 5000}}}'""",
        "after = '{'",
        "after = x'ff'",
        "form = 'x'",
    ],
    ids=lambda change: change[:30],
)
@pytest.mark.parametrize("number", [1, 6, 9])
def test_an_entry_that_cannot_be_read_was_edited(log: Signer, change: str, number: int) -> None:
    run(f"UPDATE {ENTRIES} SET {change} WHERE seq = {number}")
    assert failed() == (number, "edited")


def test_an_entry_of_the_first_form_whose_later_field_cannot_be_read_was_edited(log: Signer) -> None:
    unguarded()
    AuditCheckpoint.objects.all().delete()
    put(of_first_form(rows(), 4), head=True)
    assert problem() is None
    run(f"UPDATE {ENTRIES} SET release = CAST(x'ff' AS TEXT) WHERE seq = 2")
    assert failed() == (2, "edited")


def test_the_first_bad_entry_is_named_when_a_later_one_cannot_be_read(log: Signer) -> None:
    run(f"UPDATE {ENTRIES} SET actor = CAST(x'ff' AS TEXT) WHERE seq IN (7, 8)")
    run(f"UPDATE {ENTRIES} SET reason = 'edited' WHERE seq = 6")
    assert failed() == (6, "edited")


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("'x'", (10, "inserted")),
        ("x'00'", (10, "inserted")),
        ("CAST(x'ff' AS TEXT)", (10, "inserted")),
        ("1e300", (10, "inserted")),
        ("9.5", (10, "inserted")),
        ("5.5", (6, "inserted")),
        ("-0.5", (0, "inserted")),
    ],
)
def test_an_entry_whose_number_is_none_was_inserted(log: Signer, number: str, found: tuple[int, str]) -> None:
    run(f"INSERT INTO {ENTRIES} (seq, {COPY}) SELECT {number}, {COPY} FROM {ENTRIES} WHERE seq = 5")
    assert failed() == found
    # What it was copied from is found to be edited beside it as well.
    run(f"UPDATE {ENTRIES} SET reason = 'edited' WHERE seq = 3")
    assert failed() == ((0, "inserted") if number == "-0.5" else (3, "edited"))


def test_an_entry_whose_number_was_taken_away_is_missing(log: Signer) -> None:
    run(f"UPDATE {ENTRIES} SET seq = 'x' WHERE seq = 5")
    assert failed() == (5, "deleted")


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        (f"DELETE FROM {HEAD}", (10, "truncated")),
        (f"UPDATE {HEAD} SET id = 2", (10, "truncated")),
        (f"UPDATE {HEAD} SET seq = 'x'", (10, "truncated")),
        (f"UPDATE {HEAD} SET seq = CAST(x'ff' AS TEXT)", (10, "truncated")),
        (f"UPDATE {HEAD} SET hash = CAST(x'ff' AS TEXT)", (9, "edited")),
    ],
)
def test_a_head_that_is_gone_or_says_nothing(log: Signer, statement: str, found: tuple[int, str]) -> None:
    run(statement)
    assert failed() == found


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ("at = 'yesterday'", 7),
        ("at = x'00'", 7),
        ("hash = x'ff'", 7),
        ("hash = CAST(x'ff' AS TEXT)", 7),
        ("signature = x'ff'", 7),
        ("public_key = CAST(x'ff' AS TEXT)", 7),
        ("seq = 'x'", None),
        ("seq = 7.5", None),
        ("seq = CAST(x'ff' AS TEXT)", None),
    ],
)
def test_a_checkpoint_that_cannot_be_read_has_no_signature(
    log: Signer, change: str, number: int | None
) -> None:
    run(f"UPDATE {CHECKPOINTS} SET {change} WHERE seq = 7")
    assert failed() == (number, "signature")
    found = problem()
    assert found
    last = AuditCheckpoint.objects.values_list("pk", flat=True).order_by("-pk")[0]
    assert ("entry 7" if number else f"the id {last} cannot") in found.text


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ("at = 'yesterday'", 1),
        ("last_hash = CAST(x'ff' AS TEXT)", 1),
        ("last_seq = 'x'", 1),
        ("first_seq = 'x'", None),
    ],
)
def test_a_tombstone_that_cannot_be_read_has_no_signature(
    log: Signer, tmp_path: Path, change: str, number: int | None
) -> None:
    prune(log, tmp_path)
    run(f"UPDATE {STONES} SET {change}")
    assert failed() == (number, "signature")


def test_a_checkpoint_from_elsewhere_may_hold_any_text(log: Signer, tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    for seq, at in ((7, "\\u0000"), (7, "\\ud800"), (10**30, "x")):
        rest = '"hash": "h", "key_id": "k", "public_key": "p", "signature": "s"'
        file.write_text(f'{{"seq": {seq}, "at": "{at}", {rest}}}\n')
        with pytest.raises(CommandError, match=r"not sound.* \(signature\)"):
            call_command("audit", "verify", "--checkpoints", str(file))
        last = AuditVerification.objects.latest("pk")
        assert (last.ok, last.first_bad) == (False, 7 if seq == 7 else None)


def test_what_cannot_be_read_is_not_pruned(log: Signer, tmp_path: Path) -> None:
    segment = due(later())
    assert segment
    run(f"UPDATE {ENTRIES} SET at = '2026-13-45 25:61:00' WHERE seq = 3")
    with pytest.raises(NotPruned, match="entry 3"):
        pruning.prune(segment, tmp_path, log, WHO, FROM)


def test_a_database_that_does_not_answer_is_no_edited_entry(log: Signer) -> None:
    before = AuditVerification.objects.latest("pk")

    def away(execute: Any, statement: str, *rest: Any) -> Any:
        return execute(statement.replace(ENTRIES, "nothing"), *rest)

    with (
        connection.execute_wrapper(away),
        pytest.raises(CommandError, match="The database does not answer: no such table"),
    ):
        call_command("audit", "verify")
    assert AuditVerification.objects.latest("pk") == before
    assert AuditHead.objects.get().seq == 9


def test_a_failure_that_passes_is_none(log: Signer) -> None:
    refused = [OSError]

    def once(execute: Any, statement: str, *rest: Any) -> Any:
        if ENTRIES in statement and "user_agent" in statement and refused:
            refused.pop()
            raise_undecoded()
        return execute(statement, *rest)

    with connection.execute_wrapper(once):
        report = proof.verify()
    assert not refused
    assert (report.problem, report.count) == (None, 9)


def raise_undecoded() -> None:
    """As Python's module says it, through Django."""
    with connection.wrap_database_errors:
        sqlite3.connect(":memory:").execute("SELECT CAST(x'ff' AS TEXT)").fetchall()


@pytest.mark.postgres
def test_postgresql_has_fewer_such_values_and_names_them_too(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server = Server(tmp_path / "data", **database(request, "postgres"))
    server.prepare()
    (process,) = writers(server, 1, 6)
    process.communicate(timeout=60)
    raw = Raw(server)
    for table in (ENTRIES, CHECKPOINTS):
        raw.run(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    (at,) = raw.run(f"SELECT at::text FROM {ENTRIES} WHERE seq = 4")[0]
    for change in ("at = 'infinity'", "at = '20000-01-01'", "at = '0044-03-15 BC'"):
        raw.run(f"UPDATE {ENTRIES} SET {change} WHERE seq = 4")
        with pytest.raises(ServerError, match=r"entry 4 \(edited\)"):
            server.manage("audit", "verify")
    raw.run(f"UPDATE {ENTRIES} SET at = '{at}' WHERE seq = 4")
    assert "sound: 6 entries" in server.manage("audit", "verify")
    raw.run(f"UPDATE {ENTRIES} SET after = '{DEEP}' WHERE seq = 5")
    with pytest.raises(ServerError, match=r"entry 5 \(edited\)"):
        server.manage("audit", "verify")
    raw.run(f"DELETE FROM {HEAD}")
    raw.run(f"DELETE FROM {ENTRIES} WHERE seq > 4")
    with pytest.raises(ServerError, match=r"entry 5 \(truncated\)"):
        server.manage("audit", "verify")
    assert raw.run("SELECT ok, first_bad FROM gates_auditverification ORDER BY id DESC LIMIT 1") == [
        (False, 5)
    ]
