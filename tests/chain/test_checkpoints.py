"""Signed checkpoints: what they vouch for, and what they give away."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gates import chain, checkpoint_sinks, checkpoints, keyring, log_keeping, proof
from gates.checkpoint_sinks import SinkFailed, Telling, tell
from gates.keyring import BadKey, Signer
from gates.models import AuditCheckpoint, AuditVerification
from tests.chain.conftest import enter, problem, put, rechained, rows, sign
from tests.support.log import unguarded

pytestmark = pytest.mark.django_db


def test_a_checkpoint_signs_the_last_entry(signer: Signer) -> None:
    enter(3)
    made = sign(signer)
    assert (made.seq, made.hash) == (3, rows()[-1]["hash"])
    fields = json.loads(checkpoints.line(made))
    message = {name: fields[name] for name in chain.CHECKPOINT} | {"aviary": "checkpoint"}
    assert keyring.holds(fields["public_key"], fields["signature"], chain.packed(message))
    assert keyring.key_id(fields["public_key"]) == fields["key_id"]
    report = proof.verify()
    assert (report.problem, report.signed_up_to, report.checkpoints) == (None, 3, 1)


def test_nothing_new_needs_no_checkpoint_and_the_interval_is_kept(signer: Signer) -> None:
    assert checkpoints.make(signer) is None
    enter(1)
    sign(signer)
    assert checkpoints.make(signer) is None
    enter(1)
    assert checkpoints.make(signer, timedelta(minutes=5)) is None
    assert checkpoints.make(signer) is not None


def test_a_log_that_was_cut_off_with_its_head_is_found(signer: Signer) -> None:
    enter(5)
    sign(signer)
    put(rows()[:3], head=True)
    found = problem()
    assert found
    assert (found.seq, found.kind) == (4, "truncated")


def test_a_log_that_was_written_anew_is_found(signer: Signer) -> None:
    enter(2)
    sign(signer)
    enter(3)
    sign(signer)
    log = rows()
    log[3]["reason"] = "edited"
    put(rechained(log), head=True)
    found = problem()
    assert found
    assert (found.seq, found.kind) == (3, "edited")
    assert "entries 3 to 5" in found.text


@pytest.mark.parametrize("field", ["seq", "hash", "at", "key_id", "public_key", "signature"])
def test_a_changed_checkpoint_is_found(signer: Signer, field: str) -> None:
    enter(4)
    made = sign(signer)
    unguarded()
    other = keyring.read(keyring.made())
    changed = {
        "seq": 3,
        "hash": rows()[2]["hash"],
        "at": made.at + timedelta(seconds=1),
        "key_id": other.key_id,
        "public_key": other.public_key,
        "signature": other.sign(b"something else"),
    }
    AuditCheckpoint.objects.update(**{field: changed[field]})
    found = problem()
    assert found
    assert found.kind == "signature"


def test_a_checkpoint_of_another_key_is_trusted_when_it_was_named(signer: Signer, settings: Any) -> None:
    enter(1)
    other = keyring.read(keyring.made())
    sign(other)
    found = problem()
    assert found
    assert (found.seq, found.kind) == (1, "signature")
    assert "AVIARY_AUDIT_OLD_KEYS" in found.text
    assert proof.verify(trust=[other.public_key]).problem is None
    settings.AUDIT_OLD_KEYS = [other.public_key]
    assert proof.verify().signed_up_to == 1
    settings.AUDIT_KEY, settings.AUDIT_OLD_KEYS = "", []
    report = proof.verify()
    assert (report.problem, report.signed_up_to, report.untrusted) == (None, 0, {other.key_id})


def test_checkpoints_from_elsewhere_prove_what_the_database_cannot(signer: Signer, tmp_path: Path) -> None:
    enter(5)
    kept = tmp_path / "kept.jsonl"
    kept.write_bytes(checkpoints.line(sign(signer)))
    unguarded()
    AuditCheckpoint.objects.all().delete()
    put(rows()[:3], head=True)
    assert problem() is None
    with pytest.raises(CommandError, match=r"entry 4 \(truncated\)"):
        call_command("audit", "verify", "--checkpoints", str(kept))
    last = AuditVerification.objects.latest("pk")
    assert (last.ok, last.first_bad) == (False, 4)
    kept.write_text('{"seq": 1}\n')
    with pytest.raises(CommandError, match="line 1 is no checkpoint"):
        call_command("audit", "verify", "--checkpoints", str(kept))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("audit", "verify", "--checkpoints", str(tmp_path / "none"))


def test_the_command_says_what_is_proven(signer: Signer) -> None:
    enter(3)
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    assert "No checkpoint" in out.getvalue()
    call_command("audit", "checkpoint", stdout=out)
    assert json.loads(out.getvalue().splitlines()[-1])["seq"] == 3
    call_command("audit", "checkpoint", stdout=out)
    assert "Nothing was entered" in out.getvalue()
    call_command("audit", "verify", stdout=out)
    assert "signed it up to entry 3" in out.getvalue()
    unguarded()
    call_command("audit", "verify", stdout=out)
    assert "triggers are missing" in out.getvalue()
    assert AuditVerification.objects.latest("pk").ok


def test_the_key_command_makes_a_key_that_can_be_read(tmp_path: Path, settings: Any) -> None:
    out, path = StringIO(), tmp_path / "key.pem"
    settings.AUDIT_KEY = ""
    with pytest.raises(CommandError, match="is not set"):
        call_command("audit", "key")
    with pytest.raises(CommandError, match="is not set"):
        call_command("audit", "checkpoint")
    call_command("audit", "key", "--new", str(path), stdout=out)
    assert path.stat().st_mode & 0o777 == 0o600
    made = keyring.read(path.read_text())
    assert made.public_key in out.getvalue()
    with pytest.raises(CommandError, match="Name a new file"):
        call_command("audit", "key", "--new", str(path))
    settings.AUDIT_KEY = base64.b64encode(made.key.private_bytes_raw()).decode()
    call_command("audit", "key", stdout=out)
    assert out.getvalue().count(made.key_id) == 2


@pytest.mark.parametrize("text", ["x", "AAAA", "-----BEGIN nonsense", "é" * 44])
def test_what_is_no_key_is_said_so(text: str, settings: Any) -> None:
    with pytest.raises(BadKey):
        keyring.read(text)
    settings.AUDIT_KEY = text
    with pytest.raises(CommandError, match="AVIARY_AUDIT_KEY"):
        call_command("audit", "verify")


class Receiver(HTTPServer):
    """Takes checkpoints; refuses the first `refusing` of them."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[bytes] = []
        self.refusing = 0
        Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/log?secret=1"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refused = self.server.refusing > 0
        self.server.refusing -= refused
        if not refused:
            self.server.taken.append(body)
        self.send_response(503 if refused else 204)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.shutdown()
    found.server_close()


