"""One concept a file, functions that fit a screen, little JavaScript."""

from __future__ import annotations

import ast

from tests.house.sources import FOLDERS, ROOT, python_files, short, tree

FILE_LINES = 300
FUNCTION_LINES = 40
SCRIPT_LINES = 400


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    sizes = {short(path): len(path.read_text().splitlines()) for path in python_files(*FOLDERS)}
    assert {path: lines for path, lines in sizes.items() if lines > FILE_LINES} == {}


def test_functions_fit_a_screen() -> None:
    long = {
        f"{short(path)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in python_files("dashboard", "gates", "benchmarks")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: lines for name, lines in long.items() if lines > FUNCTION_LINES} == {}


def test_there_is_little_javascript_of_our_own() -> None:
    scripts = [*(ROOT / "static").rglob("*.js"), *(ROOT / "templates").rglob("*.js")]
    assert sum(len(path.read_text().splitlines()) for path in scripts) <= SCRIPT_LINES
