"""The orders in which a replica may hear of what happened."""

from __future__ import annotations

from collections import defaultdict
from random import Random

from tests.releases.telling import Write, writes


def shuffled(trace: str, random: Random) -> list[Write]:
    """Every write, each watch's in its order and the watches as they come.

    What is watched beside a canary is joined with it while both are there: it comes first, removals last.
    """
    first, second, *told = writes(trace)
    end = [write for write in told if write.thing is None]
    told = [write for write in told if write not in end]
    streams: defaultdict[str, list[Write]] = defaultdict(list)
    for write in told:
        streams[write.stream].append(write)
    mixed: list[Write] = []
    while streams:
        name = random.choice(sorted(streams))
        # A watch may be far ahead of the others.
        for _count in range(random.choice((1, 1, 3, 30))):
            if streams[name]:
                mixed.append(streams[name].pop(0))
        if not streams[name]:
            del streams[name]
    return [first, second, *mixed, *end]
