"""The guards of the log in SQLite."""

from __future__ import annotations

from django.db.backends.utils import CursorWrapper

from gates.guarded import (
    COLUMNS,
    COVERED,
    ENTRIES,
    FOLLOWS,
    KEYS,
    MAY_BE_NULL,
    MISFIT,
    NUMBERS,
    REFUSAL,
    STRAY,
    TOMBSTONES,
)


def install(cursor: CursorWrapper) -> None:
    """Create the triggers, those that are there already anew."""
    remove(cursor)
    for statement in _triggers().values():
        cursor.execute(statement)


def remove(cursor: CursorWrapper) -> None:
    """Drop them."""
    for name in _triggers():
        cursor.execute(f"DROP TRIGGER IF EXISTS {name}")


def missing(cursor: CursorWrapper) -> list[str]:
    """Those that are not there word by word, as SQLite keeps what it was told."""
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    found = dict(cursor.fetchall())
    return [name for name, statement in _triggers().items() if found.get(name) != statement]


def _triggers() -> dict[str, str]:
    """By name: the statement that makes it."""
    made: dict[str, str] = {}
    for table, keys in KEYS.items():
        # INSERT OR REPLACE deletes without asking the trigger for deletions.
        same = " OR ".join(f"{key} = NEW.{key}" for key in (*keys, "rowid"))
        there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608
        uncovered = f"NOT {COVERED}" if table == ENTRIES else ""
        made |= _trigger(table, "no_update", "UPDATE", "", REFUSAL)
        made |= _trigger(table, "no_delete", "DELETE", uncovered, REFUSAL)
        made |= _trigger(table, "no_insert", "INSERT", there, REFUSAL)
        # A column takes any kind of value here: one that is no number stands beside the same number, and
        # what cannot be read stops the proof.
        made |= _trigger(table, "no_misfit", "INSERT", _misfit(COLUMNS[table]), MISFIT)
    return made | _trigger(TOMBSTONES, "no_stray", "INSERT", f"{FOLLOWS} IS NOT TRUE", STRAY)


def _trigger(table: str, name: str, event: str, when: str, text: str) -> dict[str, str]:
    name, condition = f"{table}_{name}", f"WHEN {when} " if when else ""
    body = f"BEGIN SELECT RAISE(ABORT, '{text}'); END"
    return {name: f"CREATE TRIGGER {name} BEFORE {event} ON {table} {condition}{body}"}


def _misfit(columns: tuple[str, ...]) -> str:
    return " OR ".join(f'typeof(NEW."{name}") {_not(name)}' for name in columns)


def _not(column: str) -> str:
    kind = "integer" if column in NUMBERS else "text"
    return f"NOT IN ('{kind}', 'null')" if column in MAY_BE_NULL else f"<> '{kind}'"
