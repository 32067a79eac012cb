"""Looking now and then whether something still holds, beside the work that rests on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Found = TypeVar("Found")


class Recheck(Generic[Found]):
    """Calls `look` every `every` seconds, and `wake` when it has found something.

    The work goes on meanwhile: twenty pages that look at once wait for each other in the database. But a
    look that takes longer than the time between two is waited for, so that nothing rests on an older one.
    """

    def __init__(self, look: Callable[[], Awaitable[Found]], every: float, wake: Callable[[], None]) -> None:
        self.look, self.every, self.wake = look, every, wake
        self._begun = asyncio.get_running_loop().time()
        self._looking: asyncio.Future[Found] | None = None

    async def found(self, now: float) -> Found | None:
        """What a look has found, once; None while there is nothing new. `now`: the event loop's time."""
        if self._looking is None:
            if now - self._begun < self.every:
                return None
            self._begun = now
            self._looking = asyncio.ensure_future(self.look())
            self._looking.add_done_callback(lambda _looked: self.wake())
        if not self._looking.done() and now - self._begun < self.every:
            return None
        looking, self._looking = self._looking, None
        return await looking

    def stop(self) -> None:
        """Nothing rests on it any more."""
        if self._looking is not None:
            self._looking.cancel()
