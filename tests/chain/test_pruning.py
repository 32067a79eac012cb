"""Pruning: exported first, a tombstone in its place, and the chain is whole."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import Error, connection, transaction
from django.utils import timezone

from gates import audit, chain, export, log_keeping, proof, pruning
from gates.audit import Actor, Origin
from gates.export_csv import zipped
from gates.keyring import Signer
from gates.models import AuditCheckpoint, AuditEntry, AuditTombstone, AuditVerification
from gates.pruning import NotPruned, due
from tests.chain.conftest import enter, problem, rows, sign
from tests.search.exports import begun, verified
from tests.support.log import unguarded

pytestmark = pytest.mark.django_db
WHO, FROM = Actor("system", "root (manage.py)"), Origin("system")


@pytest.fixture
def log(signer: Signer) -> Signer:
    """Entries 1–4 and 5–7 under checkpoints, 8 and 9 under none."""
    for count in (4, 3):
        enter(count)
        sign(signer)
    enter(2)
    return signer


def later() -> datetime:
    """After all of it."""
    return timezone.now() + timedelta(seconds=1)


def prune(signer: Signer, folder: Path) -> AuditTombstone:
    """The next segment."""
    segment = due(later())
    assert segment
    return pruning.prune(segment, folder, signer, WHO, FROM)


def test_a_segment_is_exported_then_removed_and_the_rest_is_sound(log: Signer, tmp_path: Path) -> None:
    before = rows()
    stone = prune(log, tmp_path)
    assert (stone.first_seq, stone.last_seq, stone.count) == (1, 7, 7)
    file = tmp_path / "audit-000000000001-000000000007.jsonl"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == stone.export_sha256
    *entries, last = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert [chain.digest(each) for each in entries] == [each["hash"] for each in before[:7]]
    assert (last["manifest"]["count"], last["manifest"]["last_hash"]) == (7, stone.last_hash)
    assert [each["seq"] for each in last["manifest"]["checkpoints"]] == [4, 7]
    report = proof.verify()
    assert (report.problem, report.count, report.seq, report.tombstones) == (None, 3, 10, 1)
    entry = AuditEntry.objects.latest("seq")
    assert (entry.seq, entry.action, entry.actor) == (10, "log.pruned", WHO.name)
    assert entry.after["export_sha256"] == stone.export_sha256
    assert list(tmp_path.iterdir()) == [file]


def test_it_goes_on_where_it_ended(log: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "MOST", 5)
    assert prune(log, tmp_path).last_seq == 4
    assert prune(log, tmp_path).first_seq == 5
    assert due(later()) is None
    assert problem() is None
    sign(log)
    stone = prune(log, tmp_path)
    assert (stone.first_seq, stone.last_seq) == (8, 11)
    assert problem() is None
    assert AuditEntry.objects.get().seq == 12


def test_only_what_is_old_is_due(log: Signer) -> None:
    first = AuditCheckpoint.objects.order_by("seq")[0]
    segment = due(first.at + timedelta(microseconds=1))
    assert segment
    assert segment.last == 4
    assert due(first.at) is None


@pytest.mark.parametrize(
    "field", ["first_seq", "last_seq", "prev_hash", "last_hash", "count", "export_sha256"]
)
def test_a_changed_tombstone_is_found(log: Signer, tmp_path: Path, field: str) -> None:
    stone = prune(log, tmp_path)
    unguarded()
    value = getattr(stone, field)
    AuditTombstone.objects.update(**{field: value + 1 if isinstance(value, int) else "0" * 64})
    found = problem()
    assert found
    assert found.kind == "signature"


def beside(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], times: int = 1) -> list[int]:
    """Do something behind the first page of each of the next walks; the walks are counted in the list."""
    walks: list[int] = []
    pages = proof.pages

    def with_it(after: int, upto: int) -> Iterator[list[dict[str, Any]]]:
        walks.append(after)
        for number, page in enumerate(pages(after, upto)):
            yield page
            if number == 0 and len(walks) <= times:
                # Pruning reads pages as well.
                with monkeypatch.context() as patch:
                    patch.setattr(proof, "pages", pages)
                    act()

    monkeypatch.setattr(proof, "PAGE", 2)
    monkeypatch.setattr(proof, "pages", with_it)
    return walks


def test_what_is_pruned_during_the_proof_is_not_missing(
    log: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "MOST", 5)
    walks = beside(monkeypatch, lambda: prune(log, tmp_path), times=2)
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    assert walks == [0, 4, 7]
    assert "sound: 4 entries, up to number 11" in out.getvalue()
    assert "7 entries before them were pruned" in out.getvalue()
    assert [each.ok for each in AuditVerification.objects.all()] == [True]


def test_what_is_missing_is_found_beside_pruning(
    log: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unguarded()
    AuditEntry.objects.filter(seq=9).delete()
    walks = beside(monkeypatch, lambda: prune(log, tmp_path))
    found = proof.verify().problem
    assert walks == [0, 7]
    assert found
    assert (found.seq, found.kind) == (9, "deleted")


def test_tombstones_that_come_again_and_again_hide_nothing(log: Signer, tmp_path: Path) -> None:
    prune(log, tmp_path)
    unguarded()
    made = AuditTombstone.objects.values(*pruning.FIELDS).get()
    numbers, table = iter(range(100, 1000)), AuditTombstone._meta.db_table

    def another(execute: Any, statement: str, *rest: Any) -> Any:
        if statement.startswith("SELECT") and table in statement:
            number = next(numbers)
            AuditTombstone.objects.create(**made | {"first_seq": number, "last_seq": number})
        return execute(statement, *rest)

    with connection.execute_wrapper(another):
        found = problem()
    assert found
    assert found.kind == "signature"


def test_without_its_tombstone_the_log_begins_too_late(log: Signer, tmp_path: Path) -> None:
    prune(log, tmp_path)
    unguarded()
    AuditTombstone.objects.all().delete()
    found = problem()
    assert found
    assert (found.seq, found.kind) == (1, "deleted")


def test_entries_that_came_back_are_found(log: Signer, tmp_path: Path) -> None:
    kept = rows()
    prune(log, tmp_path)
    AuditEntry.objects.bulk_create([AuditEntry(**kept[2])])
    found = problem()
    assert found
    assert (found.seq, found.kind) == (3, "inserted")


def test_an_unsound_log_is_not_pruned(log: Signer, tmp_path: Path) -> None:
    unguarded()
    AuditEntry.objects.filter(seq=3).update(reason="edited")
    with pytest.raises(NotPruned, match="entry 3"):
        prune(log, tmp_path)
    assert AuditEntry.objects.count() == 9
    assert list(tmp_path.iterdir()) == []


def test_of_two_who_prune_the_second_one_removes_nothing(log: Signer, tmp_path: Path) -> None:
    segment = due(later())
    assert segment
    pruning.prune(segment, tmp_path, log, WHO, FROM)
    with pytest.raises(NotPruned, match="another process"):
        pruning.prune(segment, tmp_path, log, WHO, FROM)
    assert AuditEntry.objects.count() == 3
    assert len(list(tmp_path.iterdir())) == 1


def test_the_database_removes_nothing_that_no_tombstone_covers(log: Signer, tmp_path: Path) -> None:
    with pytest.raises(Error, match="insert-only"), transaction.atomic():
        audit.remove(1, 7)
    prune(log, tmp_path)
    with pytest.raises(Error, match="insert-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM gates_auditentry")
    assert AuditEntry.objects.count() == 3


def test_the_server_prunes_what_the_settings_call_old(log: Signer, tmp_path: Path, settings: Any) -> None:
    settings.AUDIT_DAYS, settings.AUDIT_ARCHIVE = 1, tmp_path
    assert log_keeping.prune(log) == 0
    unguarded()
    AuditCheckpoint.objects.update(at=timezone.now() - timedelta(days=2))
    assert log_keeping.prune(log) == 1
    assert (tmp_path / "audit-000000000001-000000000007.jsonl").is_file()
    assert AuditEntry.objects.order_by("seq").values_list("seq", flat=True)[0] == 8


def test_the_command_prunes(log: Signer, tmp_path: Path, settings: Any) -> None:
    out, folder = StringIO(), tmp_path / "archive"
    with pytest.raises(CommandError, match="AVIARY_AUDIT_DAYS"):
        call_command("audit", "prune")
    with pytest.raises(CommandError, match="no date"):
        call_command("audit", "prune", "--before", "tomorrow")
    call_command("audit", "prune", "--before", "2020-01-01", stdout=out)
    assert "Nothing to prune" in out.getvalue()
    date = later().astimezone(UTC).isoformat()
    call_command("audit", "prune", "--before", date, "--to", str(folder), stdout=out)
    assert "Pruned 7 entries, 1 to 7" in out.getvalue()
    assert AuditEntry.objects.latest("seq").actor == "manage.py"
    settings.AUDIT_KEY = ""
    with pytest.raises(CommandError, match="is not set"):
        call_command("audit", "prune", "--before", date)


def test_an_export_that_is_pruned_meanwhile_breaks_off(
    log: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    for write in (export.json_lines, zipped):
        enter(3)
        sign(log)
        made = begun()
        pieces = write(made)
        got = [next(pieces)]
        prune(log, tmp_path)
        with pytest.raises(export.Incomplete, match="pruned meanwhile"):
            got.extend(pieces)
        assert b"manifest" not in b"".join(got)
    file = tmp_path / "broken.jsonl"
    enter(3)
    sign(log)
    command = export.begin

    def begin(*given: Any) -> export.Export:
        made = command(*given)
        prune(log, tmp_path)
        return made

    monkeypatch.setattr(export, "begin", begin)
    with pytest.raises(CommandError, match="is not whole"):
        call_command("audit", "export", str(file))
    assert verified(file)[0] == 1


def test_an_export_is_whole_when_only_what_it_has_already_is_pruned(
    log: Signer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    monkeypatch.setattr(pruning, "MOST", 5)
    pieces = export.json_lines(begun())
    got = next(pieces) + next(pieces)
    prune(log, tmp_path)
    file = tmp_path / "export.jsonl"
    file.write_bytes(got + b"".join(pieces))
    status, output = verified(file, "--complete", "--key", log.public_key)
    assert "Sound: 9 entries, 1 to 9;" in output
    assert status == 0
