"""A database as `manage.py migrate` leaves it, of which servers get copies.

Migrating takes longer than all the rest of a start.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from tests.support.environment import without_settings

ROOT = Path(__file__).resolve().parents[2]
FILE = "aviary.sqlite3"


def migrate(data_dir: Path, **environment: str) -> None:
    """Let the database of these settings become what this version wants."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "HOST": "127.0.0.1",
        "AVIARY_DATA_DIR": str(data_dir),
        "AVIARY_CLUSTER": "demo",
    }
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=ROOT,
        env={**without_settings(os.environ), **settings, **environment},
        stdin=subprocess.DEVNULL,
        check=True,
        timeout=60,
    )


@cache
def sqlite() -> Path:
    """The file; made once for this process, and gone with it."""
    folder = Path(tempfile.mkdtemp(prefix="aviary-prepared-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    migrate(folder)
    return folder / FILE
