"""Kubernetes calls: list, watch, get and patch as raw JSON, with time limits and Aviary's own errors.

The only file that imports `kubernetes`. Everything runs on the server's event loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import yaml
from kubernetes.aio.client import ApiClient, Configuration
from kubernetes.aio.config import ConfigException, load_incluster_config, load_kube_config

from dashboard import wire
from dashboard.cluster_errors import Misconfigured, NotFound, Unreachable
from dashboard.connection import Connection, Source
from dashboard.resources import ACCESS_REVIEWS, Resource
from dashboard.wire import Event, Page, Raw

# Objects. Decoding one page is the longest that the event loop is held up: 200 Deployments take 20 ms.
PAGE = 200
# Seconds.
CONNECT_LIMIT = 5.0
LIST_LIMIT = 60.0
LIST_SILENCE = 8.0
OPEN_LIMIT = 10.0
LIVE_LIMIT = 1.0
# Admission webhooks are asked before a change is made.
WRITE_LIMIT = 6.0
PLUGIN_LIMIT = 30.0
# Credentials are read at most this often, however many watches are refused at once.
RELOAD_PAUSE = 4.0
FIELD_MANAGER = "aviary"
MERGE_PATCH = "application/merge-patch+json"
METHODS = {"patch": "PATCH", "create": "POST"}
NAME = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")

# It logs what a credential plugin writes to its standard error, which may be a secret.
logging.getLogger("kubernetes.aio.config.kube_config").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class _Call:
    resource: Resource
    verb: str
    path: str
    limit: aiohttp.ClientTimeout
    query: Mapping[str, str]
    body: Raw | None = None


class Cluster:
    """One API server. Connects at the first call; refused credentials are read anew once per call."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._client: ApiClient | None = None
        self._loaded = float("-inf")
        self._failure: Misconfigured | None = None
        self._loading = asyncio.Lock()

    async def close(self) -> None:
        """Close every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def pages(self, resource: Resource, size: int = PAGE) -> AsyncIterator[Page]:
        """Every object over all namespaces, `size` at a time; Gone when the continuation has expired."""
        limit = aiohttp.ClientTimeout(total=LIST_LIMIT, sock_connect=CONNECT_LIMIT, sock_read=LIST_SILENCE)
        query = {"limit": str(size), **_wanted(resource)}
        while True:
            body = await self._read(_Call(resource, "list", resource.path(), limit, query))
            page = wire.page(body, resource)
            yield page
            if not page.following:
                return
            query = {"limit": str(size), **_wanted(resource), "continue": page.following}

    async def get(self, resource: Resource, namespace: str, name: str, limit: float = LIVE_LIMIT) -> Raw:
        """One object as it is now, within `limit` seconds."""
        limits = aiohttp.ClientTimeout(total=limit)
        return await self._read(_Call(resource, "get", _place(resource, namespace, name), limits, {}))

    async def patch(self, resource: Resource, namespace: str, name: str, patch: Raw) -> Raw:
        """Merge `patch` (RFC 7386) into one object; the object as it is then.

        With a `metadata.resourceVersion` in it: Conflict unless the object still has that version.
        Unreachable other than NoConnection leaves open whether the change was made.
        """
        limits = aiohttp.ClientTimeout(total=WRITE_LIMIT)
        query = {"fieldManager": FIELD_MANAGER}
        place = _place(resource, namespace, name)
        return await self._read(_Call(resource, "patch", place, limits, query, patch))

    async def allowed(self, resource: Resource, verb: str, namespace: str) -> bool:
        """Whether our own credentials may do that there, as the API server's authorizer sees it."""
        wanted = {"verb": verb, "resource": resource.plural, "group": resource.group, "namespace": namespace}
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": wanted},
        }
        limits = aiohttp.ClientTimeout(total=LIVE_LIMIT)
        call = _Call(ACCESS_REVIEWS, "create", ACCESS_REVIEWS.path(), limits, {}, review)
        status = (await self._read(call)).get("status")
        return isinstance(status, dict) and status.get("allowed") is True

    @asynccontextmanager
    async def watch(
        self, resource: Resource, version: str, lasting: float, silence: float
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Open a watch from `version`; inside, an iterator that ends when the server ends the watch.

        The server is asked to end it after `lasting` seconds. `silence` seconds without a byte count as
        a dead connection: Interrupted.
        """
        query = {
            "watch": "true",
            "allowWatchBookmarks": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(max(1, round(lasting))),
            **_wanted(resource),
        }
        # The library's own limit, five minutes in all, would cut every watch.
        limit = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_LIMIT, sock_read=silence)
        try:
            async with asyncio.timeout(OPEN_LIMIT):
                response = await self._open(_Call(resource, "watch", resource.path(), limit, query))
        except TimeoutError:
            raise Unreachable(f"the API server did not begin the watch of {resource.title}") from None
        try:
            yield wire.events(response, resource)
        finally:
            _drop(response)

    async def _read(self, call: _Call) -> dict[str, Any]:
        response = await self._open(call)
        async with response:
            try:
                text = await response.read()
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise wire.unreachable(error) from None
        return wire.decode(text, call.resource)

    async def _open(self, call: _Call) -> aiohttp.ClientResponse:
        """The response once its headers are there and its status is 200, or 201 for what was created."""
        client = await self._connected()
        response = await _send(client, call)
        if response.status == 401 and time.monotonic() - self._loaded > RELOAD_PAUSE:
            # A token that has expired: read the kubeconfig or run its plugin once more.
            _drop(response)
            await self._discard(client)
            response = await _send(await self._connected(), call)
        if response.status not in (200, 201):
            _drop(response)
            raise wire.refusal(response.status, call.resource, call.verb)
        return response

    async def _connected(self) -> ApiClient:
        async with self._loading:
            if self._client is not None:
                return self._client
            if self._failure is not None and time.monotonic() - self._loaded < RELOAD_PAUSE:
                raise self._failure
            self._failure = None
            try:
                client = self._client = ApiClient(await configure(self.connection))
            except Misconfigured as error:
                self._failure = error
                raise
            finally:
                self._loaded = time.monotonic()
            return client

    async def _discard(self, client: ApiClient) -> None:
        if self._client is client:
            await self.close()


async def configure(connection: Connection) -> Configuration:
    """Address, trust and credentials; Misconfigured when they cannot be read."""
    if connection.source is Source.DEMO:
        # The demo is on this machine: no proxy from the environment may come between.
        return Configuration(host=connection.url, client_session_kwargs={"trust_env": False})
    configuration = Configuration()
    if connection.source is Source.IN_CLUSTER:
        try:
            load_incluster_config(client_configuration=configuration)
        except (ConfigException, OSError) as error:
            raise Misconfigured(f"there is no pod's service account here: {error}") from None
    else:
        await _from_kubeconfig(connection, configuration)
    return configuration


async def _from_kubeconfig(connection: Connection, configuration: Configuration) -> None:
    paths = os.pathsep.join(str(path) for path in connection.kubeconfig_paths)
    if not paths:
        raise Misconfigured(f"KUBECONFIG={connection.kubeconfig}: there is no such file")
    context = f"context {connection.context}" if connection.context else "its current context"
    try:
        async with asyncio.timeout(PLUGIN_LIMIT):
            loader = await load_kube_config(
                config_file=paths,
                context=connection.context or None,
                client_configuration=configuration,
                persist_config=False,
            )
    except TimeoutError:
        raise Misconfigured(f"KUBECONFIG={paths}: the credential plugin did not answer in time") from None
    except (ConfigException, OSError, ValueError, TypeError, KeyError, AttributeError, yaml.YAMLError):
        # The library's own texts quote parts of the file, tokens included.
        raise Misconfigured(f"KUBECONFIG={paths}: {context} cannot be used") from None
    # The library logs a plugin's failure and goes on without credentials, as nobody.
    plugged = "exec" in (loader._user or {})
    if plugged and not (getattr(loader, "token", "") or getattr(loader, "cert_file", "")):
        raise Misconfigured(f"KUBECONFIG={paths}: the credential plugin of {context} gave no credentials")


def _place(resource: Resource, namespace: str, name: str) -> str:
    """The address of one object; names may come from anyone who calls a webhook: none may lead elsewhere."""
    if not (NAME.fullmatch(namespace) and NAME.fullmatch(name)):
        raise NotFound(f"no {resource.kind} can have that name")
    return resource.path(namespace, name)


def _wanted(resource: Resource) -> dict[str, str]:
    return {"fieldSelector": resource.fields} if resource.fields else {}


def _drop(response: aiohttp.ClientResponse) -> None:
    """Give up the connection at once: a polite farewell in TLS would outlive a server that is stopping."""
    connection = response.connection
    if connection is not None and connection.transport is not None:
        connection.transport.abort()
    response.close()


async def _send(client: ApiClient, call: _Call) -> aiohttp.ClientResponse:
    sent = {"Content-Type": MERGE_PATCH if call.verb == "patch" else "application/json"} if call.body else {}
    try:
        method, url, headers, body, *_ = await client.param_serialize(
            METHODS.get(call.verb, "GET"),
            call.path,
            query_params=list(call.query.items()),
            header_params={"Accept": "application/json", **sent},
            body=call.body,
            auth_settings=["BearerToken"],
        )
        answer = await client.rest_client.request(
            method, url, headers=headers, body=body, _request_timeout=call.limit
        )
    # RuntimeError: another call has just closed this client in order to read the credentials anew.
    except (aiohttp.ClientError, ConfigException, RuntimeError, ValueError, OSError) as error:
        raise wire.unreachable(error) from None
    response: aiohttp.ClientResponse = answer.response
    return response
