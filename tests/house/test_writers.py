"""Each table has one file that writes it; only `gates/audit.py` writes entries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.sources import python_files, short, tree

METHODS = {
    "save",
    "delete",
    "create",
    "update",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}
WRITES = METHODS | {f"a{name}" for name in METHODS}
# Names of the models, and of the variables that hold their rows, by the only file that may write them.
DOORS = {
    "gates/decisions.py": {"Gate", "gate", "gates"},
    "gates/audit.py": {"AuditEntry", "AuditHead", "entry", "entries", "head"},
    "gates/checkpoints.py": {"AuditCheckpoint", "checkpoint"},
    "gates/pruning.py": {"AuditTombstone", "stone"},
    "gates/approvals.py": {"Approval", "approval", "_new"},
    "gates/episodes.py": {"Episode", "episode", "_open"},
    "gates/freezing.py": {"Freeze", "Exemption", "freeze", "exemption"},
    "gates/roles.py": {"RoleGrant", "grant"},
    "gates/webhook_tokens.py": {"WebhookToken"},
    "gates/api_tokens.py": {"TokenScope", "scope"},
    "gates/outside.py": {"OutsideAccount"},
    "gates/indexing.py": {"AuditTerm", "AuditSegment", "AuditPlace"},
    "gates/saved_views.py": {"SavedView", "view"},
    "gates/verifications.py": {"AuditVerification"},
    "gates/unapproved.py": {"Alarm", "alarm"},
    "gates/asked_flush.py": {"AskedHook"},
    "gates/events.py": {"FlaggerEvent"},
    "dashboard/releases/writing.py": {"Release", "ReleaseState", "release", "releases", "state", "running"},
    "dashboard/interventions/records.py": {"Intervention", "intervention"},
    "dashboard/notify/rules.py": {"NotificationRule", "rule"},
    "dashboard/notify/outbox.py": {"Notification", "NotificationMark", "mark"},
    "dashboard/notify/reach.py": {"NotificationReach"},
}
# What rows of any of them may be called.
ROWS = {"row", "rows"}


def words(node: ast.expr) -> set[str]:
    """Every name in an expression: `Gate.objects.filter(pk=1)` → Gate, objects, filter."""
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return names | {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}


def written(path: Path) -> Iterator[set[str]]:
    """What the file calls a writing method on: the names in the receiver of each such call."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
            yield words(node.func.value)


def writers(*names: str) -> set[str]:
    """Files that write one of the models, or an instance that is named after it."""
    return {
        short(path)
        for path in python_files("gates", "dashboard")
        if any(receiver & set(names) for receiver in written(path))
    }


@pytest.mark.parametrize("door", DOORS)
def test_each_table_has_one_writer(door: str) -> None:
    assert writers(*DOORS[door]) == {door}


def test_nobody_else_writes_rows() -> None:
    assert writers(*ROWS) <= set(DOORS)


@pytest.mark.parametrize("table", ["gate", "auditentry", "audithead", "approval", "freeze", "rolegrant"])
def test_no_sql_writes_past_the_doors(table: str) -> None:
    statement = re.compile(rf"(insert\s+into|update|delete\s+from)\s+\W?gates_{table}", re.IGNORECASE)
    found = {short(path) for path in python_files("gates", "dashboard") if statement.search(path.read_text())}
    assert found <= set(DOORS)
