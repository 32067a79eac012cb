"""What Flagger tells the world: calls to webhooks, and events, which are calls as well."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp

from dashboard.demo.state import EVENTS, Missing, stamp
from dashboard.demo.turn import Turn
from gates import duration

# The events of one canary that the cluster keeps; a real one forgets them after an hour.
KEPT_EVENTS = 60
YES = 202


@dataclass(frozen=True, slots=True)
class Answer:
    """What a webhook said; `status` 0 when it could not be reached, and then why."""

    status: int
    body: str


class Caller(Protocol):
    """Sends one POST."""

    async def __call__(self, url: str, body: bytes, seconds: float) -> Answer:
        """`seconds` is the time limit. Never raises for what happens on the network."""


class HttpCaller:
    """As Flagger calls: a new connection each time, Go's user agent."""

    def __init__(self) -> None:
        self.session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True),
            headers={"User-Agent": "Go-http-client/1.1", "Content-Type": "application/json"},
        )

    async def __call__(self, url: str, body: bytes, seconds: float) -> Answer:
        """One POST over the network."""
        limit = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self.session.post(url, data=body, timeout=limit, allow_redirects=False) as response:
                return Answer(response.status, await response.text(errors="replace"))
        except TimeoutError:
            return Answer(0, "context deadline exceeded")
        except aiohttp.ClientError as error:
            return Answer(0, str(error))

    async def close(self) -> None:
        """Give the connections back."""
        await self.session.close()


def encode(payload: Mapping[str, Any]) -> bytes:
    """JSON as Go writes it: compact, metadata sorted, and safe inside of HTML."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def failure(url: str, answer: Answer) -> str | None:
    """Why the answer is a no, in Flagger's words; None for a yes."""
    if not answer.status:
        return f'POST {url} giving up after 1 attempt(s): Post "{url}": {answer.body}'
    if answer.status == 429 or (answer.status >= 500 and answer.status != 501):
        return f"POST {url} giving up after 1 attempt(s)"
    return answer.body if answer.status > YES else None


class Hooks:
    """Calls and events of all canaries."""

    def __init__(self, call: Caller) -> None:
        self.call = call
        self.names: dict[tuple[str, str], OrderedDict[tuple[str, str], str]] = {}
        self.count = 0

    async def ask(self, turn: Turn, hook: Mapping[str, Any], phase: str) -> str | None:
        """Call one webhook; None is a yes, else the reason."""
        return await self._post(turn, hook, phase, dict(hook.get("metadata", {})))

    async def _post(
        self, turn: Turn, hook: Mapping[str, Any], phase: str, metadata: dict[str, str]
    ) -> str | None:
        payload: dict[str, Any] = {
            "name": turn.name,
            "namespace": turn.namespace,
            "phase": phase,
            "checksum": turn.checksum,
        }
        if metadata:
            payload["metadata"] = dict(sorted(metadata.items()))
        seconds = duration.seconds(hook.get("timeout", "10s"))
        return failure(hook["url"], await self.call(hook["url"], encode(payload), seconds))

    async def info(self, turn: Turn, message: str) -> None:
        """An event of type Normal."""
        await self._event(turn, "Normal", message)

    async def warn(self, turn: Turn, message: str) -> None:
        """An event of type Warning."""
        await self._event(turn, "Warning", message)

    async def _event(self, turn: Turn, kind: str, message: str) -> None:
        self._keep(turn, kind, message)
        milliseconds = str(int(turn.cluster.now().timestamp() * 1000))
        told = {"eventMessage": message, "eventType": kind, "timestamp": milliseconds}
        for hook in of_type(turn, "event"):
            await self._post(turn, hook, turn.phase, {**hook.get("metadata", {}), **told})

    def _keep(self, turn: Turn, kind: str, message: str) -> None:
        """Count a repeated event, as Kubernetes does; the oldest makes room for a new one."""
        names = self.names.setdefault((turn.namespace, turn.name), OrderedDict())
        now = stamp(turn.cluster.now())
        with suppress(KeyError, Missing):
            known = turn.cluster.get(EVENTS, turn.namespace, names[kind, message])
            names.move_to_end((kind, message))
            again = {"count": known["count"] + 1, "lastTimestamp": now}
            turn.cluster.patch(EVENTS, turn.namespace, known["metadata"]["name"], again)
            return
        if len(names) >= KEPT_EVENTS:
            with suppress(Missing):
                turn.cluster.delete(EVENTS, turn.namespace, names.popitem(last=False)[1])
        self.count += 1
        name = names[kind, message] = f"{turn.name}.{self.count:016x}"
        turn.cluster.create(EVENTS, _event(turn, name, kind, message, now))


def _event(turn: Turn, name: str, kind: str, message: str, now: str) -> dict[str, Any]:
    canary = turn.canary
    involved = {key: canary["metadata"][key] for key in ("namespace", "name", "uid", "resourceVersion")}
    return {
        "metadata": {"namespace": turn.namespace, "name": name},
        "involvedObject": {"kind": canary["kind"], "apiVersion": canary["apiVersion"], **involved},
        "reason": "Synced",
        "message": message,
        "source": {"component": "flagger"},
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
        "type": kind,
        "eventTime": None,
        "reportingComponent": "flagger",
        "reportingInstance": "",
    }


def of_type(turn: Turn, *types: str) -> list[Mapping[str, Any]]:
    """The webhooks of these types, in the manifest's order; an empty type is `rollout`."""
    hooks = turn.analysis.get("webhooks", [])
    return [hook for hook in hooks if (hook.get("type") or "rollout") in types]
