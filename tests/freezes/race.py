"""`python -m tests.freezes.race`: questions against freezes in the database of the environment.

Prints JSON: `rounds`, in which a question and a freeze come at once, one canary each; `late`, a freeze that
is made while a yes waits for its turn; and `verified`, the log's chain.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django

ROUNDS = 16


def main(rounds: int) -> None:
    """One line of JSON."""
    django.setup()

    from django.utils import timezone

    from gates import facts
    from gates.facts import Facts, HookSpec
    from tests.support.log import proven

    specs = (HookSpec("confirm-rollout", "ask", "confirm-rollout", "", {}),)

    class Waiting:
        """Every canary waits to start."""

        def current(self, *_canary: str) -> Facts:
            at = timezone.now()
            return Facts("a" * 64, ("shop:2",), "Waiting", 0, 10, "canary", (), "c0", at, specs)

        async def live(self, *canary: str) -> Facts:
            return self.current(*canary)

    facts.provide(Waiting())
    found = {
        "rounds": [race(number) for number in range(rounds)],
        "late": late(),
        "verified": proven(),
    }
    print(json.dumps(found))


def race(number: int) -> dict[str, Any]:
    """A question and a freeze at once; even numbers ask a typed hook, odd ones the drop-in gate."""
    name = f"canary-{number}"
    approve(name, hook="gate" if number % 2 else "confirm-rollout")
    asks = ask_gate if number % 2 else ask_hook
    start = threading.Barrier(2)

    def ahead(work: Callable[[str], object], by: float) -> object:
        start.wait()
        time.sleep(by)
        return in_thread(lambda: work(name))

    # Now the one, now the other comes first: an answer takes some time until it is entered.
    lead = (2 - number // 2) * 0.006
    with ThreadPoolExecutor(2) as threads:
        told = threads.submit(ahead, asks, max(lead, 0))
        frozen = threads.submit(ahead, freeze, max(-lead, 0))
        frozen.result()
        first = told.result()
    return {"told": first, "again": asks(name), **entries(name)}


def late() -> dict[str, Any]:
    """A yes waits for its turn, a freeze is made meanwhile, then the yes goes on."""
    from django.db import connection, transaction

    from gates import facts, typed
    from gates.approvals import Where
    from gates.audit import Origin
    from gates.confirm_rules import Hook
    from gates.facts import Facts
    from gates.models import Gate
    from gates.situation import Asking

    approve("late", hook="confirm-rollout")
    where = Where("default", "payments", "late", Hook.START)
    asking, began = Asking(where, Origin("webhook"), {}, "c0"), threading.Event()
    known = facts.current("default", "payments", "late")
    assert isinstance(known, Facts)

    def settle() -> bool:
        began.set()
        return typed.settle(asking, known, time.monotonic() + 60).yes

    with ThreadPoolExecutor(2) as threads:
        with transaction.atomic():
            # On SQLite this transaction keeps everybody out, on PostgreSQL its row keeps out the yes.
            Gate.objects.select_for_update().get(key=where.lock.digest)
            told = threads.submit(in_thread, settle)
            began.wait(20)
            if connection.vendor == "postgresql":
                while not blocked():
                    time.sleep(0.01)
                threads.submit(in_thread, lambda: freeze("late")).result()
            else:
                time.sleep(0.1)
                freeze("late")
        yes = told.result()
    return {"yes": yes, **entries("late")}


def blocked() -> bool:
    """PostgreSQL: somebody waits for a lock."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def approve(name: str, hook: str) -> None:
    """Minji approves the start."""
    from gates.actions import Request, Subject, perform
    from gates.audit import Actor, Origin

    canary = Subject("default", "payments", name)
    perform("approve", Request(canary, Actor("person", "minji"), Origin("page"), hook=hook))


def freeze(name: str) -> None:
    """Ada freezes this canary."""
    from tests.freezes.conftest import freeze as made

    made(namespaces="payments", canaries=name)


def ask_hook(name: str) -> bool:
    """Flagger asks confirm-rollout."""
    from gates.addresses import Address
    from gates.audit import Origin
    from gates.payload import Call
    from gates.reader import DatabaseUnavailable
    from gates.webhook import Webhooks

    async def ask() -> bool:
        webhooks = Webhooks()
        address = Address("/hooks/confirm-rollout", "hook", "confirm-rollout", "")
        try:
            call = Call(name, "payments", "Waiting", "c0", None)
            return (await webhooks.hooks.answer(address, call, Origin("webhook")))[0]
        except DatabaseUnavailable:
            return False
        finally:
            await webhooks.close()

    return asyncio.run(ask())


def ask_gate(name: str) -> bool:
    """Flagger asks the drop-in gate."""
    from gates.answers import Answers
    from gates.audit import Origin
    from gates.keys import GATE, GateKey
    from gates.reader import DatabaseUnavailable, open_reader
    from gates.writer import Writer

    async def ask() -> bool:
        reader, writer = open_reader(), Writer()
        answers = Answers(reader, writer)
        try:
            key = GateKey(GATE, "default", "payments", name)
            return (await answers.answer(key, lambda: Origin("webhook"))).yes
        except DatabaseUnavailable:
            return False
        finally:
            answers.freezes.close()
            await writer.close()
            await reader.close()

    return asyncio.run(ask())


def in_thread(work: Callable[[], Any]) -> Any:
    """Let go of the thread's connection afterwards."""
    from django.db import connection

    try:
        return work()
    finally:
        connection.close()


def entries(name: str) -> dict[str, list[int]]:
    """The numbers of the first yes and of the freeze."""
    from gates.models import AuditEntry

    log = AuditEntry.objects.order_by("seq")
    return {
        "answered": list(log.filter(action="answer.approved", name=name).values_list("seq", flat=True)),
        "frozen": [
            entry.seq for entry in log.filter(action="freeze.created") if entry.after["canaries"] == name
        ],
    }


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
