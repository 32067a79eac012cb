"""Which webhook tokens are valid, in memory: a call costs a hash and a look, no query.

The database is asked again while calls come in: what was revoked anywhere ends within `LATEST` seconds.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

from django.db.models import Q
from django.utils import timezone

from gates import patterns, token_uses
from gates.audit import Actor
from gates.models import WebhookToken
from gates.patterns import ANY
from gates.reader import DatabaseUnavailable
from gates.sender import TOKEN
from gates.thread_connection import with_connection
from gates.token_terms import digest

log = logging.getLogger(__name__)

# Seconds since the last look: from FRESH on a call starts the next one, from LATEST on it waits for it. A
# token that is not known may have been made just now: it waits for the next look, AGAIN after the last one.
FRESH, LATEST, AGAIN = 1.5, 4.0, 0.05
# Seconds that a call waits for a look.
PATIENCE = 1.5
# What this process itself may call with: the demo's Flagger.
OWN = secrets.token_urlsafe(24)


class Proof(NamedTuple):
    """A valid token: who it proves, where, and until when (seconds since 1970)."""

    actor: Actor
    clusters: tuple[str, ...] = (ANY,)
    namespaces: tuple[str, ...] = (ANY,)
    until: float = float("inf")
    number: int = 0

    @property
    def everywhere(self) -> bool:
        """Good for a call whose body is not read."""
        return ANY in self.namespaces and ANY in self.clusters

    def covers(self, cluster: str, namespace: str) -> bool:
        """Good for a call about this namespace."""
        return patterns.matches(self.clusters, cluster) and patterns.matches(self.namespaces, namespace)


class TokenMemory:
    """Used on one event loop. `fixed` are the tokens of AVIARY_WEBHOOK_TOKENS, which end with the process."""

    def __init__(self, fixed: Sequence[str]) -> None:
        # By digest: how long a look takes tells nothing about a token.
        self._fixed = {digest(token): Proof(TOKEN) for token in (*fixed, OWN)}
        self._known: Mapping[str, Proof] = {}
        self._read_at = float("-inf")
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="tokens")
        self._reading: Future[dict[str, Proof]] | None = None

    async def find(self, token: str) -> Proof | None:
        """What it proves, None for nothing; DatabaseUnavailable when nobody can tell."""
        if not token:
            return None
        key = digest(token)
        if key in self._fixed:
            return self._fixed[key]
        now = time.monotonic()
        if key not in self._known or now - self._read_at > LATEST:
            await self._read(now)
        elif now - self._read_at > FRESH:
            self._begin()
        proof = self._known.get(key)
        if proof is None or proof.until < time.time():
            return None
        token_uses.used(token_uses.WEBHOOK, proof.number)
        return proof

    def close(self) -> None:
        """Let go of the thread."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> Future[dict[str, Proof]]:
        if self._reading is None or self._reading.done():
            self._reading = self._threads.submit(self._look, time.monotonic())
        return self._reading

    async def _read(self, now: float) -> None:
        """Wait for a look that began after `now`."""
        try:
            async with asyncio.timeout(PATIENCE):
                # Wrong tokens are slowed down, and cost the database few queries however many come.
                await asyncio.sleep(self._read_at + AGAIN - now)
                while self._read_at < now:
                    # The look goes on without its caller: others may wait for it.
                    await asyncio.shield(asyncio.wrap_future(self._begin()))
        except TimeoutError as error:
            raise DatabaseUnavailable("the tokens were not read in time") from error

    def _look(self, started: float) -> dict[str, Proof]:
        """In the thread. What was changed after `started` may be missing, so that is the time that counts."""
        try:
            found = with_connection(_valid)
        except DatabaseUnavailable as error:
            log.warning("the webhook tokens cannot be read: %s", error)
            raise
        self._known, self._read_at = found, started
        return found


def actor(name: str) -> Actor:
    """Whom the log names for a token of this name."""
    return Actor(TOKEN.kind, f"{name} ({TOKEN.name})", TOKEN.auth)


def _valid() -> dict[str, Proof]:
    rows = WebhookToken.objects.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)
    return {
        row.digest: Proof(
            actor(row.name),
            patterns.parts(row.clusters),
            patterns.parts(row.namespaces),
            row.expires_at.timestamp() if row.expires_at else float("inf"),
            row.pk,
        )
        for row in rows
    }
