"""The demo cluster's Kubernetes API over HTTP: list, get, watch, patch, delete; errors are Status objects."""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import Any

from aiohttp import web
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from dashboard.demo.recorder import Recorder
from dashboard.demo.state import RESOURCES, Change, Cluster, Expired, Missing, Object, Resource

REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
MERGE_PATCH = "application/merge-patch+json"
WATCH_SECONDS = 1800.0
BOOKMARK_SECONDS = 15.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def status_object(code: int, reason: str, message: str) -> dict[str, Any]:
    """An API server's error."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


def refuse(code: int, reason: str, message: str) -> web.Response:
    """An error as an answer of its own."""
    return web.json_response(status_object(code, reason, message), status=code)


def too_old(version: int, oldest: int) -> dict[str, Any]:
    """What a watch is told whose version is no longer in the history."""
    return status_object(410, "Expired", f"too old resource version: {version} ({oldest})")


def selected(item: Object, selector: str) -> bool:
    """Whether the object has every field of the selector, such as `involvedObject.kind=Canary`."""
    for wish in filter(None, selector.split(",")):
        path, _, wanted = wish.partition("=")
        value: Any = item
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value != wanted:
            return False
    return True


class Served:
    """The addresses of one resource."""

    def __init__(self, cluster: Cluster, resource: Resource, bookmark_seconds: float) -> None:
        self.cluster, self.resource = cluster, resource
        self.bookmark_seconds = bookmark_seconds

    def routes(self) -> list[web.RouteDef]:
        """Where each verb is answered."""
        version = self.resource.api_version
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        places = f"{base}/namespaces/{{namespace}}/{self.resource.plural}"
        one = f"{places}/{{name}}"
        routes = [
            web.get(f"{base}/{self.resource.plural}", self.list),
            web.get(places, self.list),
            web.get(one, self.get),
            web.patch(one, partial(self.patch, status=False)),
            web.delete(one, self.delete),
        ]
        if self.resource.has_status:
            routes += [web.patch(f"{one}/status", partial(self.patch, status=True))]
        return routes

    async def list(self, request: web.Request) -> web.StreamResponse:
        """All objects, or the watch of them; `limit` is a wish that a server may ignore."""
        if "labelSelector" in request.query:
            return refuse(400, "BadRequest", "the demo cluster knows no label selectors")
        if request.query.get("watch", "false").lower() in {"true", "1"}:
            return await self.watch(request)
        known = self.cluster.all(self.resource, request.match_info.get("namespace", ""))
        selector = request.query.get("fieldSelector", "")
        found = [item for item in known if selected(item, selector)]
        return web.json_response(
            {
                "kind": f"{self.resource.kind}List",
                "apiVersion": self.resource.api_version,
                "metadata": {"resourceVersion": str(self.cluster.version)},
                "items": found,
            }
        )

    async def get(self, request: web.Request) -> web.Response:
        """One object."""
        place = request.match_info
        return web.json_response(self.cluster.get(self.resource, place["namespace"], place["name"]))

    async def patch(self, request: web.Request, *, status: bool) -> web.Response:
        """Merge patches only."""
        if request.content_type != MERGE_PATCH:
            return refuse(415, "UnsupportedMediaType", f"the demo cluster takes {MERGE_PATCH} only")
        try:
            body = json.loads(await request.read())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return refuse(400, "BadRequest", "the patch is not a JSON object")
        place = request.match_info
        known = self.cluster.get(self.resource, place["namespace"], place["name"])["metadata"]
        metadata = body.get("metadata")
        meant = metadata.get("resourceVersion") if isinstance(metadata, dict) else None
        if meant is not None and meant != known["resourceVersion"]:
            return refuse(409, "Conflict", f'"{place["name"]}": the object has been modified')
        changed = self.cluster.patch(self.resource, place["namespace"], place["name"], body, status=status)
        return web.json_response(changed)

    async def delete(self, request: web.Request) -> web.Response:
        """Remove one object at once."""
        place = request.match_info
        return web.json_response(self.cluster.delete(self.resource, place["namespace"], place["name"]))

    async def watch(self, request: web.Request) -> web.StreamResponse:
        """Changes after `resourceVersion`, one JSON object a line; without one, first what is there."""
        try:
            version = int(request.query.get("resourceVersion") or 0)
            seconds = float(request.query.get("timeoutSeconds") or WATCH_SECONDS)
        except ValueError:
            return refuse(400, "BadRequest", "resourceVersion and timeoutSeconds must be numbers")
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        stream = Stream(self, request, response)
        # The client may go away at any time.
        with suppress(ConnectionError):
            if not version:
                version = self.cluster.version
                for item in self.cluster.all(self.resource):
                    await stream.send(Change(version, "ADDED", self.resource, item))
            await stream.follow(version, time.monotonic() + seconds)
        return response


class Stream:
    """One open watch."""

    def __init__(self, served: Served, request: web.Request, response: web.StreamResponse) -> None:
        self.served, self.response = served, response
        self.namespace = request.match_info.get("namespace", "")
        self.selector = request.query.get("fieldSelector", "")
        self.bookmarks = request.query.get("allowWatchBookmarks", "false").lower() in {"true", "1"}

    async def write(self, kind: str, item: Object) -> None:
        """One line."""
        await self.response.write(json.dumps({"type": kind, "object": item}).encode() + b"\n")

    async def send(self, change: Change) -> None:
        """The change, if it is one that was asked for."""
        if change.resource is not self.served.resource:
            return
        if self.namespace and change.object["metadata"]["namespace"] != self.namespace:
            return
        if not selected(change.object, self.selector):
            return
        await self.write(change.type, change.object)

    async def bookmark(self, version: int) -> None:
        """Tell how far the watch has come, though nothing of its own has changed."""
        resource = self.served.resource
        metadata = {"resourceVersion": str(version), "creationTimestamp": None}
        mark = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": metadata}
        await self.write("BOOKMARK", mark)

    async def follow(self, version: int, end: float) -> None:
        """Send what happens until `end` (monotonic clock), or until the history has moved on past us."""
        cluster, every = self.served.cluster, self.served.bookmark_seconds
        marked = time.monotonic()
        while (now := time.monotonic()) < end:
            try:
                changes = cluster.since(version)
            except Expired as expired:
                await self.write("ERROR", too_old(version, expired.oldest))
                return
            for change in changes:
                await self.send(change)
                version = change.version
            if self.bookmarks and now - marked >= every:
                await self.bookmark(version)
                marked = now
            if version == cluster.version:
                await cluster.changed(min(every, max(end - time.monotonic(), 0)))
        if self.bookmarks:
            await self.bookmark(version)


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Errors in the API server's own words."""
    try:
        return await handler(request)
    except Missing as missing:
        return refuse(404, "NotFound", f'"{missing}" not found')
    except web.HTTPNotFound:
        return refuse(404, "NotFound", "the server could not find the requested resource")
    except web.HTTPMethodNotAllowed:
        return refuse(405, "MethodNotAllowed", "the demo cluster does not offer this method here")


async def review(request: web.Request) -> web.Response:
    """What may this account do? Everything: it is a demo."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return refuse(400, "BadRequest", "the review is not a JSON object")
    return web.json_response({**body, "status": {"allowed": True, "reason": "a demo"}}, status=201)


async def load_test(request: web.Request) -> web.Response:
    """The cluster's load tester: takes every task and runs none."""
    await request.read()
    return web.Response(status=202)


def application(
    cluster: Cluster, bookmark_seconds: float = BOOKMARK_SECONDS, recorder: Recorder | None = None
) -> web.Application:
    """Every resource, the cluster's load tester, and Flagger's own `/metrics`."""
    recorder = recorder or Recorder()

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=recorder.text(), headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    app = web.Application(middlewares=[errors])
    for resource in RESOURCES:
        app.add_routes(Served(cluster, resource, bookmark_seconds).routes())
    app.add_routes(
        [web.post(REVIEWS, review), web.post("/loadtester/", load_test), web.get("/metrics", metrics)]
    )
    return app


async def start(cluster: Cluster, recorder: Recorder) -> tuple[web.AppRunner, str]:
    """Serve on a free loopback port; returns what to clean up and the base URL."""
    runner = web.AppRunner(application(cluster, recorder=recorder), access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"
