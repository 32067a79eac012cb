"""The settings of a test run: Aviary's own, cut off from the shell's variables and from `./data`."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tests.support.environment import without_settings

SCRATCH = Path(tempfile.mkdtemp(prefix="aviary-tests-"))
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)

_clean = without_settings(os.environ)
os.environ.clear()
os.environ.update(_clean, AVIARY_DATA_DIR=str(SCRATCH))

from dashboard.settings import *  # noqa: E402, F403
from dashboard.settings import DATABASES  # noqa: E402

# A file, not shared memory: threads see each other's rows only after the commit, as in production.
DATABASES["default"]["TEST"] = {"NAME": str(SCRATCH / "tests.sqlite3")}
# The cast signs in many times; a slow hash would only cost time here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Otherwise each test's client looks through every static file before its first request.
WHITENOISE_AUTOREFRESH = True
