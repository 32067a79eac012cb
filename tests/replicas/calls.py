"""Calls over several processes, and what each must be told."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.gates.calls import ACCEPTED, APPROVED, FORBIDDEN, ask, somebody
from tests.support.server import Server

WORKERS = 4


def mixed(servers: Sequence[Server], count: int, seed: int = 1) -> tuple[int, list[str]]:
    """At least `count` calls by WORKERS at once: a change at one process, then a check at each of the others.

    Returns how many calls were made, and a line for each answer that was wrong.
    """

    def work(number: int) -> tuple[int, list[str]]:
        dice, made, wrong = random.Random(seed * 1000 + number), 0, []
        canaries = {kind: somebody() for kind in ("gate", "rollback")}
        while made < count / WORKERS:
            kind, act = dice.choice(list(canaries)), dice.choice(["open", "close"])
            order = dice.sample(list(servers), len(servers))
            told = [ask(order[0], f"/{kind}/{act}", canaries[kind])]
            told += [ask(each, f"/{kind}/check", canaries[kind]) for each in order[1:]]
            expected = [ACCEPTED] + [APPROVED if act == "open" else FORBIDDEN] * (len(servers) - 1)
            made += len(told)
            if told != expected:
                wrong.append(f"{kind} {act} at {order[0].port}: {told} at {[each.port for each in order]}")
        return made, wrong

    with ThreadPoolExecutor(WORKERS) as pool:
        done = list(pool.map(work, range(WORKERS)))
    return sum(made for made, _wrong in done), [line for _made, wrong in done for line in wrong]


def at_once(work: Sequence[Callable[[], object]]) -> list[object]:
    """Do all of it at the same time."""
    with ThreadPoolExecutor(len(work)) as pool:
        return [each.result() for each in [pool.submit(one) for one in work]]
