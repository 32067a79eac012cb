"""The demo cluster's objects: versioned as an API server does it, with a bounded history for watches."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

Object = Mapping[str, Any]
# About three minutes of the demo; who was away for longer gets a 410 and lists again.
HISTORY = 2000


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of object; `api_version` such as `apps/v1`."""

    api_version: str
    plural: str
    kind: str
    has_status: bool = True


CANARIES = Resource("flagger.app/v1beta1", "canaries", "Canary")
DEPLOYMENTS = Resource("apps/v1", "deployments", "Deployment")
DAEMONSETS = Resource("apps/v1", "daemonsets", "DaemonSet")
VIRTUALSERVICES = Resource("networking.istio.io/v1beta1", "virtualservices", "VirtualService")
HTTPROUTES = Resource("gateway.networking.k8s.io/v1", "httproutes", "HTTPRoute")
SERVICES = Resource("v1", "services", "Service")
METRIC_TEMPLATES = Resource("flagger.app/v1beta1", "metrictemplates", "MetricTemplate")
ALERT_PROVIDERS = Resource("flagger.app/v1beta1", "alertproviders", "AlertProvider")
EVENTS = Resource("v1", "events", "Event", has_status=False)
RESOURCES = (
    CANARIES,
    DEPLOYMENTS,
    DAEMONSETS,
    VIRTUALSERVICES,
    HTTPROUTES,
    SERVICES,
    METRIC_TEMPLATES,
    ALERT_PROVIDERS,
    EVENTS,
)


class Missing(LookupError):
    """There is no such object."""


class Expired(Exception):
    """The history no longer reaches back to that version; `oldest` is the first one to resume from."""

    def __init__(self, oldest: int) -> None:
        super().__init__(oldest)
        self.oldest = oldest


@dataclass(frozen=True, slots=True)
class Change:
    """What a watch tells: `type` is ADDED, MODIFIED or DELETED."""

    version: int
    type: str
    resource: Resource
    object: Object


def stamp(moment: datetime) -> str:
    """Kubernetes' time format, in whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def merge(target: Any, patch: Any) -> Any:
    """RFC 7386, without touching either side."""
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


class Cluster:
    """All objects by resource, namespace and name. What is stored is replaced, never modified."""

    def __init__(self, now: Callable[[], datetime], history: int = HISTORY) -> None:
        self.now = now
        self.version = 0
        self.history: deque[Change] = deque(maxlen=history)
        self.objects: dict[Resource, dict[tuple[str, str], Object]] = {each: {} for each in RESOURCES}
        self._wake = asyncio.Event()

    def get(self, resource: Resource, namespace: str, name: str) -> Object:
        """One object; raises Missing."""
        try:
            return self.objects[resource][namespace, name]
        except KeyError:
            raise Missing(name) from None

    def all(self, resource: Resource, namespace: str = "") -> list[Object]:
        """All objects of a kind, in one namespace or in all, by name."""
        found = sorted(self.objects[resource].items())
        return [each for (place, _), each in found if not namespace or place == namespace]

    def create(self, resource: Resource, body: Object) -> Object:
        """Store a new object under its metadata's namespace and name."""
        made = {
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            **body,
            "metadata": {
                **body["metadata"],
                "uid": str(uuid.uuid4()),
                "creationTimestamp": stamp(self.now()),
                **({"generation": 1} if resource.has_status else {}),
            },
        }
        return self._store("ADDED", resource, made)

    def patch(
        self, resource: Resource, namespace: str, name: str, patch: Object, *, status: bool = False
    ) -> Object:
        """Merge into an object's status only, or into all else; without effect there is no new version."""
        old = self.get(resource, namespace, name)
        if resource.has_status:
            patch = {key: value for key, value in patch.items() if (key == "status") is status}
        fixed = {key: old["metadata"].get(key) for key in ("namespace", "name", "uid", "resourceVersion")}
        new = merge(merge(old, patch), {"metadata": fixed})
        if new == old:
            return old
        if resource.has_status and new.get("spec") != old.get("spec"):
            new = merge(new, {"metadata": {"generation": old["metadata"]["generation"] + 1}})
        return self._store("MODIFIED", resource, new)

    def delete(self, resource: Resource, namespace: str, name: str) -> Object:
        """Remove an object; raises Missing."""
        old = self.get(resource, namespace, name)
        del self.objects[resource][namespace, name]
        return self._record("DELETED", resource, old)

    def _store(self, kind: str, resource: Resource, new: Object) -> Object:
        stored = self._record(kind, resource, new)
        metadata = stored["metadata"]
        self.objects[resource][metadata["namespace"], metadata["name"]] = stored
        return stored

    def _record(self, kind: str, resource: Resource, new: Object) -> Object:
        self.version += 1
        versioned = merge(new, {"metadata": {"resourceVersion": str(self.version)}})
        self.history.append(Change(self.version, kind, resource, versioned))
        self._wake.set()
        self._wake = asyncio.Event()
        return versioned  # type: ignore[no-any-return]

    def since(self, version: int) -> list[Change]:
        """Every change after `version`, oldest first; raises Expired."""
        oldest = self.version - len(self.history)
        if version < oldest:
            raise Expired(oldest)
        newer = takewhile(lambda change: change.version > version, reversed(self.history))
        return list(newer)[::-1]

    async def changed(self, seconds: float) -> None:
        """Wait for the next change, `seconds` at most."""
        wake = self._wake
        try:
            async with asyncio.timeout(seconds):
                await wake.wait()
        except TimeoutError:
            return
