"""Checkpoints that an auditor kept: what they prove of an export, and what they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gates import chain, checkpoints
from gates.audit import Actor
from gates.keyring import Signer
from tests.chain.conftest import enter, sign
from tests.chain.conftest import signer as _signer
from tests.search.exports import Lines, json_lines, rewritten, told, verified

pytestmark = pytest.mark.django_db
signer = _signer


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An export of eight entries."""
    enter(8)
    path = tmp_path / "export.jsonl"
    path.write_bytes(json_lines())
    return path


def test_a_time_that_was_changed_hides_no_cut(file: Path, signer: Signer) -> None:
    sign(signer)
    kept = file.with_name("checkpoints.jsonl")
    kept.write_bytes(b"".join(checkpoints.lines()))
    file.write_bytes(json_lines())
    more = ("--checkpoints", str(kept), "--key", signer.public_key)

    def earlier(lines: Lines, manifest: dict[str, Any]) -> None:
        del lines[6:]
        told(lines, manifest)
        manifest["made_at"] = "2020-01-01T00:00:00.000000+00:00"

    def hidden(lines: Lines, manifest: dict[str, Any]) -> None:
        earlier(lines, manifest)
        manifest["checkpoints"] = []

    # What the manifest itself holds was there when it was made.
    assert "truncated at entry 7: entry 9 was signed before" in verified(rewritten(file, earlier))[1]
    status, output = verified(rewritten(file, hidden), *more)
    assert "A checkpoint that you gave signs entry 9 at " in output
    assert "this file ends at 6: it must have been made before that, or it was cut off." in output
    assert "Nothing in it is signed by a key you named" in output
    assert status == 0
    status, output = verified(rewritten(file, hidden), *more, "--complete")
    assert "Not sound: truncated at entry 7: a checkpoint that you gave signs entry 9 at " in output
    assert status == 1
    assert verified(file, *more, "--complete")[0] == 0


@pytest.mark.parametrize(
    "time", ["", None, 5, "2020", "2020-01-01", "2020-01-01T00:00:00", "2020-01-01T00:00:00.000000+09:00"]
)
def test_an_export_without_its_time_in_utc_is_refused(file: Path, time: Any) -> None:
    def change(lines: Lines, manifest: dict[str, Any]) -> None:
        manifest["made_at"] = time

    assert "edited at the file: the manifest's made_at is no time" in verified(rewritten(file, change))[1]
    assert verified(rewritten(file, lambda _lines, manifest: manifest.pop("made_at")))[0] == 1


def test_a_checkpoint_vouches_for_nothing_before_a_gap(file: Path, signer: Signer) -> None:
    sign(signer)
    kept = file.with_name("checkpoints.jsonl")
    kept.write_bytes(b"".join(checkpoints.lines()))
    more = ("--checkpoints", str(kept), "--key", signer.public_key)
    # Entries 1 to 8 without 5, the export as 9, and one behind what was signed.
    enter(1, actor=Actor("person", "somebody"))
    file.write_bytes(json_lines())

    def forge(lines: Lines, manifest: dict[str, Any]) -> None:
        del lines[4]
        lines[1]["actor"] = "mallory"
        lines[1]["hash"] = chain.digest(lines[1])
        del lines[2]
        told(lines, manifest)
        manifest.update(complete=False, checkpoints=[])

    output = verified(rewritten(file, forge), *more)[1]
    assert "Sound: 8 entries, 1 to 10;" in output
    assert "across its 2 gaps" in output
    assert "Entries 6 to 9 are signed by a key you named" in output
    assert "up to entry" not in output
    kept.write_bytes(b"")
    assert "Nothing in it is signed" in verified(rewritten(file, forge), *more)[1]
