"""Drives the stand-in Flagger through the scenario of a recorded trace and lays both side by side."""

from __future__ import annotations

import json
import re
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dashboard.demo.flagger import Flagger
from dashboard.demo.hooks import Answer
from dashboard.demo.state import CANARIES, DEPLOYMENTS, EVENTS, HTTPROUTES, VIRTUALSERVICES, Cluster
from dashboard.demo.turn import Turn

TRACES = Path(__file__).parent.parent / "traces"
NAME = "test-api"
# Longer than any trace: who needs more intervals has gone astray.
MOST_TICKS = 40
COMBINED = "(combined from similar events): "


@dataclass
class Story:
    """What was seen. Hooks: path, body, status. Statuses: phase, weight, failed checks, iteration."""

    hooks: list[tuple[str, str, int]] = field(default_factory=list)
    statuses: list[tuple[str, int, int, int]] = field(default_factory=list)
    routes: list[Any] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)


def read(name: str) -> list[dict[str, Any]]:
    """The trace's records."""
    return [json.loads(line) for line in (TRACES / f"{name}.jsonl").read_text().splitlines()]


def plain(names: dict[str, str], body: str) -> str:
    """The body, byte for byte but for the time and the checksums, which are numbered by first appearance."""
    body = re.sub(r'"timestamp":"\d{13}"', '"timestamp":"T"', body)

    def number(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f'"checksum":"#{len(names) + 1}"')

    return re.sub(r'"checksum":"[^"]+"', number, body)


def status_of(canary: Any) -> tuple[str, int, int, int]:
    """What the printer columns are made of."""
    status = canary.get("status", {})
    return (
        status.get("phase", ""),
        status.get("canaryWeight", 0),
        status.get("failedChecks", 0),
        status.get("iterations", 0),
    )


def until_rest(statuses: list[tuple[str, int, int, int]]) -> list[tuple[str, int, int, int]]:
    """Up to the first Succeeded or Failed: afterwards Flagger only touches a failed canary, each interval."""
    for index, (phase, *_) in enumerate(statuses):
        if phase in ("Succeeded", "Failed"):
            return statuses[: index + 1]
    return statuses


def told(records: list[dict[str, Any]]) -> Story:
    """The trace's side."""
    story, names = Story(), dict[str, str]()
    for record in records:
        if record["kind"] == "webhook":
            story.hooks.append((record["path"], plain(names, record["body"]), record["status"]))
        elif record["kind"] == "canary":
            story.statuses.append(status_of(record["object"]))
        elif record["kind"] in ("virtualservice", "httproute"):
            story.routes.append(record["object"]["spec"])
        elif record["kind"] == "event":
            event = record["object"]
            story.events.append((event["type"], event["message"].removeprefix(COMBINED)))
    story.statuses = until_rest(story.statuses)
    return story


class Script:
    """Answers each address as it was answered in the recording, in order, and remembers what was asked."""

    def __init__(self, base: str, story: Story) -> None:
        self.base = base
        self.heard: list[tuple[str, str, int]] = []
        self.names: dict[str, str] = {}
        self.answers: dict[str, deque[int]] = defaultdict(deque)
        for path, _, status in story.hooks:
            self.answers[path].append(status)

    async def __call__(self, url: str, body: bytes, seconds: float) -> Answer:
        """Fails loudly when asked more often than Flagger asked."""
        path = url.removeprefix(self.base)
        assert self.answers[path], f"Flagger did not call {path} so often: {body.decode()}"
        status = self.answers[path].popleft()
        self.heard.append((path, plain(self.names, body.decode()), status))
        return Answer(status, "")


def images(records: list[dict[str, Any]]) -> list[tuple[tuple[str, int, int, int], str]]:
    """The images that the driver set, each with the canary's status at that moment."""
    found, status = [], ("", 0, 0, 0)
    for record in records:
        if record["kind"] == "canary":
            status = status_of(record["object"])
        elif record["kind"] == "action" and record["action"] == "image":
            found.append((status, record["argument"]))
    return found


def spec_of(records: list[dict[str, Any]]) -> tuple[str, dict[str, Any], str]:
    """Namespace, spec and hook base of the trace's canary.

    Where the recorded Flagger had a global event webhook, the canary gets one of its own: on the wire
    they are the same, and the stand-in knows only the latter.
    """
    canary = next(record["object"] for record in records if record["kind"] == "canary")
    spec = canary["spec"]
    hooks = spec["analysis"].setdefault("webhooks", [])
    base = re.match(r"http://[^/]+", hooks[0]["url"])
    assert base
    if not any(hook["type"] == "event" for hook in hooks):
        hooks.append({"type": "event", "name": "events", "url": f"{base[0]}/event/global"})
    return canary["metadata"]["namespace"], spec, base[0]


def deployment(namespace: str) -> dict[str, Any]:
    """The target of every trace."""
    template = {
        "metadata": {"labels": {"app": NAME}},
        "spec": {"containers": [{"name": "app", "image": "app:1.0.0"}]},
    }
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": NAME}}, "template": template}
    return {"metadata": {"namespace": namespace, "name": NAME, "labels": {"app": NAME}}, "spec": spec}


async def act(name: str, measure: Callable[[Turn, str], float]) -> tuple[Story, Story]:
    """The trace's story and the stand-in's."""
    records = read(name)
    recorded = told(records)
    namespace, spec, base = spec_of(records)
    moment = datetime(2026, 11, 24, 14, tzinfo=UTC)

    def now() -> datetime:
        nonlocal moment
        moment += timedelta(seconds=1)
        return moment

    cluster = Cluster(now)
    cluster.create(DEPLOYMENTS, deployment(namespace))
    cluster.create(CANARIES, {"metadata": {"namespace": namespace, "name": NAME}, "spec": spec})
    Turn.read(cluster, namespace, NAME).adopt()
    script = Script(base, recorded)
    flagger = Flagger(cluster, script, measure)
    waiting = deque(images(records))
    for _ in range(MOST_TICKS):
        status = status_of(cluster.get(CANARIES, namespace, NAME))
        if waiting and status == waiting[0][0]:
            container = {"name": "app", "image": waiting.popleft()[1]}
            template = {"template": {"spec": {"containers": [container]}}}
            cluster.patch(DEPLOYMENTS, namespace, NAME, {"spec": template})
        elif status[0] in ("Succeeded", "Failed"):
            break
        await flagger.tick(namespace, NAME)
    played = Story(hooks=script.heard)
    for change in cluster.since(0):
        if change.resource is CANARIES:
            played.statuses.append(status_of(change.object))
        elif change.resource in (VIRTUALSERVICES, HTTPROUTES):
            played.routes.append(change.object["spec"])
        elif change.resource is EVENTS:
            played.events.append((change.object["type"], change.object["message"]))
    return recorded, played
