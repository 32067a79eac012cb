"""The database itself refuses to change the log: triggers, put there by a migration.

Refused is whatever updates, deletes, replaces or truncates entries, checkpoints or tombstones. Entries
that a tombstone covers may be deleted: that is pruning, which enters the tombstone first. A tombstone that
does not follow the one before is refused as well.

SQLite loses triggers when a migration rebuilds the table (every AlterField does), and refuses to while
another table's trigger reads it: such a migration begins with `remove` and ends with `install`.
"""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper

from gates import guards_postgres, guards_sqlite


def install(connection: BaseDatabaseWrapper) -> None:
    """Create the triggers, those that are there already anew."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            guards_sqlite.install(cursor)
        else:
            guards_postgres.install(cursor)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Drop them, for a migration that rebuilds a table and for tests that play the attacker."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            guards_sqlite.remove(cursor)
        else:
            guards_postgres.remove(cursor)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """The triggers that are not there, do not fire, or do something else than `install` has them do."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            return guards_sqlite.missing(cursor)
        return guards_postgres.missing(cursor)
