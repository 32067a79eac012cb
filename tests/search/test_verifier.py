"""The stand-alone verifier, as an auditor runs it, against real exports and what may be done to them."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gates import chain, checkpoints, keyring, verifier
from gates.access_rights import of_roles
from gates.filters import Filters
from gates.keyring import Signer
from tests.chain.conftest import enter, sign
from tests.chain.conftest import signer as _signer
from tests.search.exports import VERIFIER, Lines, json_lines, parts, rewritten, told, verified

pytestmark = pytest.mark.django_db
signer = _signer
COUNT = 8


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An export of eight entries."""
    enter(COUNT)
    path = tmp_path / "export.jsonl"
    path.write_bytes(json_lines())
    return path


def anew(lines: Lines, first: int) -> None:
    """Number and chain everything anew from this index on, as somebody who knows how."""
    for index in range(first, len(lines)):
        lines[index]["seq"] = index + 1
        lines[index]["prev_hash"] = lines[index - 1]["hash"] if index else ""
        lines[index]["hash"] = chain.digest(lines[index])


def edit(lines: Lines, manifest: Any) -> None:
    lines[4]["actor"] = "mallory"


def edit_and_hash(lines: Lines, manifest: Any) -> None:
    lines[4]["actor"] = "mallory"
    lines[4]["hash"] = chain.digest(lines[4])


def delete(lines: Lines, manifest: Any) -> None:
    del lines[4]


def delete_and_number(lines: Lines, manifest: dict[str, Any]) -> None:
    del lines[4]
    for index in range(4, len(lines)):
        lines[index]["seq"] = index + 1
    told(lines, manifest)


def swap(lines: Lines, manifest: Any) -> None:
    lines[4], lines[5] = lines[5], lines[4]


def move_to_the_end(lines: Lines, manifest: Any) -> None:
    lines.append(lines.pop(4))


def double(lines: Lines, manifest: Any) -> None:
    lines.insert(5, dict(lines[4]))


def insert(lines: Lines, manifest: Any) -> None:
    made = {**lines[4], "actor": "mallory", "prev_hash": lines[4]["hash"]}
    lines.insert(5, {**made, "hash": chain.digest(made)})


def cut(lines: Lines, manifest: Any) -> None:
    del lines[5:]


def cut_the_beginning(lines: Lines, manifest: Any) -> None:
    del lines[:2]


def number_anew(lines: Lines, manifest: Any) -> None:
    lines[4]["seq"] = 8


def add_a_field(lines: Lines, manifest: Any) -> None:
    lines[4]["comment"] = "approved by the board"


def delete_and_edit_later(lines: Lines, manifest: Any) -> None:
    del lines[4]
    lines[5]["actor"] = "mallory"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (edit, "edited at entry 5"),
        (edit_and_hash, "edited at entry 5"),
        (add_a_field, "edited at entry 5"),
        (number_anew, "edited at entry 5"),
        (delete, "deleted at entry 5"),
        (delete_and_number, "deleted at entry 5"),
        (delete_and_edit_later, "deleted at entry 5"),
        (swap, "reordered at entry 5"),
        (move_to_the_end, "reordered at entry 5"),
        (double, "inserted at entry 5"),
        (insert, "inserted at entry 5"),
        (cut, "truncated at entry 6"),
        (cut_the_beginning, "deleted at entry 1"),
    ],
)
def test_what_was_done_is_named_with_the_first_bad_entry(
    file: Path, change: Callable[[Lines, Any], None], said: str
) -> None:
    assert verified(file)[0] == 0
    status, output = verified(rewritten(file, change))
    assert f"Not sound: {said}: " in output
    assert status == 1


def test_a_sound_export_says_what_it_proves(file: Path) -> None:
    status, output = verified(file, "--complete")
    assert "Sound: 8 entries, 1 to 8;" in output
    assert "none is missing" in output
    assert "Nothing in it is signed by a key you named" in output
    assert status == 0


def test_a_file_without_its_end_is_truncated(file: Path) -> None:
    lines = file.read_bytes().splitlines(keepends=True)
    for kept in (lines[:-1], lines[:4], [*lines[:-1], lines[-1][:40]], []):
        file.write_bytes(b"".join(kept))
        status, output = verified(file)
        assert "truncated at the file" in output
        assert status == 1


