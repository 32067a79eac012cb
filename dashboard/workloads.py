"""What is kept of a Deployment, DaemonSet or Service: images, revision, replicas; not the rest."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dashboard.fields import Fields, Problems
from dashboard.revision import canonical


@dataclass(frozen=True, slots=True)
class Workload:
    """One workload. `images` by container, init containers last; `ready` such as `2/3`, "" for a Service;
    `version` as `Fields.version`. `packed` is what `revision` was made of: long, and seldom looked at."""

    kind: str
    namespace: str
    name: str
    revision: str
    images: tuple[tuple[str, str], ...]
    ready: str
    version: int = field(default=0, compare=False)
    packed: bytes = field(default=b"", repr=False, compare=False)

    @property
    def template(self) -> Mapping[str, Any] | None:
        """The normalised pod template, for a Service its spec; None without one."""
        if not self.packed:
            return None
        value: Mapping[str, Any] = json.loads(zlib.decompress(self.packed))
        return value

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name."""
        return self.namespace, self.name


def parse(kind: str, raw: Mapping[str, Any]) -> Workload:
    """Read a workload; never raises for odd content."""
    top = Fields(raw, "", Problems())
    meta, spec, status = top.inner("metadata"), top.inner("spec"), top.inner("status")
    pod = spec.inner("template").inner("spec")
    text = canonical(kind, raw)
    containers = [*pod.inners("containers"), *pod.inners("initContainers")]
    return Workload(
        kind=kind,
        namespace=meta.text("namespace"),
        name=meta.text("name"),
        revision=hashlib.sha256(text).hexdigest() if text else "",
        images=tuple((container.text("name"), container.text("image")) for container in containers),
        ready=_ready(kind, spec, status),
        version=meta.version(),
        packed=zlib.compress(text) if text else b"",
    )


def _ready(kind: str, spec: Fields, status: Fields) -> str:
    if kind == "Deployment":
        return f"{status.whole('readyReplicas')}/{spec.whole('replicas', 1)}"
    if kind == "DaemonSet":
        return f"{status.whole('numberReady')}/{status.whole('desiredNumberScheduled')}"
    return ""
