"""AVIARY_CLUSTERS: which clusters there are, and from where each is reached."""

from __future__ import annotations

import os
import re

from django.core.exceptions import ImproperlyConfigured

from dashboard import env
from gates.keys import DEFAULT_CLUSTER

VARIABLE = "AVIARY_CLUSTERS"
# Each costs a watch of every kind and its canaries' memory.
MOST = 20
NAME = re.compile(r"[a-z0-9-]{1,63}")
# They name the one cluster, and nothing where there are several.
CONTRADICTED = ("AVIARY_CLUSTER", "AVIARY_KUBE_CONTEXT")
METRICS = "AVIARY_FLAGGER_METRICS_URL"


def read() -> dict[str, str]:
    """Sources by name: `demo`, `in-cluster`, `context`, `/file` or `/file#context`. Without AVIARY_CLUSTERS
    there is `default`, whose source "" means the settings for one cluster."""
    parts = env.listed("AVIARY_CLUSTERS")
    if not parts:
        return {DEFAULT_CLUSTER: ""}
    for other in CONTRADICTED:
        if os.environ.get(other, "").strip():
            raise ImproperlyConfigured(f"{other} is for one cluster, and {VARIABLE} is set: set one of them.")
    if len(parts) > MOST:
        raise ImproperlyConfigured(f"{VARIABLE} names {len(parts)} clusters: {MOST} at most.")
    found: dict[str, str] = {}
    for part in parts:
        name, source = _read(part)
        if name in found:
            raise ImproperlyConfigured(f"{VARIABLE} names the cluster {name} twice.")
        found[name] = source
    return found


def _read(part: str) -> tuple[str, str]:
    name, equals, source = (each.strip() for each in part.partition("="))
    if not NAME.fullmatch(name):
        raise ImproperlyConfigured(
            f"{VARIABLE}: “{name}” is no name of a cluster: 1 to 63 of the characters a-z, 0-9 and -."
        )
    if not equals or not source or source.startswith("#"):
        raise ImproperlyConfigured(
            f"{VARIABLE}: {name} needs a source: {name}=context, {name}=/path/to/kubeconfig#context, "
            f"{name}=in-cluster or {name}=demo."
        )
    return name, source


def metrics(clusters: dict[str, str]) -> dict[str, str]:
    """Where each cluster's Flagger tells what it measured: one address, or `name=address` of several."""
    if not any(clusters.values()):
        return {DEFAULT_CLUSTER: one} if (one := env.url("AVIARY_FLAGGER_METRICS_URL")) else {}
    found: dict[str, str] = {}
    for part in env.listed("AVIARY_FLAGGER_METRICS_URL"):
        name, equals, written = (each.strip() for each in part.partition("="))
        if not equals or name not in clusters:
            known = ", ".join(sorted(clusters))
            raise ImproperlyConfigured(
                f"{METRICS}: write name=address, each name one of {VARIABLE} ({known}), not “{part}”."
            )
        found[name] = env.address("AVIARY_FLAGGER_METRICS_URL", written)
    return found


CLUSTERS = read()
FLAGGER_METRICS = metrics(CLUSTERS)
