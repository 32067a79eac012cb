"""Races about typed hooks, on the database that the environment names: threads on real connections.

`python -m tests.typed.races` runs each race in many rounds, every round on a canary of its own, and prints
one JSON object: by race, one line for each round's answers and entries.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import django

ROUNDS = 12
R1, R2 = "a" * 64, "b" * 64
Act = Callable[[], object]


def together(*acts: Act) -> list[object]:
    """Run them at the same moment, each in a thread with its own connection; their results or refusals."""
    from django.db import connection

    from gates.asked_for import Refused

    start = threading.Barrier(len(acts))

    def run(act: Act) -> object:
        start.wait()
        try:
            return act()
        except Refused as refused:
            return refused.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


class Scene:
    """One canary that waits to start with a quorum of two, and those who ask and decide about it."""

    def __init__(self, name: str, **metadata: str) -> None:
        from django.utils import timezone

        from gates.asked_for import Subject
        from gates.confirm_rules import Hook
        from gates.facts import Facts, HookSpec

        self.name, self.metadata = name, metadata
        self.subject = Subject("default", "races", name)
        self.facts = Facts(
            R1, ("shop/app:2",), "Waiting", 0, 10, "canary", (), "c0", timezone.now(),
            (HookSpec(Hook.START, "start", Hook.START, "", metadata),),
        )  # fmt: skip
        SCENES[name] = self

    def asks(self) -> str:
        """As Flagger, at another replica each time."""
        from gates.addresses import Address
        from gates.audit import Origin
        from gates.confirm_rules import Hook
        from gates.payload import Call
        from gates.webhook import Webhooks

        call = Call(self.name, "races", "Waiting", "c0", dict(self.metadata) or None)

        async def ask() -> str:
            webhooks = Webhooks()
            try:
                address = Address("/hooks/confirm-rollout", "hook", Hook.START)
                return (await webhooks.hooks.answer(address, call, Origin("webhook")))[1]
            finally:
                await webhooks.close()

        return asyncio.run(ask())

    def decides(self, action: str, person: str, **more: Any) -> object:
        """As a person: what was entered."""
        from gates.actions import Request, perform
        from gates.audit import Actor, Origin

        entry = perform(action, Request(self.subject, Actor("person", person), Origin("page"), **more)).entry
        return None if entry is None else [entry.action, entry.outcome]

    def log(self) -> list[list[str]]:
        """The canary's entries in the order of the log."""
        from gates.models import AuditEntry

        found = AuditEntry.objects.filter(namespace="races", name=self.name).order_by("seq")
        return [[entry.action, entry.actor, entry.outcome] for entry in found]


SCENES: dict[str, Scene] = {}


class Source:
    """What the cluster says of each scene."""

    def current(self, cluster: str, namespace: str, name: str) -> Any:
        """As it is, seen a moment from now: nobody decided after it."""
        from django.utils import timezone

        return replace(SCENES[name].facts, observed_at=timezone.now() + timedelta(seconds=5))

    async def live(self, cluster: str, namespace: str, name: str) -> Any:
        """The same."""
        return self.current(cluster, namespace, name)


def quorum(name: str) -> tuple[Scene, Sequence[object]]:
    """Two people complete a quorum while two replicas are asked."""
    scene = Scene(name, approvals="2")
    answers = together(
        lambda: scene.decides("approve", "minji"), lambda: scene.decides("approve", "hana"), scene.asks,
        scene.asks,
    )  # fmt: skip
    return scene, [*answers, scene.asks(), scene.asks()]


def new_revision(name: str) -> tuple[Scene, Sequence[object]]:
    """Somebody approves what the page shows while a newer revision arrives."""
    scene = Scene(name)

    def arrives() -> None:
        scene.facts = replace(scene.facts, revision=R2)

    answers = together(lambda: scene.decides("approve", "minji", revision=R1), arrives, scene.asks)
    return scene, [*answers, scene.asks()]


def double_click(name: str) -> tuple[Scene, Sequence[object]]:
    """One person's decision arrives four times at once."""
    scene = Scene(name, approvals="2")
    answers = together(*[lambda: scene.decides("approve", "minji") for _ in range(4)])
    return scene, [*answers, scene.asks()]


def deadline(name: str) -> tuple[Scene, Sequence[object]]:
    """The last approval comes as the deadline passes, and two replicas notice."""
    from django.utils import timezone

    from gates.models import Episode

    scene = Scene(name, deadline="1h", **{"on-deadline": "reject"})
    scene.asks()
    Episode.objects.filter(name=name).update(deadline_at=timezone.now() - timedelta(seconds=1))
    answers = together(lambda: scene.decides("approve", "minji"), scene.asks, scene.asks)
    return scene, [*answers, scene.asks()]


def withdrawal(name: str) -> tuple[Scene, Sequence[object]]:
    """An approval is taken back at the moment in which Flagger is told."""
    from gates.models import Approval

    scene = Scene(name)
    scene.decides("approve", "minji")
    number = Approval.objects.get(name=name).decision
    answers = together(lambda: scene.decides("close", "minji", decision=number), scene.asks)
    return scene, [*answers, scene.asks()]


def rejection(name: str) -> tuple[Scene, Sequence[object]]:
    """One approves and one rejects while Flagger asks."""
    scene = Scene(name)
    answers = together(
        lambda: scene.decides("approve", "minji"),
        lambda: scene.decides("hold", "hana", reason="no"),
        scene.asks,
    )
    return scene, [*answers, scene.asks()]


RACES = (quorum, new_revision, double_click, deadline, withdrawal, rejection)


def main() -> None:
    """Prepare the database, run every race, print what came out."""
    django.setup()
    from django.core.management import call_command

    from gates import facts
    from tests.support.log import proven

    call_command("migrate", verbosity=0)
    facts.provide(Source())
    found: dict[str, list[object]] = {}
    for race in RACES:
        for number in range(ROUNDS):
            scene, answers = race(f"{race.__name__}-{number}".replace("_", "-"))
            found.setdefault(race.__name__, []).append({"answers": answers, "log": scene.log()})
    seq, problem = proven()
    json.dump({"races": found, "entries": seq, "problem": problem}, sys.stdout)


if __name__ == "__main__":
    main()
