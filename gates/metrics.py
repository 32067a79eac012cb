"""What is counted as it happens, for Prometheus. Labels have few values: none is ever a canary's name.

Anyone may call with any namespace and name, and each would be a series of its own, for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

from gates.models import AuditEntry
from gates.signals import decided

CONTENT_TYPE = CONTENT_TYPE_LATEST.encode()
OTHER = "other"

calls = Counter("aviary_webhook_calls", "Calls by address and status.", ["address", "status"])
# Few buckets: each costs the hot path a comparison.
seconds = Histogram(
    "aviary_webhook_seconds",
    "Time from the request's head to the answer's last byte.",
    ["address"],
    buckets=(0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1, 2.5),
)

# Whose work failed because the database did not answer.
HOOKS, PAGES, LIVE, BACKGROUND = "hooks", "pages", "live", "background"
errors = Counter("aviary_database_errors", "Times the database did not answer, by whose work.", ["part"])
# What waited too long or in too large a number, and was given up.
DECISIONS, ASKS, EVENTS, HINTS, STATES, CHECKPOINTS = (
    "decisions", "asks", "events", "hints", "states", "checkpoints",
)  # fmt: skip
drops = Counter("aviary_queue_drops", "What was given up because too much of it waited.", ["queue"])
decisions = Counter(
    "aviary_decisions", "Entries of decisions made by this process, by action and way.", ["action", "via"]
)

messages = Counter("aviary_notification_tries", "Messages sent to people, by outcome.", ["outcome"])

# Series that are there from the start: an increase from nothing is none to Prometheus.
_errors = {part: errors.labels(part) for part in (HOOKS, PAGES, LIVE, BACKGROUND)}
_drops = {queue: drops.labels(queue) for queue in (DECISIONS, ASKS, EVENTS, HINTS, STATES, CHECKPOINTS)}
_messages = {outcome: messages.labels(outcome) for outcome in ("sent", "failed")}
# Looking a labelled series up costs more than counting it.
_calls: dict[tuple[str, int], Counter] = {}
_seconds: dict[str, Histogram] = {}


def observe(address: str, status: int, duration: float) -> None:
    """Count one answered call; `address` is a listed label or OTHER, `duration` in seconds."""
    counter = _calls.get((address, status))
    if counter is None:
        counter = _calls[address, status] = calls.labels(address, str(status))
    counter.inc()
    histogram = _seconds.get(address)
    if histogram is None:
        histogram = _seconds[address] = seconds.labels(address)
    histogram.observe(duration)


def database_error(part: str) -> None:
    """The database did not answer; `part` is HOOKS, PAGES, LIVE or BACKGROUND."""
    _errors[part].inc()


def dropped(queue: str, count: int = 1) -> None:
    """So many were given up; `queue` is one of those above."""
    _drops[queue].inc(count)


def message(*, sent: bool) -> None:
    """One try to send a message."""
    _messages["sent" if sent else "failed"].inc()


def page() -> bytes:
    """Everything in Prometheus' text format."""
    return generate_latest()


def _decided(entries: Sequence[AuditEntry], **_kwargs: Any) -> None:
    for entry in entries:
        decisions.labels(entry.action, entry.via).inc()


decided.connect(_decided)
