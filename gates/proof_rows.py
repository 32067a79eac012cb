"""Rows as the proof reads them: one that cannot be read is found like any other that was edited.

Somebody with every right on the database can write what no column of this kind holds: text that is not
UTF-8, a time that is none, JSON that is nested too deeply.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import DataError, OperationalError
from django.db.models import BigIntegerField, Model, QuerySet

from gates import chain

Fields = dict[str, Any]
BIGGEST = BigIntegerField.MAX_BIGINT
_BAD = (DataError, OperationalError, *chain.UNFIT)


def read(rows: QuerySet[Any], names: Sequence[str], number: str) -> list[Fields]:
    """The rows in their order. Behind the first one that cannot be read none follows, and all of its fields
    are None but `number`, where that can be read, and `id`, where that was asked for. Raises django.db.Error
    when the database does not answer.
    """
    try:
        return [dict(zip(names, row, strict=True)) for row in rows.values_list(*names)]
    except _BAD as error:
        _raise_when_away(error)
        return list(_one_by_one(rows, names, number))


def entry_number(value: object) -> int | None:
    """The value, where it can be the number of an entry: SQLite keeps text in such columns as well."""
    return value if type(value) is int and 0 < value <= BIGGEST else None


def _one_by_one(rows: QuerySet[Any], names: Sequence[str], number: str) -> Iterator[Fields]:
    for key in list(rows.values_list("pk", flat=True)):
        row = rows.model._default_manager.filter(pk=key)
        whole = _first(row, names)
        if whole:
            yield whole
        elif whole is None:
            known = {"id": key} if "id" in names else {}
            yield {**dict.fromkeys(names), **known, number: (_first(row, [number]) or {}).get(number)}
            return


def _first(row: QuerySet[Model], names: Sequence[str]) -> Fields | None:
    """The row, empty when it is not there any more; None when it cannot be read."""
    try:
        return next((dict(zip(names, each, strict=True)) for each in row.values_list(*names)), {})
    except _BAD as error:
        _raise_when_away(error)
        return None


def _raise_when_away(error: Exception) -> None:
    # What SQLite itself says has a code. Without one it is Python's module, which cannot decode a text.
    cause = error.__cause__
    undecoded = type(cause) is sqlite3.OperationalError and not hasattr(cause, "sqlite_errorcode")
    if isinstance(error, OperationalError) and not undecoded:
        raise error
