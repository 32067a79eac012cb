"""The project's own files, as the tests of this folder read them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("dashboard", "gates", "tests", "benchmarks", "docs")


def python_files(*folders: str) -> list[Path]:
    """Python files below the folders, without migrations (Django writes those)."""
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def templates() -> list[Path]:
    """Every template."""
    return sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())


@cache
def tree(path: Path) -> ast.Module:
    """The file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def short(path: Path) -> str:
    """The path as people say it."""
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Full names of the modules that the file imports, wherever the import stands."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # In "from gates import rules" the module may be either part.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
