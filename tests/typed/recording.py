"""A real Flagger's recording, its hooks pointed at the typed addresses, told to the store line by line."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from dashboard import canary, routes, workloads
from dashboard.cluster_errors import NotFound
from dashboard.facts_source import ClusterFacts
from dashboard.resources import Resource
from dashboard.store import CANARY, Reach, Store
from gates import facts, payload
from gates.actions import Request, Subject, perform
from gates.addresses import Address
from gates.audit import Actor, Origin
from gates.confirm_rules import Hook
from gates.decisions import Outcome
from gates.facts import Facts
from gates.webhook import Webhooks
from tests.support.traces import FIRST_IMAGE, KINDS, deployment, records

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """One question of the real Flagger's, where the status stood then, and what it would have been told."""

    hook: Hook
    phase: str
    weight: int
    checksum: str
    answer: str


class Objects:
    """The API server of the recording: every object as it was written last."""

    def __init__(self) -> None:
        self.now: dict[tuple[str, str], Record] = {}

    async def get(self, resource: Resource, namespace: str, name: str) -> Record:
        """One object; raises NotFound."""
        try:
            return self.now[resource.kind, name]
        except KeyError as error:
            raise NotFound("not found") from error


class Recording:
    """`more` are webhooks that the manifest gets besides its own; `metadata` are policies by hook type."""

    def __init__(
        self, trace: str, metadata: dict[str, dict[str, str]] | None = None, more: tuple[Hook, ...] = ()
    ) -> None:
        self.lines, self.metadata, self.more = records(trace), metadata or {}, more
        first = next(line["object"] for line in self.lines if line["kind"] == "canary")
        self.namespace, self.name = first["metadata"]["namespace"], first["metadata"]["name"]
        self.hooks = {urlsplit(hook["url"]).path: Hook(hook["type"]) for hook in _typed(first)}
        self.store, self.objects = Store("default", "trace"), Objects()
        self.store.set_freshness(Reach.LIVE)
        self.source = ClusterFacts(self.store, self.objects)
        self.image = FIRST_IMAGE
        self.line: Record = {}
        facts.provide(self.source)

    def play(self) -> Iterator[Told | None]:
        """After each line: what was told, None for a line that asked nothing."""
        for line in self.lines:
            self.line = line
            kind = KINDS.get(self.line["kind"])
            if kind:
                self._write(kind, self.line["object"], gone=self.line["type"] == "DELETED")
            elif self.line["kind"] == "action" and self.line["action"] == "image":
                self.image = self.line["argument"]
                self._deploy()
            yield self._question() if self.line["kind"] == "webhook" else None

    def decides(self, action: str, person: str = "minji", **more: Any) -> Outcome:
        """A person's decision on the canary as it is now."""
        subject = Subject("default", self.namespace, self.name)
        return perform(action, Request(subject, Actor("person", person), Origin("page"), **more))

    def asks(self, hook: Hook) -> str:
        """A question that this recording does not hold, with the checksum that Flagger has now."""
        call = payload.Call(self.name, self.namespace, self.facts.phase, self.facts.checksum, None)
        return _ask(hook, call)

    @property
    def facts(self) -> Facts:
        """What is known of the canary."""
        known = self.source.current("default", self.namespace, self.name)
        assert isinstance(known, Facts), known
        return known

    @property
    def restarted(self) -> bool:
        """The line just read says that a release began, or began again, at weight 0."""
        status = self.line.get("object", {}).get("status", {}) if self.line["kind"] == "canary" else {}
        return bool(status.get("phase") == "Progressing" and status.get("canaryWeight") == 0)

    def _question(self) -> Told | None:
        path = self.line["path"]
        hook = Hook.EVENT if path.startswith("/event") else self.hooks.get(path)
        if hook is None:
            return None
        call = payload.read(self.line["body"].encode())
        assert isinstance(call, payload.Call)
        if hook in self.metadata:
            call = call._replace(metadata=self.metadata[hook])
        known = self.facts
        return Told(hook, known.phase, known.weight, call.checksum, _ask(hook, call))

    def _write(self, kind: str, thing: Record, *, gone: bool) -> None:
        key = thing["metadata"]["namespace"], thing["metadata"]["name"]
        if gone:
            self.objects.now.pop((kind, key[1]), None)
            self.store.apply(kind, drop=[key])
            return
        if kind == CANARY:
            thing = self._typed_manifest(thing)
            if (kind, key[1]) not in self.objects.now:
                self._deploy()
        self.objects.now[kind, key[1]] = thing
        self.store.apply(
            kind, [canary.parse("default", thing) if kind == CANARY else routes.parse(kind, thing)]
        )

    def _deploy(self) -> None:
        thing = deployment(self.namespace, self.name, self.image)
        self.objects.now["Deployment", self.name] = thing
        self.store.apply("Deployment", [workloads.parse("Deployment", thing)])

    def _typed_manifest(self, thing: Record) -> Record:
        thing = copy.deepcopy(thing)
        analysis = thing["spec"]["analysis"]
        own = [*analysis.get("webhooks", []), *({"name": str(hook), "type": str(hook)} for hook in self.more)]
        for hook in own:
            typed = hook["type"] in set(Hook)
            hook["url"] = f"http://aviary/hooks/{hook['type']}" if typed else "http://aviary/"
            if hook["type"] in self.metadata:
                hook["metadata"] = self.metadata[hook["type"]]
        analysis["webhooks"] = own
        return thing


def _typed(thing: Record) -> list[Record]:
    return [hook for hook in thing["spec"]["analysis"].get("webhooks", []) if hook["type"] in set(Hook)]


def _ask(hook: Hook, call: payload.Call) -> str:
    async def ask() -> str:
        webhooks = Webhooks()
        try:
            address = Address(f"/hooks/{hook}", "hook", hook)
            return (await webhooks.hooks.answer(address, call, Origin("webhook", "10.0.0.9")))[1]
        finally:
            await webhooks.close()

    return asyncio.run(ask())
