"""Keeps Python's garbage collector from stopping everything for a tenth of a second, again and again.

Thousands of canaries are a million objects, and a full collection looks at each of them. What is left over
by one that took long is taken to stay, and is not looked at again. It is freed all the same once nothing
refers to it; only what refers to itself in a circle is not, and among what has lived so long that is little.
"""

from __future__ import annotations

import gc
import time
from typing import Any

# Seconds of work.
LONG = 0.01
# Python's oldest generation: its collection is a full one.
OLDEST = 2


class Keeper:
    """For `gc.callbacks`."""

    def __init__(self) -> None:
        self._begun = 0.0

    def __call__(self, phase: str, info: dict[str, Any]) -> None:
        """A collection begins or has ended, in the thread that called this."""
        if phase == "start":
            self._begun = time.thread_time()
        elif info["generation"] == OLDEST and time.thread_time() - self._begun > LONG:
            gc.freeze()


def settle() -> None:
    """What is loaded by now stays for good; from here on the collector is on, and watched."""
    gc.collect()
    gc.freeze()
    gc.callbacks.append(Keeper())
    gc.enable()
