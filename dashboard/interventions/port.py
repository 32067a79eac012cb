"""The way from a worker thread to the cluster, whose connections live on the server's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import CancelledError, Future
from typing import Any, Protocol, TypeVar

from dashboard.cluster_errors import NoConnection, Unreachable
from dashboard.interventions.acts import Patch
from dashboard.resources import Resource
from dashboard.wire import Raw
from gates.keys import DEFAULT_CLUSTER

Answer = TypeVar("Answer")
# Seconds, longer than any single call's own limit.
LONGEST = 15.0


class Api(Protocol):
    """What is asked of `cluster.Cluster`."""

    async def get(self, resource: Resource, namespace: str, name: str) -> Raw:
        """One object, within a second."""

    async def patch(self, resource: Resource, namespace: str, name: str, patch: Mapping[str, Any]) -> Raw:
        """Change one object."""

    async def allowed(self, resource: Resource, verb: str, namespace: str) -> bool:
        """Whether our account may."""


_apis: dict[str, Api] = {}
_loop: asyncio.AbstractEventLoop | None = None


def provide(
    api: Api | None, loop: asyncio.AbstractEventLoop | None = None, cluster: str = DEFAULT_CLUSTER
) -> None:
    """Install a cluster and the loop that all of them live on; None removes it."""
    global _loop
    _apis.pop(cluster, None)
    if api is not None:
        _apis[cluster], _loop = api, loop


def get(cluster: str, resource: Resource, namespace: str, name: str) -> Raw:
    """One object as it is now; raises ClusterError."""
    return _call(cluster, lambda api: api.get(resource, namespace, name))


def patch(cluster: str, wanted: Patch) -> Raw:
    """Make the change; the object afterwards; raises ClusterError."""
    return _call(cluster, lambda api: api.patch(wanted.resource, wanted.namespace, wanted.name, wanted.body))


def allowed(cluster: str, resource: Resource, namespace: str) -> Future[bool]:
    """Ask whether our account may patch there; does not wait. Raises NoConnection."""
    return _start(cluster, lambda api: api.allowed(resource, "patch", namespace))


def _call(cluster: str, ask: Callable[[Api], Coroutine[Any, Any, Answer]]) -> Answer:
    future = _start(cluster, ask)
    try:
        return future.result(LONGEST)
    except TimeoutError:
        # Whether a call that is under way makes its change, nobody can tell from here.
        future.cancel()
        raise Unreachable("the API server did not answer in time") from None
    except CancelledError:
        raise Unreachable("Aviary was stopped meanwhile") from None


def _start(cluster: str, ask: Callable[[Api], Coroutine[Any, Any, Answer]]) -> Future[Answer]:
    api = _apis.get(cluster)
    if api is None or _loop is None or not _loop.is_running():
        raise NoConnection("the cluster is not being watched")
    return asyncio.run_coroutine_threadsafe(ask(api), _loop)
