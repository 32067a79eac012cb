"""`python -m tests.releases.replaying`: one replica as a process, on the database of the environment.

`replay SEED` records every recording, told in an order and at a pace of its own; `show` prints what is kept.
"""

from __future__ import annotations

import json
import sys
import time
from random import Random

import django

# Seconds between two writes of a replica, at most.
PAUSE = 0.02


def main(command: str, seed: int = 0) -> None:
    """Prints `done`, or one line of JSON by recording."""
    django.setup()

    from tests.releases.records import kept
    from tests.support.traces import NAMES

    if command == "show":
        print(json.dumps({trace: [_plain(each) for each in kept(f"s-{trace}")] for trace in NAMES}))
        return
    random = Random(seed)
    for trace in random.sample(NAMES, len(NAMES)):
        _replay(trace, random)
    print("done")


def _replay(trace: str, random: Random) -> None:
    from tests.releases.orders import shuffled
    from tests.releases.telling import Replica

    # What a replica of a cluster does not see there is not there.
    replica = Replica(cluster=trace)
    for write in shuffled(trace, random):
        replica.told(write)
        if random.random() < 0.3:
            replica.records()
            time.sleep(random.random() * PAUSE)
    replica.records()


def _plain(record: dict[str, object]) -> dict[str, object]:
    return {**record, "changed_lines": sorted(map(str, record["changed_lines"]))}  # type: ignore[call-overload]


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
