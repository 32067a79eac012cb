"""What the database refuses besides changes, and that guards which were changed are noticed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dj_database_url
import psycopg
import pytest
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler

from gates import guarded, guards
from gates.guarded import CHECKPOINTS, ENTRIES, TOMBSTONES
from tests.chain.raw import ERRORS, Raw, prepared, write
from tests.gates.conftest import DATABASES, database
from tests.support.postgres import Postgres
from tests.support.server import NewServer, Server, ServerError

EVIL_OPERATOR = """
CREATE FUNCTION evil.yes(bigint, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR evil.>= (FUNCTION = evil.yes, LEFTARG = bigint, RIGHTARG = bigint);
CREATE OPERATOR evil.<= (FUNCTION = evil.yes, LEFTARG = bigint, RIGHTARG = bigint);
SET search_path = evil, pg_catalog, public
"""
# As the version before made it.
OLD_FUNCTION = f"""
CREATE OR REPLACE FUNCTION gates_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = '{ENTRIES}' THEN
    IF EXISTS (SELECT 1 FROM {TOMBSTONES} WHERE OLD.seq BETWEEN first_seq AND last_seq)
    THEN RETURN OLD; END IF;
  END IF;
  RAISE EXCEPTION 'The audit log is insert-only.';
END $$
"""
OLD_INSERT = f"""
CREATE TRIGGER {TOMBSTONES}_no_insert BEFORE INSERT ON {TOMBSTONES}
WHEN EXISTS (SELECT 1 FROM {TOMBSTONES} WHERE id = NEW.id OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'The audit log is insert-only.'); END
"""
MISFITS = [
    ("seq", "'four'"), ("seq", "x'34'"), ("seq", "4.5"), ("form", "'two'"), ("weight", "'all'"),
    ("decision", "x'00'"), ("actor", "x'ff'"), ("at", "x'00'"), ("at", "20261130"), ("hash", "x'00'"),
]  # fmt: skip
NO_UPDATE = f"{ENTRIES}_no_update"


@pytest.fixture(params=DATABASES)
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    """On each database."""
    return prepared(request, request.param, tmp_path)


@pytest.fixture
def sqlite(request: pytest.FixtureRequest, tmp_path: Path) -> Server:
    """On SQLite only."""
    return prepared(request, "sqlite", tmp_path)


@pytest.fixture
def opened(server: Server, django_db_blocker: Any) -> Iterator[BaseDatabaseWrapper]:
    """Its database, as Django has it."""
    address = server.environment.get("DATABASE_URL", f"sqlite:///{server.data_dir}/aviary.sqlite3")
    with django_db_blocker.unblock():
        made = ConnectionHandler({"default": dj_database_url.parse(address)})["default"]
        yield made
        made.close()


def stone(first: int, last: int, previous: str, kept: str, verb: str = "INSERT") -> str:
    """A statement that enters a tombstone nobody has signed."""
    count = last - first + 1
    return (
        f"{verb} INTO {TOMBSTONES} (first_seq, last_seq, prev_hash, last_hash, count, at, export_sha256,"
        f" key_id, public_key, signature) VALUES ({first}, {last}, '{previous}', '{kept}', {count},"
        " '2026-11-30 12:00:00+00:00', 'e', 'k', 'p', 's')"
    )


def test_a_tombstone_that_does_not_follow_unlocks_nothing(server: Server) -> None:
    raw, (first, second, third) = Raw(server), [kept for _seq, kept in write(server, 3)]
    strays = [(1, 9, "", third), (1, 3, "", "h"), (2, 3, "", third), (1, 3, first, third), (1, 0, "", "")]
    for stray in strays:
        with pytest.raises(ERRORS, match="has to follow"):
            raw.run(stone(*stray))
    raw.run(stone(1, 2, "", second))
    for stray in [(3, 3, "", third), (4, 3, second, third), (3, 2, second, second)]:
        with pytest.raises(ERRORS, match="has to follow"):
            raw.run(stone(*stray))
    with pytest.raises(ERRORS, match="insert-only"):
        raw.run(stone(1, 3, "", third))
    with pytest.raises(ERRORS, match="insert-only"):
        raw.run(f"DELETE FROM {ENTRIES} WHERE seq = 3")
    # That nobody signed it is beyond a trigger.
    raw.run(f"DELETE FROM {ENTRIES} WHERE seq <= 2")
    raw.run(stone(3, 3, second, third))
    with pytest.raises(ServerError, match=r"entry 1 \(signature\)"):
        server.manage("audit", "verify")


def test_sqlite_replaces_no_tombstone_by_another_with_the_same_numbers(sqlite: Server) -> None:
    raw, hashes = Raw(sqlite), ["", *(kept for _seq, kept in write(sqlite, 3))]
    raw.run(stone(1, 2, "", hashes[2]))
    for first, last in [(1, 2), (1, 3), (2, 2)]:
        with pytest.raises(ERRORS, match="insert-only"):
            raw.run(stone(first, last, hashes[first - 1], hashes[last], "INSERT OR REPLACE"))
    assert raw.run(f"SELECT id, first_seq, last_seq FROM {TOMBSTONES}") == [(1, 1, 2)]


@pytest.mark.parametrize("table", [ENTRIES, CHECKPOINTS, TOMBSTONES])
def test_sqlite_guards_every_column_that_is_unique(sqlite: Server, table: str) -> None:
    raw = Raw(sqlite)
    unique = {name for _seq, name, *_more, key in raw.run(f"PRAGMA table_info({table})") if key}
    for _number, index, is_unique, *_rest in raw.run(f"PRAGMA index_list({table})"):
        if is_unique:
            unique |= {name for _rank, _seq, name in raw.run(f"PRAGMA index_info({index})")}
    assert set(guarded.KEYS[table]) == unique


def test_sqlite_takes_no_entry_with_a_value_of_another_kind(sqlite: Server) -> None:
    write(sqlite, 3)
    raw = Raw(sqlite)
    names = [name for _number, name, *_rest in raw.run(f"PRAGMA table_info({ENTRIES})")]
    for column, value in MISFITS:
        values = ", ".join({"seq": "4", column: value}.get(name, f'"{name}"') for name in names)
        with pytest.raises(ERRORS, match="kinds of values"):
            raw.run(f"INSERT INTO {ENTRIES} SELECT {values} FROM {ENTRIES} WHERE seq = 3")
    assert "sound: 3 entries" in sqlite.manage("audit", "verify")


@pytest.mark.postgres
def test_postgres_looks_for_tombstones_where_nobody_else_puts_them(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    server = prepared(request, "postgres", tmp_path)
    raw, hashes, role = Raw(server), write(server, 3), f"limited_{secrets.token_hex(4)}"
    raw.run(stone(1, 1, "", hashes[0][1]))
    raw.run(f"CREATE ROLE {role} LOGIN; GRANT SELECT, DELETE ON {ENTRIES}, {TOMBSTONES} TO {role}")
    raw.run(f"CREATE SCHEMA evil AUTHORIZATION {role}")
    shadow = f"CREATE TEMP TABLE {TOMBSTONES} AS SELECT 1::bigint AS first_seq, 9::bigint AS last_seq"
    try:
        for trick in (shadow, EVIL_OPERATOR):
            with psycopg.connect(raw.url.replace("aviary@", f"{role}@")) as limited:
                limited.execute(trick)
                with pytest.raises(psycopg.Error, match="insert-only"):
                    limited.execute(f"DELETE FROM {ENTRIES} WHERE seq > 1")
                limited.rollback()
    finally:
        raw.run(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}")
    assert raw.run(f"SELECT seq, hash FROM {ENTRIES} ORDER BY seq") == hashes


@pytest.mark.postgres
def test_postgres_guards_tables_in_a_schema_of_any_name(postgres: Postgres, tmp_path: Path) -> None:
    server = NewServer(tmp_path / "data", DATABASE_URL=postgres.create(empty=True))
    raw = Raw(server)
    raw.run('CREATE SCHEMA "The Log"')
    raw.run(f'ALTER DATABASE {raw.url.rsplit("/", 1)[1]} SET search_path = "The Log"')
    server.manage("migrate", "--verbosity=0")
    ((_seq, kept),) = write(server, 1)
    assert "triggers" not in server.manage("audit", "verify")
    with pytest.raises(ERRORS, match="insert-only"):
        raw.run(f"DELETE FROM {ENTRIES}")
    raw.run(stone(1, 1, "", kept))
    raw.run(f"DELETE FROM {ENTRIES}")


def changes(vendor: str) -> Iterator[tuple[list[str], str]]:
    """Guards that are there by name and guard nothing: statements, and one of those that are changed."""
    if vendor == "sqlite":
        for table in guarded.KEYS:
            for event in ("update", "delete", "insert"):
                name = f"{table}_no_{event}"
                nothing = f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN 0 BEGIN SELECT 1; END"
                yield [f"DROP TRIGGER {name}", nothing], name
        return
    calls, path = "EXECUTE FUNCTION gates_audit_guard()", "SET search_path = pg_catalog, public, pg_temp"
    nothing = f"() RETURNS trigger LANGUAGE plpgsql {path} AS $$ BEGIN RETURN OLD; END $$"
    for statement in (
        f"CREATE OR REPLACE FUNCTION gates_audit_guard{nothing}",
        "ALTER FUNCTION gates_audit_guard() RESET search_path",
        "ALTER FUNCTION gates_audit_guard() SET search_path = pg_temp, public",
        f"ALTER TABLE {ENTRIES} DISABLE TRIGGER {NO_UPDATE}",
        f"ALTER TABLE {ENTRIES} ENABLE TRIGGER {NO_UPDATE}",
    ):
        yield [statement], NO_UPDATE
    for otherwise in (
        f"UPDATE ON {ENTRIES} FOR EACH ROW WHEN (false) {calls}",
        f"UPDATE OF hash ON {ENTRIES} FOR EACH ROW {calls}",
        f"UPDATE ON {ENTRIES} FOR EACH STATEMENT {calls}",
        f"INSERT ON {ENTRIES} FOR EACH ROW {calls}",
        f"UPDATE ON {ENTRIES} FOR EACH ROW EXECUTE FUNCTION nothing()",
        f"UPDATE ON gates_gate FOR EACH ROW {calls}",
    ):
        table = otherwise.split(" ON ")[1].split()[0]
        yield (
            [
                f"CREATE FUNCTION nothing{nothing}",
                f"DROP TRIGGER {NO_UPDATE} ON {ENTRIES}",
                f"CREATE TRIGGER {NO_UPDATE} BEFORE {otherwise}",
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {NO_UPDATE}",
            ],
            NO_UPDATE,
        )


def test_a_guard_that_was_changed_is_noticed(opened: BaseDatabaseWrapper) -> None:
    assert guards.missing(opened) == []
    with opened.cursor() as cursor:
        for statements, changed in changes(opened.vendor):
            cursor.execute("BEGIN")
            for statement in statements:
                cursor.execute(statement)
            assert changed in guards.missing(opened), statements
            cursor.execute("ROLLBACK")
    assert guards.missing(opened) == []
    guards.remove(opened)
    assert NO_UPDATE in guards.missing(opened)
    guards.install(opened)
    assert guards.missing(opened) == []


@pytest.mark.parametrize("kind", DATABASES)
def test_the_guards_of_the_version_before_are_replaced(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str
) -> None:
    server = NewServer(tmp_path / "data", **database(request, kind, empty=True))
    server.manage("migrate", "gates", "0012", "--verbosity=0")
    raw = Raw(server)
    if raw.postgres:
        raw.run(f"DROP TRIGGER {TOMBSTONES}_no_stray ON {TOMBSTONES}; {OLD_FUNCTION}")
    else:
        for name in ("no_stray", "no_misfit", "no_insert"):
            raw.run(f"DROP TRIGGER {TOMBSTONES}_{name}")
        raw.run(OLD_INSERT)
    assert f"changed ({TOMBSTONES}_no" in server.manage("audit", "verify")
    server.manage("migrate", "--verbosity=0")
    for _way in ("there", "and back"):
        assert "triggers" not in server.manage("audit", "verify")
        with pytest.raises(ERRORS, match="has to follow"):
            raw.run(stone(1, 9, "", "h"))
        server.manage("migrate", "gates", "0012", "--verbosity=0")
