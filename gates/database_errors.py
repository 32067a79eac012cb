"""Which errors say that the database is away, and not that something is wrong with what it was told."""

from __future__ import annotations

from django.db import InterfaceError, InternalError, OperationalError

# Internal: a standby takes no changes, as while PostgreSQL fails over (SQLSTATE 25006).
AWAY = (OperationalError, InterfaceError, InternalError)


def takes_no_changes(error: BaseException) -> bool:
    """It answers, and is read-only for now."""
    return getattr(error.__cause__, "sqlstate", "") == "25006"
