"""The database itself refuses to change the log: triggers, put there by a migration.

Refused is whatever updates, deletes, replaces or truncates entries, checkpoints or tombstones. Entries
that a tombstone covers may be deleted: that is pruning, which enters the tombstone first.

SQLite loses triggers when a migration rebuilds the table (every AlterField does): such a migration ends
with `install` again.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

ENTRIES, CHECKPOINTS, TOMBSTONES = "gates_auditentry", "gates_auditcheckpoint", "gates_audittombstone"
KEYS = {ENTRIES: "seq", CHECKPOINTS: "id", TOMBSTONES: "id"}
REFUSAL = "The audit log is insert-only."
COVERED = f"EXISTS (SELECT 1 FROM {TOMBSTONES} WHERE OLD.seq BETWEEN first_seq AND last_seq)"  # noqa: S608
FUNCTION = f"""
CREATE OR REPLACE FUNCTION gates_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = '{ENTRIES}' THEN
    IF {COVERED} THEN RETURN OLD; END IF;
  END IF;
  RAISE EXCEPTION '{REFUSAL}';
END $$
"""


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers, those that are there already anew."""
    remove(connection)
    statements = _sqlite() if connection.vendor == "sqlite" else _postgres()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop them, for a migration that rebuilds a table and for tests that play the attacker."""
    with connection.cursor() as cursor:
        for table, name in _names(connection):
            suffix = "" if connection.vendor == "sqlite" else f" ON {table}"
            cursor.execute(f"DROP TRIGGER IF EXISTS {name}{suffix}")


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that are not there, or do not fire."""
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.vendor == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'"
    with connection.cursor() as cursor:
        cursor.execute(query)
        found = {name for (name,) in cursor.fetchall()}
    return [name for _table, name in _names(connection) if name not in found]


def _names(connection: BaseDatabaseWrapper) -> list[tuple[str, str]]:
    last = "insert" if connection.vendor == "sqlite" else "truncate"
    return [(table, f"{table}_no_{what}") for table in KEYS for what in ("update", "delete", last)]


def _sqlite() -> list[str]:
    made = []
    refuse = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for table, key in KEYS.items():
        kept = f"WHEN NOT {COVERED} " if table == ENTRIES else ""
        # INSERT OR REPLACE deletes without asking the trigger for deletions.
        there = f"SELECT 1 FROM {table} WHERE {key} = NEW.{key} OR rowid = NEW.rowid"  # noqa: S608
        made += [
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}",
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {kept}{refuse}",
            f"CREATE TRIGGER {table}_no_insert BEFORE INSERT ON {table} WHEN EXISTS ({there}) {refuse}",
        ]
    return made


def _postgres() -> list[str]:
    made = [FUNCTION]
    for table in KEYS:
        for what, each in (("update", "ROW"), ("delete", "ROW"), ("truncate", "STATEMENT")):
            name = f"{table}_no_{what}"
            made += [
                f"CREATE TRIGGER {name} BEFORE {what} ON {table} FOR EACH {each}"
                " EXECUTE FUNCTION gates_audit_guard()",
                # Also for sessions that replay a replica's changes, which skip ordinary triggers.
                f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
            ]
    return made
