"""Only `gates/decisions.py` changes gates; only `gates/audit.py` writes entries."""

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
ONLY_DECISIONS = {"gates/decisions.py"}
ONLY_AUDIT = {"gates/audit.py"}


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


def test_only_decisions_change_gates() -> None:
    assert writers("Gate", "gate", "rows", "gates") == ONLY_DECISIONS


def test_only_audit_writes_entries() -> None:
    assert writers("AuditEntry", "AuditHead", "entry", "entries", "head") == ONLY_AUDIT


@pytest.mark.parametrize("table", ["gates_gate", "gates_auditentry", "gates_audithead"])
def test_no_sql_writes_past_the_two_doors(table: str) -> None:
    statement = re.compile(rf"(insert\s+into|update|delete\s+from)\s+\W?{table}", re.IGNORECASE)
    found = {short(path) for path in python_files("gates", "dashboard") if statement.search(path.read_text())}
    assert found <= ONLY_DECISIONS | ONLY_AUDIT
