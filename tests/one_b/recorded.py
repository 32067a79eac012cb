"""Recordings played into a store by hand, without an API server: canaries and their routing objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from dashboard import routes
from dashboard.analysis import Hook
from dashboard.around.parsers import PARSERS
from dashboard.canary import parse
from dashboard.hook_outcomes import Saying
from dashboard.known import Known
from dashboard.store import CanaryView, Reach, Store
from gates.keys import DEFAULT_CLUSTER
from tests.around import things
from tests.support import views
from tests.support.traces import KINDS, records

Raw = dict[str, Any]


def played(trace: str) -> Iterator[CanaryView]:
    """The canary after each recorded change of it or of its routing object."""
    store = Store(DEFAULT_CLUSTER, "recorded")
    store.set_freshness(Reach.LIVE)
    key = ("", "")
    for line in records(trace):
        kind = KINDS.get(line["kind"])
        if kind is None or line["type"] == "DELETED":
            continue
        thing = line["object"]
        if kind == "Canary":
            canary = parse(DEFAULT_CLUSTER, thing)
            key = canary.key
            store.apply(kind, [canary])
        else:
            store.apply(kind, [routes.parse(kind, thing)])
        if view := store.get(*key):
            yield view


def known(raw: Raw) -> Known:
    """What is known of a canary from its object alone."""
    canary = parse(DEFAULT_CLUSTER, raw)
    view = views.store(canary).get(*canary.key)
    assert view is not None
    return Known(view)


def around_everything(store: Store) -> None:
    """Put the recorded objects of a real cluster into the store, as the watch would."""
    for raw in things.recorded():
        kind = raw["kind"]
        if kind == "Canary":
            store.apply(kind, [parse(DEFAULT_CLUSTER, raw)])
        elif kind in PARSERS:
            things.put(store.around, kind, raw)
        if kind == "VirtualService":
            store.apply(kind, [routes.parse(kind, raw)])


def hooks_and_sayings(trace: str) -> tuple[tuple[Hook, ...], list[Saying]]:
    """The webhooks of a recording, and all that Flagger said over the event hook."""
    canary = next(view.canary for view in played(trace))
    bodies = [json.loads(line["body"]) for line in records(trace) if line["kind"] == "webhook"]
    told = [body["metadata"] for body in bodies if "eventMessage" in body.get("metadata", {})]
    sayings = [
        Saying(datetime.fromtimestamp(int(each["timestamp"]) / 1000, UTC), each["eventMessage"])
        for each in told
    ]
    return canary.hooks, sayings
