"""`POST /`: load-test tasks go to a real load tester, byte for byte; Aviary runs no command."""

from __future__ import annotations

import logging

import aiohttp
from django.conf import settings

from gates.replies import Reply, reply
from gates.sender import Headers

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5
# Passed on as they came; everything else belongs to the connection, not to the task.
PASSED = ("content-type", "user-agent")
# Says that a task has been here: a Service named flagger-loadtester may point at Aviary itself.
MARK = "aviary"

NOT_SET = reply(
    400,
    b"Aviary runs no load-test tasks itself. "
    b"Set AVIARY_LOADTESTER_URL to the address of a Flagger load tester, and it will pass them on.\n",
)
LOOP = reply(400, b"AVIARY_LOADTESTER_URL points back at Aviary. Set it to the address of a load tester.\n")
# What a load tester that is down looks like to Flagger: a failed call, tried again if the webhook's
# `retries` say so. A 4xx would never be tried again.
UNREACHABLE = reply(502, b"The load tester at AVIARY_LOADTESTER_URL cannot be reached.\n")
TOO_SLOW = reply(504, b"The load tester did not answer within AVIARY_LOADTESTER_TIMEOUT.\n")


class Relay:
    """One client session, made with the first task, on the server's event loop."""

    def __init__(self) -> None:
        self.url = f"{settings.LOADTESTER_URL}/" if settings.LOADTESTER_URL else ""
        self._session: aiohttp.ClientSession | None = None

    async def task(self, body: bytes, headers: Headers) -> Reply:
        """The load tester's answer to this task."""
        if not self.url:
            return NOT_SET
        if MARK.encode() in headers.get(b"via", b""):
            return LOOP
        passed = {name: headers.get(name.encode(), b"").decode("latin-1") for name in PASSED}
        try:
            async with self._client().post(
                self.url,
                data=body,
                headers={name: value for name, value in passed.items() if value} | {"Via": f"1.1 {MARK}"},
                skip_auto_headers=("Content-Type", "User-Agent", "Accept", "Accept-Encoding"),
                # A redirect is an answer like any other: Flagger decides what it makes of it.
                allow_redirects=False,
            ) as answer:
                content_type = answer.headers.get("Content-Type", "").encode("latin-1", "replace")
                return reply(answer.status, await answer.read(), content_type)
        except TimeoutError:
            log.warning("The load tester did not answer in time")
            return TOO_SLOW
        except aiohttp.ClientError as error:
            log.warning("The load tester cannot be reached: %s", error)
            return UNREACHABLE

    async def close(self) -> None:
        """End open calls."""
        if self._session is not None:
            await self._session.close()

    def _client(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Tasks may run for an hour: no limit on how many at once, none on how long but the setting's.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(
                    total=settings.LOADTESTER_TIMEOUT, sock_connect=CONNECT_SECONDS
                ),
            )
        return self._session
