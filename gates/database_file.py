"""Whether SQLite's file is still the one that was opened: a connection outlives the file's name."""

from __future__ import annotations

import os
from pathlib import Path


class DatabaseFile:
    """The file at `path`, told from another one of the same name by device and inode."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._known: tuple[int, int] | None = None

    @property
    def uri(self) -> str:
        """For sqlite3.connect, without a query."""
        return Path(self.path).absolute().as_uri()

    def remember(self) -> None:
        """Take the file that is there now for the right one; raises FileNotFoundError when there is none."""
        self._known = self._identity()

    def changed(self) -> bool:
        """Another file has the name, or none has: raises FileNotFoundError then."""
        return self._identity() != self._known

    def _identity(self) -> tuple[int, int]:
        found = os.stat(self.path)
        return found.st_dev, found.st_ino
