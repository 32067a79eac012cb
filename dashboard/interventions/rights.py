"""What Aviary's own account may patch, as the API server says, and the rule to add where it may not."""

from __future__ import annotations

import time
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import TypeAlias

from dashboard.cluster_errors import ClusterError
from dashboard.interventions import port
from dashboard.resources import Resource
from gates.keys import DEFAULT_CLUSTER

# Seconds that an answer holds, and that a missing one is not asked for again.
KEPT, AGAIN = 60.0, 5.0
# Seconds that a page waits for the answer, and that others then do not: it is there for a later page.
PATIENCE, PAUSE = 0.15, 1.0
# Pairs of a kind and a namespace; more than that and all are forgotten.
MOST = 10_000
Key: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Known:
    """`allowed` None: the API server did not say. `until` by the monotonic clock."""

    allowed: bool | None
    until: float


_known: dict[Key, Known] = {}
_asking: dict[Key, Future[bool]] = {}


def may_patch(resource: Resource, namespace: str, cluster: str = DEFAULT_CLUSTER) -> bool | None:
    """Whether our account may; None while the API server has not said. Waits a moment at most."""
    key = (cluster, resource.title, namespace)
    known = _known.get(key)
    if known is None or known.until <= time.monotonic():
        _ask(key, resource)
        known = _known.get(key)
    return known.allowed if known else None


def forget() -> None:
    """Ask anew next time: the credentials, or what they may do, have changed."""
    _known.clear()
    _asking.clear()


def rule(resource: Resource) -> str:
    """The rule that a Role or ClusterRole needs, as YAML."""
    return f'- apiGroups: ["{resource.group}"]\n  resources: ["{resource.plural}"]\n  verbs: ["patch"]'


def _ask(key: Key, resource: Resource) -> None:
    """Wait for the question that is under way, or ask it."""
    future = _asking.get(key)
    if future is None:
        try:
            future = _asking[key] = port.allowed(key[0], resource, key[2])
        except ClusterError:
            return
        future.add_done_callback(lambda done: _answered(key, done))
    try:
        future.result(PATIENCE)
    except TimeoutError:
        # Nobody else waits meanwhile: what was known before goes on to hold.
        before = _known.get(key)
        _known[key] = Known(before.allowed if before else None, time.monotonic() + PAUSE)
        return
    except (ClusterError, CancelledError):
        return
    # Waiters may wake before the callbacks have run.
    _answered(key, future)


def _answered(key: Key, done: Future[bool]) -> None:
    if len(_known) >= MOST:
        _known.clear()
    failed = done.cancelled() or done.exception() is not None
    known = Known(None, time.monotonic() + AGAIN) if failed else Known(done.result(), time.monotonic() + KEPT)
    _known[key] = known
    _asking.pop(key, None)