async def test_every_place_gets_every_checkpoint(
    receiver: Receiver, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for line in (b'{"seq":1}\n', b'{"seq":2}\n'):
        for sink in (receiver.url, str(tmp_path / "log.jsonl"), "stdout"):
            await tell(sink, line)
    assert receiver.taken == [b'{"seq":1}\n', b'{"seq":2}\n']
    assert (tmp_path / "log.jsonl").read_bytes() == b"".join(receiver.taken)
    assert capsys.readouterr().out == b"".join(receiver.taken).decode()


async def test_what_a_place_does_not_take_is_told_again_in_order(
    receiver: Receiver, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    telling = Telling([receiver.url, str(tmp_path / "kept")])
    receiver.refusing = 1
    for seq in (1, 2):
        telling.add(AuditCheckpoint(seq=seq, hash="h", at="2026-01-01T00:00:00.000000+00:00"))
    await telling.flush()
    assert receiver.taken == []
    assert "secret" not in caplog.text
    await telling.flush()
    assert [json.loads(line)["seq"] for line in receiver.taken] == [1, 2]
    assert len((tmp_path / "kept").read_text().splitlines()) == 2
    with pytest.raises(SinkFailed):
        await tell(str(tmp_path / "no" / "folder"), b"x\n")


def test_sinks_are_checked_before_they_are_used() -> None:
    wrong = [
        each
        for each in ("stdout", "https://a/b", "/var/log/x", "stderr", "log/x")
        if checkpoint_sinks.problem(each)
    ]
    assert wrong == ["stderr", "log/x"]


def test_the_server_signs_at_its_interval(signer: Signer, settings: Any) -> None:
    settings.AUDIT_CHECKPOINT_MINUTES = 15
    enter(1)
    assert log_keeping.sign(signer)
    enter(1)
    assert log_keeping.sign(signer) is None
    unguarded()
    AuditCheckpoint.objects.update(at=AuditCheckpoint.objects.get().at - timedelta(minutes=15))
    made = log_keeping.sign(signer)
    assert made
    assert made.seq == 2
