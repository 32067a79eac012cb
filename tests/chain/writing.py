"""`python -m tests.chain.writing COUNT`: so many decisions by threads of one process, each told once durable.

Prints a line for each acknowledged entry: its number and hash. 0 decides until it is killed.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import django

from tests.search.racing import patient

THREADS = 4


def main(most: int) -> None:
    """Decide about a few gates, several at once."""
    django.setup()
    patient()

    from gates.audit import Actor, Origin
    from gates.decisions import Act, Change, apply
    from gates.keys import GATE, GateKey

    def decide(number: int) -> None:
        act = Act.OPEN if number % 2 else Act.CLOSE
        key = GateKey(GATE, "default", "payments", f"canary-{number % 3}")
        entry = apply([Change(act, key, Actor("person", "minji"), Origin("page"), reason="x" * 200)])[0].entry
        assert entry
        # One write: lines of several threads do not mix.
        os.write(1, f"{entry.seq} {entry.hash}\n".encode())

    with ThreadPoolExecutor(THREADS) as pool:
        if most:
            list(pool.map(decide, range(most)))
        for number in count() if not most else ():
            pool.submit(decide, number).result()


if __name__ == "__main__":
    main(int(sys.argv[1]))
