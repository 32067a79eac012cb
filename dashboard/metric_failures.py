"""What Flagger said when a check failed, read from its messages. Plain Python.

The only place where it tells a value without its `/metrics`. The texts are those of Flagger's scheduler;
what does not look like one of them is no failure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.metric_checks import DURATION, SUCCESS_RATE

# Characters; event hooks come from anyone, and no message of Flagger's about a check is longer.
LONGEST = 600
ECHO = timedelta(seconds=10)
# In Flagger's words for its own two metrics.
_NAMES = {"success rate": SUCCESS_RATE, "request duration": DURATION}
_PLACE = r"Halt(?: \S+)? advancement "
_COMPARED = re.compile(
    _PLACE + r"(?P<name>.+?) (?P<value>[-+]?[\d.]\S*|NaN|[-+]?Inf\S*) (?P<sign>[<>]) (?P<bound>\S+)\s*$"
)
_EMPTY = re.compile(
    _PLACE
    + r"no values found for (?:(?:custom )?metric: (?P<custom>.+?)|\S+ metric (?P<name>\S+) .*?)(?::.*)?$"
)
_BROKEN = re.compile(r"(?:Prometheus|Metric) query failed for (?P<name>.+?): (?P<why>.*)$", re.DOTALL)
# Failures that do not name the metric.
_ANY = re.compile(
    r"Prometheus query failed: |Metric query failed |Metric template |Error building Prometheus client|"
    r"Error fetching Knative service|" + _PLACE + r"external check "
)


@dataclass(frozen=True, slots=True)
class Said:
    """One message of Flagger, with its time; `proven` when Kubernetes has it, not only an event hook."""

    message: str
    at: datetime
    proven: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that failed. `metric` "" when the message does not name one; `compared` such as `97.40% < 99%`,
    "" when there was no value; `why` the rest of what was said."""

    metric: str
    compared: str
    why: str
    said: Said


def read(said: Said) -> Failure | None:
    """The failure that a message tells, or None."""
    message = said.message.strip()[:LONGEST]
    if found := _COMPARED.search(message):
        metric = _NAMES.get(found["name"], found["name"])
        return Failure(metric, f"{found['value']} {found['sign']} {found['bound']}", "", said)
    if found := _EMPTY.search(message):
        return Failure(found["custom"] or found["name"], "", message, said)
    if found := _BROKEN.search(message):
        return Failure(found["name"], "", message, said)
    return Failure("", "", message, said) if _ANY.match(message) else None


def latest(messages: Iterable[Said]) -> Mapping[str, Failure]:
    """The last failure of each metric; under "" the last one that names none."""
    found: dict[str, Failure] = {}
    for said in sorted(messages, key=lambda one: one.at):
        failure = read(said)
        if failure and not _echo(found.get(failure.metric), said):
            found[failure.metric] = failure
    return found


def _echo(known: Failure | None, said: Said) -> bool:
    """Whether an event hook only repeats what Kubernetes has: Flagger tells both, one after the other."""
    if known is None or said.proven or not known.said.proven:
        return False
    return known.said.message == said.message and said.at - known.said.at < ECHO
