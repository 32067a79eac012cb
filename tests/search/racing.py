"""`python -m tests.search.racing write|follow …`: writers that dawdle before they commit, and a follower."""

from __future__ import annotations

import os
import random
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard.settings")


def patient() -> None:
    """Many write at once here: SQLite lets whoever is lucky go first."""
    from django.db import connection, connections

    if connection.vendor == "sqlite":
        connections.databases["default"]["OPTIONS"]["timeout"] = 60


def write(seed: int, count: int) -> None:
    """Enter so many, some taken back at the last moment, each held for a while between number and commit."""
    from django.db import transaction
    from django.utils import timezone

    from gates import audit
    from gates.audit import Draft

    patient()
    dice = random.Random(seed)
    for number in range(count):
        try:
            with transaction.atomic():
                drafts = [
                    Draft(timezone.now(), "gate.opened", "changed", audit.SYSTEM, audit.SYSTEM_ORIGIN)
                    for _each in range(dice.randrange(1, 4))
                ]
                audit.append(audit.lock_head(), drafts)
                time.sleep(dice.choice((0, 0, 0.001, 0.004)))
                if number % 5 == 4:
                    raise InterruptedError
        except InterruptedError:
            continue


def follow(last: str) -> None:
    """Print the numbers as a collector reads them, until the file `last` is there and nothing is new."""
    from gates import search
    from gates.access_rights import EVERYTHING
    from gates.filters import Filters

    after = 0
    while True:
        over = os.path.exists(last)
        page = list(search.stream(EVERYTHING, Filters(), after, size=7))
        for entry in page:
            print(entry.seq)
            after = entry.seq
        if over and not page:
            return


if __name__ == "__main__":
    import django

    django.setup()
    if sys.argv[1] == "write":
        write(int(sys.argv[2]), int(sys.argv[3]))
    else:
        follow(sys.argv[2])
