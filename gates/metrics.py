"""What is counted about Flagger's calls, for Prometheus."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest

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


def page() -> bytes:
    """Everything in Prometheus' text format."""
    return generate_latest()
