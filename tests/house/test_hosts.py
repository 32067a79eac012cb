"""No package registry is named anywhere: whoever installs chooses where from."""

from __future__ import annotations

import re
import subprocess

from tests.house.sources import ROOT

REGISTRY = re.compile(r"https?://[^\s\"'<>)]*(pypi|npm|proxy\.|artifact|mirror|registry)", re.IGNORECASE)


def test_no_file_names_a_package_registry() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and (match := REGISTRY.search(path.read_bytes().decode(errors="replace"))):
            found.append(f"{name}: {match[0]}")
    assert found == []
