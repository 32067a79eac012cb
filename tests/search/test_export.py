"""Exports: what is in them, for whom, and what the manifest says; the CSV for a strict parser."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from gates import chain, checkpoints, export, walk
from gates.access_rights import EVERYTHING, Access, of_roles
from gates.audit import Actor
from gates.export_csv import FORMULA, cell
from gates.filters import Filters
from gates.keyring import Signer
from gates.models import AuditEntry
from tests.chain.conftest import enter, sign
from tests.chain.conftest import signer as _signer
from tests.search.exports import archive, begun, json_lines, parts, verified

pytestmark = pytest.mark.django_db
signer = _signer
PAYMENTS = of_roles([("viewer", "payments")])


def three_places() -> None:
    """Six entries of payments, two of catalog, one about a role, one about nothing but Aviary."""
    enter(6)
    enter(2, namespace="catalog", name="search")
    enter(1, action="role.granted", namespace="payments", cluster="")
    enter(1, action="signin.succeeded", namespace="", cluster="", name="minji")


def table(data: bytes) -> tuple[list[dict[str, str]], dict[str, Any], bytes]:
    """Rows, manifest and the table's bytes, through a parser that takes nothing wrong."""
    with zipfile.ZipFile(io.BytesIO(data)) as files:
        assert files.namelist() == ["entries.csv", "manifest.json"]
        assert files.testzip() is None
        raw, manifest = files.read("entries.csv"), json.loads(files.read("manifest.json"))
    rows = list(csv.DictReader(io.StringIO(raw.decode(), newline=""), strict=True))
    assert all(None not in row and None not in row.values() for row in rows)
    return rows, manifest, raw


def test_a_line_is_an_entry_as_it_is_hashed() -> None:
    enter(3)
    lines, manifest = parts(json_lines())
    entries = list(AuditEntry.objects.filter(seq__lte=3).order_by("seq"))
    assert [line["hash"] for line in lines] == [entry.hash for entry in entries]
    assert all(chain.digest(line) == line["hash"] for line in lines)
    assert set(lines[0]) == {*chain.FORM_2, "hash"}
    assert manifest["count"] == 3
    assert (manifest["first_seq"], manifest["last_seq"]) == (1, 3)
    assert (manifest["first_hash"], manifest["last_hash"]) == ("", entries[-1].hash)
    assert manifest["complete"] is True


def test_an_export_is_an_entry_that_was_made_before_its_first_byte() -> None:
    enter(4)
    made = begun(filters=Filters(actor="minji 2"))
    entry = AuditEntry.objects.get(seq=5)
    assert made.entry == 5
    assert (entry.action, entry.actor, entry.auth, entry.source) == (
        "export.made",
        "ada",
        "password",
        "10.0.0.7",
    )
    assert entry.after == {"format": "jsonl", "filters": {"actor": "minji 2"}, "count": 1, "up_to": 4}
    enter(3, actor=Actor("person", "minji 2"))
    lines, manifest = parts(b"".join(export.json_lines(made)))
    assert [line["seq"] for line in lines] == [3]
    assert manifest["entry"] == 5


def test_the_digest_is_of_the_entries_bytes() -> None:
    enter(3)
    data = json_lines()
    entries = b"".join(data.splitlines(keepends=True)[:-1])
    assert parts(data)[1]["sha256"] == hashlib.sha256(entries).hexdigest()
    _rows, manifest, raw = table(archive())
    assert manifest["sha256"] == hashlib.sha256(raw).hexdigest()


def test_filters_are_applied_and_named() -> None:
    three_places()
    since = datetime(2020, 1, 1, tzinfo=UTC)
    lines, manifest = parts(json_lines(filters=Filters(canary="CATA", since=since)))
    assert [line["namespace"] for line in lines] == ["catalog"] * 2
    assert manifest["count"] == 2
    assert manifest["filters"] == {"canary": "CATA", "since": "2020-01-01T00:00:00+00:00"}
    assert manifest["complete"] is False


def test_a_reader_gets_what_they_may_see_and_learns_of_nothing_else(signer: Signer) -> None:
    three_places()
    sign(signer)
    for rows, manifest in (parts(json_lines(PAYMENTS)), table(archive(PAYMENTS))[:2]):
        assert {row["namespace"] for row in rows} == {"payments"}
        assert manifest["count"] == len(rows) == 6
        assert manifest["last_seq"] == 6
        assert manifest["complete"] is False
        assert manifest["checkpoints"] == manifest["tombstones"] == []
    # The entry tells the others how many this reader got.
    assert AuditEntry.objects.filter(action="export.made").first().after["count"] == 6  # type: ignore[union-attr]


