"""The addresses that Flagger calls, as a small ASGI application in front of Django.

Plain text in, plain text out, byte for byte what Flagger's load tester answers. None of Django's
middleware runs here: it would cost a millisecond a call, and a redirect or an error page must never
answer on a rollback address.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

from django.conf import settings

from gates import (
    addresses,
    body,
    clusters,
    draining,
    facts,
    metrics,
    metrics_kept,
    payload,
    replies,
    request_id,
    sender,
)
from gates.addresses import CHECK, CLOSE, HOOK, OPEN, TASK, Address
from gates.answers import PATIENCE, Answers
from gates.body import Receive
from gates.decisions import Act, Change
from gates.facts import Facts
from gates.hooks import Hooks
from gates.keys import GateKey
from gates.payload import Call, Refusal
from gates.reader import DatabaseUnavailable, Reader, open_reader
from gates.relay import Relay
from gates.replies import Reply
from gates.sender import Headers
from gates.token_memory import Proof, TokenMemory
from gates.writer import Writer

log = logging.getLogger(__name__)

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]

# Seconds that an opening or closing may wait for the database.
WRITE_PATIENCE = 5.0
# Bytes from which a body is parsed beside the event loop: a megabyte of JSON takes long enough to be felt.
LARGE = 64 * 1024
FIXED = {addresses.APPROVE: replies.OK, addresses.HALT: replies.FORBIDDEN}


class Webhooks:
    """`ready` tells why this process should get no traffic yet, "" when it should."""

    def __init__(self, ready: Callable[[], str] = str) -> None:
        self.ready = ready
        # Read once: Django's settings object costs the hot path a function call each time.
        self._auth: str = settings.WEBHOOK_AUTH
        self._namespaces: re.Pattern[str] | None = settings.NAMESPACE_REGEXP
        self._port: int = settings.WEBHOOK_PORT
        self._clusters = frozenset(clusters.names())
        self._tokens = TokenMemory(settings.WEBHOOK_TOKENS)
        self.writer = Writer()
        self.relay = Relay()
        self._reader: Reader | None = None
        self._answers: Answers | None = None
        self.hooks = Hooks(self._ask)

    def owns(self, scope: Scope) -> bool:
        """This request is for us, listed or not; all are that come in on a port of our own."""
        return self.apart(scope) or addresses.owns(scope)

    async def close(self) -> None:
        """Finish what was accepted, then let go of database and load tester."""
        await self.hooks.close()
        await self.writer.close()
        await self.relay.close()
        self._tokens.close()
        if self._answers is not None:
            self._answers.freezes.close()
        if self._reader is not None:
            await self._reader.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        headers = dict(scope["headers"])
        address, token = addresses.find(scope, self._clusters)
        try:
            if address is None:
                reply = replies.NOT_FOUND
            elif (address.kind or address.action == TASK) and self._port and not self.apart(scope):
                reply = replies.ELSEWHERE
            elif address.kind or address.action == TASK:
                reply = await self._hook(address, token, scope, headers, receive)
            else:
                reply = await self._operation(address.action)
        except DatabaseUnavailable:
            metrics.database_error(metrics.HOOKS)
            reply = replies.UNAVAILABLE
        except body.TooLarge:
            reply = replies.TOO_LARGE
        except body.TooSlow:
            reply = replies.TOO_SLOW
        except body.Gone:
            return
        # The rest of a body that was given up is not read, so its connection cannot be kept.
        ends = reply in (replies.TOO_LARGE, replies.TOO_SLOW) or sender.closes(headers) or draining.begun()
        start = reply.close if ends else reply.keep
        await send(replies.named(start, scope[request_id.PLACE]) if request_id.PLACE in scope else start)
        await send(reply.body)
        label = address.label if address else metrics.OTHER
        metrics.observe(label, reply.status, perf_counter() - started)

    async def _hook(
        self, address: Address, token: str, scope: Scope, headers: Headers, receive: Receive
    ) -> Reply:
        """One of Flagger's addresses: who calls, what is in the body, then the gate or the load tester."""
        action = address.action
        free = self._open_to_all(action)
        proof = await self._prove(token, action, free) if token else None
        if proof is None and not free:
            return replies.FORBIDDEN
        if action in FIXED:
            return FIXED[action]
        if action != CHECK and sender.foreign(headers, settings.ALLOWED_HOSTS):
            return replies.FORBIDDEN
        raw = await body.read(receive, headers)
        if action == TASK and self._namespaces is None and (free or (proof and proof.everywhere)):
            return await self.relay.task(raw, headers)
        call = payload.read(raw) if len(raw) < LARGE else await asyncio.to_thread(payload.read, raw)
        if isinstance(call, Refusal):
            log.debug("%s: %s", address.label, call.why)
            return replies.MALFORMED
        if self._namespaces is not None and not self._namespaces.search(call.namespace):
            return replies.FORBIDDEN
        if proof is not None and not proof.covers(address.cluster, call.namespace):
            proof = None
            if not free:
                return replies.FORBIDDEN
        if action == TASK:
            return await self.relay.task(raw, headers)
        if action == HOOK:
            yes, why = await self.hooks.answer(address, call, sender.origin(scope, headers))
            return replies.told(yes, why)
        return await self._gate(address, call, proof, scope, headers)

    async def _gate(
        self, address: Address, call: Call, proof: Proof | None, scope: Scope, headers: Headers
    ) -> Reply:
        key = GateKey(address.kind, address.cluster, call.namespace, call.name)
        if address.action == CHECK:
            verdict = await self._ask().answer(key, lambda: sender.origin(scope, headers))
            return replies.APPROVED if verdict.yes else replies.FORBIDDEN
        known = facts.current(key.cluster, key.namespace, key.name)
        change = Change(
            Act.OPEN if address.action == OPEN else Act.CLOSE,
            key,
            proof.actor if proof else sender.UNVERIFIED,
            sender.origin(scope, headers),
            facts=known if isinstance(known, Facts) else None,
        )
        await self.writer.submit(change, WRITE_PATIENCE)
        return replies.ACCEPTED

    async def _operation(self, action: str) -> Reply:
        """Health, readiness and metrics: no token, they are for the machine that runs us."""
        if action == addresses.HEALTH:
            return replies.OK
        if action == addresses.METRICS:
            await metrics_kept.kept.refresh()
            return replies.reply(200, metrics.page(), metrics.CONTENT_TYPE)
        if why := self.ready():
            return replies.reply(503, f"{why}\n".encode())
        deadline = asyncio.get_running_loop().time() + PATIENCE
        await self._ask().reader.get(GateKey("", "", "", ""), deadline)
        return replies.OK

    def _ask(self) -> Answers:
        """Made with the first call: only then is there an event loop."""
        if self._answers is None:
            self._reader = open_reader()
            self._answers = Answers(self._reader, self.writer)
        return self._answers

    async def _prove(self, token: str, action: str, free: bool) -> Proof | None:
        """Who calls, where the answer or the log depends on it."""
        if not free:
            return await self._tokens.find(token)
        if action not in {OPEN, CLOSE}:
            return None
        try:
            return await self._tokens.find(token)
        except DatabaseUnavailable:
            return None

    def apart(self, scope: Scope) -> bool:
        """It came in on AVIARY_WEBHOOK_PORT."""
        return bool(self._port) and scope["server"][1] == self._port

    def _open_to_all(self, action: str) -> bool:
        """What AVIARY_WEBHOOK_AUTH lets through without a token; not chosen is as strict as can be."""
        return self._auth == "open" or (self._auth == "token-writes" and action != OPEN)
