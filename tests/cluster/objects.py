"""Small Canaries for tables."""

from __future__ import annotations

from typing import Any

from dashboard.canary import Canary, parse

Raw = dict[str, Any]


def raw(analysis: Raw | None = None, status: Raw | None = None, **spec: Any) -> Raw:
    """A Canary named `test/podinfo` whose target is a Deployment of that name."""
    whole = {"targetRef": {"kind": "Deployment", "name": "podinfo"}, **spec}
    if analysis is not None:
        whole["analysis"] = analysis
    thing: Raw = {
        "apiVersion": "flagger.app/v1beta1",
        "kind": "Canary",
        "metadata": {"namespace": "test", "name": "podinfo", "uid": "u1"},
        "spec": whole,
    }
    return thing if status is None else {**thing, "status": status}


def canary(analysis: Raw | None = None, status: Raw | None = None, **spec: Any) -> Canary:
    """The same, parsed."""
    return parse("default", raw(analysis, status, **spec))
