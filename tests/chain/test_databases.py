"""On both databases: many processes write one chain, a kill leaves it whole, raw SQL changes nothing, and
the first version's log is taken over."""

from __future__ import annotations

from pathlib import Path

import pytest

from gates import guarded
from tests.chain.raw import ERRORS, Raw, prepared, writers
from tests.gates.conftest import DATABASES, database
from tests.support.server import NewServer, Server, ServerError

FIRST = {
    "seq": 1, "at": "2026-11-24 18:00:00", "action": "gate.opened", "outcome": "changed",
    "actor_kind": "person", "actor": "minji", "via": "page", "subject": "", "cluster": "default",
    "namespace": "payments",
    "name": "checkout", "kind": "gate", "revision": "", "images": "[]", "phase": "", "before": "{}",
    "after": '{"open":true}', "reason": "ü", "source": "", "user_agent": "", "request_id": "",
    "prev_hash": "",
    # As the first version computed it.
    "hash": "745d9f9a0d6dc5a52bdbf95208e160a0c73f331eb5c66e4df0c23efa3bf48b4b",
}  # fmt: skip


@pytest.fixture(params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    """A database that is ready; nothing serves it."""
    return prepared(request, request.param, tmp_path)


def acknowledged(output: str) -> dict[int, str]:
    """By number."""
    whole = output[: output.rfind("\n") + 1]
    return {int(line.split()[0]): line.split()[1] for line in whole.splitlines()}


def test_several_processes_write_one_chain(server: Server) -> None:
    found: dict[int, str] = {}
    for process in writers(server, 3, 40):
        output, _none = process.communicate(timeout=100)
        assert process.returncode == 0
        found |= acknowledged(output)
    assert sorted(found) == list(range(1, 121))
    assert "sound: 120 entries, up to number 120" in server.manage("audit", "verify")
    assert dict(Raw(server).run("SELECT seq, hash FROM gates_auditentry")) == found


def test_a_kill_in_the_middle_of_writing_loses_nothing_that_was_acknowledged(server: Server) -> None:
    (process,) = writers(server, 1, 0)
    assert process.stdout
    told = [process.stdout.readline() for _line in range(25)]
    process.kill()
    rest, _none = process.communicate(timeout=20)
    found = acknowledged("".join(told) + rest)
    assert len(found) >= 25
    assert "The audit log is sound" in server.manage("audit", "verify")
    kept = dict(Raw(server).run("SELECT seq, hash FROM gates_auditentry"))
    assert found.items() <= kept.items()
    # The next one goes on without a gap.
    (process,) = writers(server, 1, 4)
    process.communicate(timeout=60)
    assert f"sound: {len(kept) + 4} entries" in server.manage("audit", "verify")


def test_the_database_refuses_raw_sql(server: Server, tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    server.manage("audit", "key", "--new", str(key))
    server.environment["AVIARY_AUDIT_KEY_FILE"] = str(key)
    for _time in range(2):
        (process,) = writers(server, 1, 3)
        process.communicate(timeout=60)
        server.manage("audit", "checkpoint")
    assert "Pruned 6 entries" in server.manage("audit", "prune", "--before", "9999-01-01")
    raw = Raw(server)
    (process,) = writers(server, 1, 3)
    process.communicate(timeout=60)
    tables = {guarded.ENTRIES: "seq", guarded.CHECKPOINTS: "id", guarded.TOMBSTONES: "id"}
    for table, number in tables.items():
        before = raw.run(f"SELECT * FROM {table} ORDER BY {number}")
        assert before, table
        attempts = [f"UPDATE {table} SET {number} = {number}", f"DELETE FROM {table}"]
        if raw.postgres:
            attempts += [
                f"TRUNCATE {table} CASCADE",
                f"SET session_replication_role = replica; DELETE FROM {table}",
            ]
        else:
            attempts += [
                f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
                f"UPDATE OR REPLACE {table} SET {number} = {number}",
            ]
        for attempt in attempts:
            with pytest.raises(ERRORS, match="insert-only"):
                raw.run(attempt)
        assert raw.run(f"SELECT * FROM {table} ORDER BY {number}") == before
    said = server.manage("audit", "verify")
    assert "The audit log is sound: 4 entries, up to number 10" in said
    assert "triggers" not in said
    on = f" ON {guarded.ENTRIES}" if raw.postgres else ""
    raw.run(f"DROP TRIGGER {guarded.ENTRIES}_no_update{on}")
    assert f"triggers are missing or changed ({guarded.ENTRIES}_no_update)" in server.manage(
        "audit", "verify"
    )


@pytest.mark.parametrize("kind", DATABASES)
def test_the_log_of_the_first_version_is_taken_over(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    server = NewServer(tmp_path / "data", **database(request, kind, empty=True))
    server.manage("migrate", "gates", "0003", "--verbosity=0")
    raw = Raw(server)
    names = ", ".join(FIRST)
    values = ", ".join(f"'{value}'" for value in FIRST.values())
    raw.run(f"INSERT INTO gates_auditentry ({names}) VALUES ({values})")
    raw.run(f"UPDATE gates_audithead SET seq = 1, hash = '{FIRST['hash']}'")
    server.manage("migrate", "--verbosity=0")
    assert "sound: 2 entries" in server.manage("audit", "verify")
    first, second = raw.run("SELECT seq, form, action, hash, prev_hash FROM gates_auditentry ORDER BY seq")
    assert first[:4] == (1, 1, "gate.opened", FIRST["hash"])
    assert (second[:3], second[4]) == ((2, 2, "log.migrated"), FIRST["hash"])
    (process,) = writers(server, 1, 4)
    process.communicate(timeout=60)
    assert "sound: 6 entries" in server.manage("audit", "verify")
    with pytest.raises(ERRORS, match="insert-only"):
        raw.run("UPDATE gates_auditentry SET reason = 'edited' WHERE seq = 1")
    if raw.postgres:
        raw.run("ALTER TABLE gates_auditentry DISABLE TRIGGER USER")
    else:
        raw.run("DROP TRIGGER gates_auditentry_no_update")
    raw.run("UPDATE gates_auditentry SET reason = 'edited' WHERE seq = 1")
    with pytest.raises(ServerError, match=r"entry 1 \(edited\)"):
        server.manage("audit", "verify")


def test_a_new_log_begins_without_an_entry_about_an_old_one(server: Server) -> None:
    assert Raw(server).run("SELECT count(*) FROM gates_auditentry") == [(0,)]
