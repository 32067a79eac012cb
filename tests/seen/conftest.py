"""What a server tells Prometheus, read as Prometheus reads it."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress

import httpx
from prometheus_client.parser import text_string_to_metric_families as families

from tests.support.server import Server

Labels = tuple[tuple[str, str], ...]


class Scrape:
    """One answer of /metrics: `value("name", label="…")` sums the samples that fit; `names` are all names."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples = [sample for family in families(text) for sample in family.samples]
        self.names = {sample.name for sample in self.samples}

    def value(self, name: str, **labels: str) -> float:
        """The sum; KeyError when there is no such sample."""
        fitting = [
            each.value for each in self.samples if each.name == name and labels.items() <= each.labels.items()
        ]
        if not fitting:
            raise KeyError(f"{name}{labels}")
        return sum(fitting)

    def labels(self, name: str) -> set[str]:
        """Every value that a label of this name has in any sample of ours."""
        return {
            each.labels[name]
            for each in self.samples
            if name in each.labels and each.name.startswith("aviary")
        }


def scrape(server: Server) -> Scrape:
    """Now."""
    answer = httpx.get(f"{server.url}/metrics", timeout=10)
    answer.raise_for_status()
    return Scrape(answer.text)


def until(server: Server, holds: Callable[[Scrape], bool], limit: float = 30) -> Scrape:
    """Scrape until it holds."""
    deadline = time.monotonic() + limit
    while True:
        found = scrape(server)
        # A figure is left out while the database takes too long for it.
        with suppress(KeyError):
            if holds(found):
                return found
        assert time.monotonic() < deadline, found.text
        time.sleep(0.1)
