"""Exports as tests make them, and the verifier as an auditor runs it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gates import chain, export
from gates.access_rights import EVERYTHING, Access
from gates.audit import Actor, Origin
from gates.export_csv import zipped
from gates.filters import Filters
from tests.support.tiers import ROOT

VERIFIER = ROOT / "gates" / "verifier.py"
ADA = Actor("person", "ada", "password")
ALL = Filters()
Lines = list[dict[str, Any]]


def begun(access: Access = EVERYTHING, filters: Filters = ALL, form: str = "jsonl") -> export.Export:
    """An export by ada in the browser."""
    return export.begin(access, filters, form, ADA, Origin("page", "10.0.0.7"))


def json_lines(access: Access = EVERYTHING, filters: Filters = ALL) -> bytes:
    """The bytes of an export as JSON Lines."""
    return b"".join(export.json_lines(begun(access, filters)))


def archive(access: Access = EVERYTHING, filters: Filters = ALL) -> bytes:
    """The bytes of an export as CSV."""
    return b"".join(zipped(begun(access, filters, "csv")))


def parts(data: bytes) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The entries and the manifest."""
    *lines, last = map(json.loads, data.decode().splitlines())
    return lines, last["manifest"]


def rewritten(file: Path, change: Callable[[Lines, dict[str, Any]], Any], *, hide: bool = True) -> Path:
    """The same with the entries and manifest changed; with `hide` the manifest's digest is made anew."""
    lines, manifest = parts(file.read_bytes())
    change(lines, manifest)
    data = b"".join(chain.packed(line) + b"\n" for line in lines)
    if hide:
        manifest["sha256"] = hashlib.sha256(data).hexdigest()
    changed = file.with_name("changed.jsonl")
    changed.write_bytes(data + chain.packed({"manifest": manifest}) + b"\n")
    return changed


def told(lines: Lines, manifest: dict[str, Any]) -> None:
    """Make the manifest fit."""
    manifest.update(count=len(lines), last_seq=lines[-1]["seq"], last_hash=lines[-1]["hash"])


def verified(file: Path, *arguments: str) -> tuple[int, str]:
    """Exit status and output of the verifier: an interpreter that sees neither Aviary nor the shell."""
    done = subprocess.run(
        [sys.executable, "-I", str(VERIFIER), str(file), *arguments],
        cwd=file.parent,
        env={},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout + done.stderr
