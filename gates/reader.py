"""Reads one gate for one answer, from the database each time: two processes on it agree at once.

Django's connections belong to threads and cost a millisecond a query; what Flagger asks is answered on
the event loop, by the two readers chosen here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, Protocol

from django.db import connection, models

from gates.keys import GateKey
from gates.models import Gate
from gates.rules import GateState

Converter = tuple[int, Callable[[Any], Any]]


class DatabaseUnavailable(Exception):
    """The database did not answer in time."""


class Reader(Protocol):
    """One gate at a time; a gate that nobody has touched is closed."""

    async def get(self, key: GateKey, deadline: float) -> GateState:
        """The gate as it is now; raises DatabaseUnavailable at `deadline` (the event loop's clock)."""

    async def close(self) -> None:
        """Let go of the database."""


COLUMNS: tuple[models.Field[Any, Any], ...] = tuple(
    Gate._meta.get_field(field.name)  # type: ignore[misc]  # none of them is a relation
    for field in fields(GateState)
)


def select(condition: str, *extra: str) -> str:
    """The query for the columns in COLUMNS, after the `extra` ones; names are Django's own, quoted."""
    quote = connection.ops.quote_name
    names = [quote(name) for name in (*extra, *(str(field.column) for field in COLUMNS))]
    table, key = quote(Gate._meta.db_table), quote("key")
    return f"SELECT {', '.join(names)} FROM {table} WHERE {key} {condition}"  # noqa: S608


def converters(vendor: str) -> list[Converter]:
    """What has to be done to which places of a row: SQLite keeps truth as numbers and time as text."""
    makes: dict[type, Callable[[Any], Any]] = {}
    if vendor == "sqlite":
        makes = {models.BooleanField: bool, models.DateTimeField: _utc}
    return [(place, makes[type(field)]) for place, field in enumerate(COLUMNS) if type(field) in makes]


def state(row: Sequence[Any], convert: Sequence[Converter]) -> GateState:
    """A row of COLUMNS as the rules see it."""
    values = list(row)
    for place, make in convert:
        values[place] = make(values[place])
    return GateState(*values)


def open_reader() -> Reader:
    """The reader for the database in the settings."""
    # Both import from this file.
    from gates.reader_postgres import PostgresReader
    from gates.reader_sqlite import SqliteReader

    if connection.vendor == "postgresql":
        return PostgresReader()
    return SqliteReader()


def _utc(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")
