"""What Flagger measured: its own `/metrics`, read every few seconds where the operator named the address.

Nowhere else does Flagger tell a value that passes. It keeps the last value of each check for ever and without
a time, so a reading says when it was read and since when it reads like this, not when it was measured.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

import aiohttp
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from prometheus_client.parser import text_string_to_metric_families

log = logging.getLogger(__name__)

# Seconds between two readings, and how long one may take in all.
EVERY, TIMEOUT = 5.0, 4.0
# Two readings may fail before a value counts as old.
FRESH = timedelta(seconds=3 * EVERY)
# After so long without a word a value is forgotten: its canary has gone, or Flagger has started anew.
FORGOTTEN = timedelta(hours=1)
# Bytes of an answer (5,000 canaries make about 8 MB), of a line, and lines that are of use.
LARGEST, LONGEST, MOST = 64 * 2**20, 64 * 2**10, 100_000
# Flagger's name in its recorder; the label `name` is the target's, not the canary's.
SERIES = re.compile(rb"^flagger_canary_metric_analysis\{.*$", re.MULTILINE)

Target = tuple[str, str]
# Namespace, target, metric and what was measured.
Value = tuple[str, str, str, float]
NOTHING: Mapping[str, Reading] = MappingProxyType({})


class Unusable(Exception):
    """The answer is no use; the text says why, for a person, without the address."""

    def __init__(self, why: str | Promise) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Reading:
    """A metric's last value as Flagger keeps it (durations in seconds; may be NaN); read last `at`,
    with this very value since `since`."""

    value: float
    at: datetime
    since: datetime

    def old(self, now: datetime) -> bool:
        """Whether it may have changed since, without our knowing."""
        return now - self.at > FRESH


class Readings:
    """The last values of one cluster's Flagger. Written on the event loop, read from any thread."""

    def __init__(self) -> None:
        self.trouble: str | Promise = ""
        self._values: Mapping[Target, Mapping[str, Reading]] = {}

    def of(self, namespace: str, target: str) -> Mapping[str, Reading]:
        """Each metric's reading of the canary with that target."""
        return self._values.get((namespace, target), NOTHING)

    def take(self, found: Iterable[Value], at: datetime) -> None:
        """Values that were read `at`; what is not among them grows old."""
        values: defaultdict[Target, dict[str, Reading]] = defaultdict(dict)
        for target, known in self._values.items():
            if kept := {name: one for name, one in known.items() if at - one.at < FORGOTTEN}:
                values[target] = kept
        for namespace, name, metric, value in found:
            before = values[namespace, name].get(metric)
            # NaN is not equal to itself.
            same = before is not None and repr(before.value) == repr(value)
            since = before.since if before is not None and same else at
            values[namespace, name][metric] = Reading(value, at, since)
        self._values, self.trouble = dict(values), ""


def parse(line: bytes) -> Value | None:
    """The value in a line of Prometheus' text format; None for one that is no use."""
    try:
        (family,) = text_string_to_metric_families(line.decode("utf-8", "replace") + "\n")
        (sample,) = family.samples
        labels = sample.labels
        return labels["namespace"], labels["name"], labels["metric"], float(sample.value)
    except (ValueError, KeyError):
        return None


class FlaggerMetrics:
    """Reads `address` for ever, one reading at a time, into `readings`."""

    def __init__(
        self, address: str, readings: Readings, every: float = EVERY, timeout: float = TIMEOUT
    ) -> None:
        self.address, self.readings, self.every, self.timeout = address, readings, every, timeout
        # Most canaries are at rest: their lines are the same each time, and parsed once.
        self._parsed: dict[bytes, Value | None] = {}

    async def run(self) -> None:
        """Until cancelled."""
        async with self.session() as session:
            while True:
                await self.read(session)
                await asyncio.sleep(self.every)

    def session(self) -> aiohttp.ClientSession:
        """With our limits. Nothing is unpacked: a few kilobytes could become gigabytes."""
        return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=self.timeout), auto_decompress=False)

    async def read(self, session: aiohttp.ClientSession) -> None:
        """Read once; what goes wrong is `readings.trouble` until it goes well again."""
        try:
            lines = await self._fetch(session)
        except Unusable as error:
            self._trouble(error.why)
        except TimeoutError:
            self._trouble(_("it did not answer in time"))
        except (aiohttp.ClientError, OSError, ValueError):
            # The error's own text may hold the address with its password.
            self._trouble(_("it cannot be reached"))
        else:
            self._parsed = await asyncio.to_thread(self._parse, lines)
            self.readings.take(filter(None, self._parsed.values()), datetime.now(UTC))

    def _parse(self, lines: Iterable[bytes]) -> dict[bytes, Value | None]:
        known = self._parsed
        return {line: known[line] if line in known else parse(line) for line in lines}

    def _trouble(self, why: str | Promise) -> None:
        if self.readings.trouble != why:
            log.warning("Flagger's metrics cannot be read: %s", why)
        self.readings.trouble = why

    async def _fetch(self, session: aiohttp.ClientSession) -> list[bytes]:
        headers = {"Accept": "text/plain", "Accept-Encoding": "identity"}
        async with session.get(self.address, headers=headers, allow_redirects=False) as answer:
            if answer.status != 200:
                raise Unusable(format_lazy(_("it answered with status {status}"), status=answer.status))
            return await _useful(answer.content)


async def _useful(content: aiohttp.StreamReader) -> list[bytes]:
    """The lines of the one series; the rest of a large answer is never kept."""
    found: list[bytes] = []
    rest, size, flaggers = b"", 0, False
    async for chunk in content.iter_chunked(2**16):
        size += len(chunk)
        lines, _newline, rest = (rest + chunk).rpartition(b"\n")
        found += SERIES.findall(lines)
        flaggers = flaggers or b"flagger_" in lines
        if size > LARGEST or len(rest) > LONGEST or len(found) > MOST:
            raise Unusable(_("its answer is too long"))
    if not flaggers:
        raise Unusable(_("what it answered are not Flagger's metrics"))
    return found


_readings: dict[str, Readings] = {}


def use(cluster: str, readings: Readings | None) -> None:
    """Whose readings pages show for that cluster; None: there is no address to read."""
    if readings is None:
        _readings.pop(cluster, None)
    else:
        _readings[cluster] = readings


def of(cluster: str) -> Readings | None:
    """The cluster's readings; None when no address is configured."""
    return _readings.get(cluster)