def test_whoever_makes_it_all_anew_is_given_away_by_a_checkpoint(file: Path, signer: Signer) -> None:
    def forge(lines: Lines, manifest: dict[str, Any]) -> None:
        lines[4]["actor"] = "mallory"
        anew(lines, 4)
        told(lines, manifest)

    def forget(lines: Lines, manifest: dict[str, Any]) -> None:
        del lines[6:]
        told(lines, manifest)

    kept = file.with_name("checkpoints.jsonl")
    sign(signer)
    kept.write_bytes(b"".join(checkpoints.lines()))
    file.write_bytes(json_lines())
    forged = rewritten(file, forge)
    more = ("--checkpoints", str(kept), "--key", signer.public_key)
    assert "Signed up to entry 9" in verified(file, *more)[1]

    def unsigned(lines: Lines, manifest: dict[str, Any]) -> None:
        manifest["checkpoints"] = []

    assert verified(rewritten(forged, unsigned))[0] == 0
    assert "edited at entry 1: entries 1 to 9 are not what" in verified(forged, *more)[1]
    shorter = rewritten(file, forget)
    assert "truncated at entry 7: entry 9 was signed before" in verified(shorter, *more)[1]


def test_signatures_are_checked_with_the_key_that_was_named(file: Path, signer: Signer) -> None:
    sign(signer)
    file.write_bytes(json_lines())
    other = keyring.read(keyring.made()).public_key
    assert "Signed up to entry 9 by a key you named" in verified(file, "--key", signer.public_key)[1]
    assert "Nothing in it is signed by a key you named" in verified(file)[1]
    assert "signature at entry 9" in verified(file, "--key", other)[1]

    def move(lines: Lines, manifest: dict[str, Any]) -> None:
        manifest["checkpoints"][0]["seq"] = 8
        manifest["checkpoints"][0]["hash"] = lines[7]["hash"]

    assert "signature at entry 8" in verified(rewritten(file, move))[1]


def test_a_part_of_the_log_is_no_proof_of_the_rest(file: Path) -> None:
    enter(2, namespace="catalog")
    file.write_bytes(json_lines(filters=Filters(text="gewünscht", actor="minji 1")))
    status, output = verified(file)
    assert "Sound: 2 entries, 2 to 11;" in output
    assert "across its 1 gaps" in output
    assert status == 0
    assert verified(file, "--complete")[0] == 1
    assert "edited at entry 11" in verified(rewritten(file, lambda lines, _m: lines[1].update(reason="")))[1]
    assert "truncated at entry 11" in verified(rewritten(file, lambda lines, _m: lines.pop()))[1]
    assert "edited at the file" in verified(rewritten(file, lambda lines, _m: lines.pop(0)))[1]
    assert "reordered at entry 2" in verified(rewritten(file, lambda lines, _m: lines.reverse()))[1]


def test_a_limited_readers_export_verifies(file: Path) -> None:
    enter(3, namespace="catalog")
    file.write_bytes(json_lines(of_roles([("viewer", "catalog")])))
    assert "Sound: 3 entries" in verified(file)[1]


@pytest.mark.parametrize(
    "manifest",
    [
        {"format": 2},
        {"format": 1, "made_at": "2020-01-01T00:00:00.000000+00:00", "complete": True, "tombstones": 3},
        {"format": 1, "made_at": "2020-01-01T00:00:00.000000+00:00", "checkpoints": [{"seq": []}]},
    ],
)
def test_what_cannot_be_checked_is_said(file: Path, manifest: dict[str, Any]) -> None:
    file.write_bytes(chain.packed({"manifest": manifest}))
    status, output = verified(file)
    assert status in (1, 2)
    assert "Traceback" not in output


def test_a_missing_file_and_a_wrong_key_are_said(file: Path) -> None:
    assert verified(file.with_name("nothing"))[0] == 2
    assert verified(file, "--key", "no key")[0] == 2


def test_the_forms_are_those_of_aviary() -> None:
    assert verifier.HASHED == chain.HASHED
    assert (verifier.CHECKPOINT, verifier.TOMBSTONE) == (chain.CHECKPOINT, chain.TOMBSTONE)


def test_it_needs_nothing_but_the_standard_library() -> None:
    nodes = list(ast.walk(ast.parse(VERIFIER.read_text(encoding="utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names | {"cryptography"}


def test_first_version_entries_verify(file: Path) -> None:
    lines, manifest = parts(file.read_bytes())
    old = [{name: line[name] for name in chain.FORM_1} for line in lines]
    previous = ""
    for line in old:
        line.update(form=1, prev_hash=previous)
        previous = line["hash"] = chain.digest(line)
    manifest["last_hash"] = previous
    data = b"".join(chain.packed(line) + b"\n" for line in old)
    manifest["sha256"] = hashlib.sha256(data).hexdigest()
    file.write_bytes(data + json.dumps({"manifest": manifest}).encode())
    assert verified(file)[0] == 0
