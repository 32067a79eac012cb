"""The guards of the log in PostgreSQL: one function for all triggers."""

from __future__ import annotations

from typing import Any

from django.db.backends.utils import CursorWrapper

from gates.guarded import COVERED, ENTRIES, FOLLOWS, KEYS, REFUSAL, STRAY, TOMBSTONES

NAME = "gates_audit_guard"
BODY = f"""
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = '{ENTRIES}' THEN
    IF {COVERED} THEN RETURN OLD; END IF;
  ELSIF TG_OP = 'INSERT' AND TG_TABLE_NAME = '{TOMBSTONES}' THEN
    IF {FOLLOWS} THEN RETURN NEW; END IF;
    RAISE EXCEPTION '{STRAY}';
  END IF;
  RAISE EXCEPTION '{REFUSAL}';
END
"""
# By the words that make it: how PostgreSQL keeps it, bits of pg_trigger.tgtype.
ROW, BEFORE = 1, 2
BITS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
# Fires for everybody, also for sessions that replay a replica's changes, which skip ordinary triggers.
ALWAYS = "A"
FOUND = """
SELECT c.relname, t.tgname, t.tgtype, t.tgenabled::text, t.tgqual IS NULL AND t.tgattr = ''::int2vector,
       f.prosrc, f.proconfig, l.lanname
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_proc f ON f.oid = t.tgfoid
JOIN pg_language l ON l.oid = f.prolang
WHERE c.relnamespace::regnamespace::text = %s
"""


def install(cursor: CursorWrapper) -> None:
    """Create the function and the triggers, those that are there already anew. Who reads does not wait."""
    schema = _schema(cursor)
    cursor.execute(
        f"CREATE OR REPLACE FUNCTION {schema}.{NAME}() RETURNS trigger LANGUAGE plpgsql"
        f" SET search_path = {_path(schema)} AS $${BODY}$$"
    )
    for table, name, event in _triggers():
        each = "STATEMENT" if event == "TRUNCATE" else "ROW"
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON {schema}.{table} FOR EACH {each}"
            f" EXECUTE FUNCTION {schema}.{NAME}()"
        )
        cursor.execute(f"ALTER TABLE {schema}.{table} ENABLE ALWAYS TRIGGER {name}")


def remove(cursor: CursorWrapper) -> None:
    """Drop the triggers."""
    for table, name, _event in _triggers():
        cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}")


def missing(cursor: CursorWrapper) -> list[str]:
    """Those that are not there, do not always fire, or call a function that does something else."""
    schema = _schema(cursor)
    cursor.execute(FOUND, [schema])
    found = {(table, name): rest for table, name, *rest in cursor.fetchall()}
    return [name for table, name, event in _triggers() if found.get((table, name)) != _kept(schema, event)]


def _kept(schema: str, event: str) -> list[Any]:
    """As FOUND has it, after the names."""
    bits = BEFORE | BITS[event] | (0 if event == "TRUNCATE" else ROW)
    return [bits, ALWAYS, True, BODY, [f"search_path={_path(schema)}"], "plpgsql"]


def _path(schema: str) -> str:
    """Where the function looks for tables and operators: last where anybody may put a table of any name."""
    return f"pg_catalog, {schema}, pg_temp"


def _schema(cursor: CursorWrapper) -> str:
    """The one that has the tables, in quotes where it needs them."""
    cursor.execute(
        "SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass(%s)", [ENTRIES]
    )
    row = cursor.fetchone()
    return str(row[0]) if row else "public"


def _triggers() -> list[tuple[str, str, str]]:
    """Their tables, names and events."""
    made = [
        (table, f"{table}_no_{event.lower()}", event)
        for table in KEYS
        for event in ("UPDATE", "DELETE", "TRUNCATE")
    ]
    return [(TOMBSTONES, f"{TOMBSTONES}_no_stray", "INSERT"), *made]