@pytest.mark.parametrize("roles", [[("auditor", "*")], [("admin", "*")]])
def test_who_reads_all_of_it_gets_a_proof(roles: list[tuple[str, str]], signer: Signer) -> None:
    three_places()
    signed = sign(signer)
    lines, manifest = parts(json_lines(of_roles(roles)))
    assert [line["seq"] for line in lines] == list(range(1, 11))
    assert manifest["complete"] is True
    assert [each["seq"] for each in manifest["checkpoints"]] == [signed.seq]


@pytest.mark.parametrize("access", [PAYMENTS, of_roles([("viewer", "*")])])
def test_a_reader_of_a_part_does_not_learn_how_long_the_log_is(access: Access) -> None:
    three_places()
    assert parts(json_lines(access))[1]["entry"] is None
    assert table(archive(access))[1]["entry"] is None
    assert parts(json_lines(filters=Filters(namespace="catalog")))[1]["entry"] == 13


def test_what_is_signed_while_entries_are_counted_is_signed_after_the_export(
    signer: Signer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(4)
    count = walk.count

    def slowly(*given: Any) -> int:
        found = count(*given)
        enter(1)
        sign(signer)
        return found

    monkeypatch.setattr(walk, "count", slowly)
    file, kept = tmp_path / "log.jsonl", tmp_path / "kept.jsonl"
    file.write_bytes(json_lines())
    kept.write_bytes(b"".join(checkpoints.lines()))
    status, output = verified(file, "--checkpoints", str(kept), "--key", signer.public_key)
    assert "Sound: 4 entries" in output
    assert "A checkpoint that you gave signs entry 5 at " in output
    assert status == 0


def test_an_empty_log_can_be_exported() -> None:
    lines, manifest = parts(json_lines())
    assert (lines, manifest["count"], manifest["last_seq"]) == ([], 0, None)
    assert [row["action"] for row in table(archive())[0]] == ["export.made"]


EVIL = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "=cmd|' /C calc'!A0", '"=1', "a\x00b",
    'say "hi", ok',
]  # fmt: skip
HIDDEN = [
    "", " ", "\u00a0", "\u3000", "\ufeff", "\x0b", "\x0c", "\u200b", "\u2028", "\x1f", "\x85", " \u202e",
]  # fmt: skip


def test_no_cell_is_a_formula() -> None:
    for text in EVIL:
        enter(1, reason=text, name=text)
    rows, _manifest, _raw = table(archive())
    assert [row["reason"][:1] in FORMULA for row in rows] == [False] * len(EVIL)
    assert rows[0]["reason"] == "'=1+1"
    assert rows[-1]["reason"] == 'say "hi", ok'
    assert rows[0]["before"] == '{"open":false}'
    assert rows[0]["at"].endswith("+00:00")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d"])
def test_nothing_that_cannot_be_seen_hides_a_formula(sign: str) -> None:
    for hidden in HIDDEN:
        text = f"{hidden}{sign}1+1"
        assert cell(text) == f"'{text}"
    assert cell(" so be it = 1") == " so be it = 1"
    assert cell("\u3000") == "\u3000"


@given(st.text() | st.integers() | st.dictionaries(st.text(), st.text()) | st.none())
def test_whatever_a_cell_holds_it_begins_no_formula(value: Any) -> None:
    text = cell(value)
    if not isinstance(value, int):
        assert not text.startswith(FORMULA)
    assert "\x00" not in text


def test_pages_follow_each_other_without_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PAGE", 2)
    enter(7)
    lines, manifest = parts(json_lines())
    assert [line["seq"] for line in lines] == list(range(1, 8))
    assert (manifest["first_seq"], manifest["last_seq"]) == (1, 7)


def test_the_command_writes_a_file_that_verifies(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    three_places()
    file = tmp_path / "log.jsonl"
    call_command("audit", "export", str(file))
    assert "10 entries, up to number 10; the export is entry 11." in capsys.readouterr().out
    assert verified(file, "--complete")[0] == 0
    with pytest.raises(CommandError, match="Name another file"):
        call_command("audit", "export", str(file))
    assert AuditEntry.objects.filter(action="export.made").count() == 1
    call_command("audit", "export", str(tmp_path / "some.zip"), format="csv", namespace="catalog")
    assert len(table((tmp_path / "some.zip").read_bytes())[0]) == 2


def test_everything_and_nobody() -> None:
    enter(2)
    assert parts(json_lines(of_roles([])))[0] == []
    assert len(parts(json_lines(EVERYTHING))[0]) == 3
