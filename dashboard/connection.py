"""Where the cluster is: the demo, a kubeconfig, or the cluster this process runs in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import yaml

DEFAULT_KUBECONFIG = "~/.kube/config"


class Source(StrEnum):
    """Where the address and the credentials come from."""

    DEMO = "demo"
    KUBECONFIG = "kubeconfig"
    IN_CLUSTER = "in-cluster"


@dataclass(frozen=True, slots=True)
class Connection:
    """`kubeconfig`: one or more paths as in KUBECONFIG, "" for the usual place. `context`: "" for its
    current one. `url`: the demo's base address, without TLS or credentials."""

    source: Source
    kubeconfig: str = ""
    context: str = ""
    url: str = ""

    @property
    def kubeconfig_paths(self) -> list[Path]:
        """The files that are there."""
        named = (self.kubeconfig or DEFAULT_KUBECONFIG).split(os.pathsep)
        return [path for path in (Path(name).expanduser() for name in named if name) if path.is_file()]

    @property
    def label(self) -> str:
        """What a person calls the cluster: the context's name, else where it is known from."""
        if self.source is not Source.KUBECONFIG:
            return str(self.source)
        return self.context or _current_context(self.kubeconfig_paths) or str(self.source)


def choose(wanted: str, kubeconfig: str, environment: Mapping[str, str] = os.environ) -> Source:
    """AVIARY_CLUSTER's meaning: `auto` is KUBECONFIG when set, else the pod's own cluster, else the demo."""
    if wanted != "auto":
        return Source(wanted)
    if kubeconfig:
        return Source.KUBECONFIG
    return Source.IN_CLUSTER if environment.get("KUBERNETES_SERVICE_HOST") else Source.DEMO


def of(source: str, kubeconfig: str) -> Connection:
    """The way to one of several clusters, as AVIARY_CLUSTERS says it; a context is one of `kubeconfig`'s."""
    if source in {Source.DEMO, Source.IN_CLUSTER}:
        return Connection(Source(source))
    # Names of contexts hold slashes as well: `arn:aws:eks:…:cluster/shop`.
    if source.startswith(("/", "./", "~/")):
        path, _hash, context = source.partition("#")
        return Connection(Source.KUBECONFIG, path, context)
    return Connection(Source.KUBECONFIG, kubeconfig, source)


def _current_context(paths: list[Path]) -> str:
    for path in paths:
        try:
            config = yaml.safe_load(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            continue
        if isinstance(config, dict) and isinstance(config.get("current-context"), str):
            return str(config["current-context"])
    return ""
