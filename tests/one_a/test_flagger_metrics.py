"""Flagger's own metrics: values that are read, kept, grow old; and answers that are no use."""

from __future__ import annotations

import asyncio
import math
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from dashboard import flagger_metrics
from dashboard.flagger_metrics import FlaggerMetrics, Readings
from tests.one_a.prometheus import HEAD, Answer, line, says, serving, streams
from tests.support.waiting import eventually

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


async def read(answer: Answer, readings: Readings | None = None, limit: float = 30.0) -> Readings:
    """One reading of what is answered."""
    into = readings or Readings()
    async with serving(answer) as address:
        await once(address, into, limit)
    return into


async def once(address: str, readings: Readings, limit: float = 30.0) -> None:
    reader = FlaggerMetrics(address, readings, timeout=limit)
    async with reader.session() as session:
        await reader.read(session)


def values(readings: Readings, namespace: str = "test", target: str = "podinfo") -> dict[str, float]:
    return {metric: one.value for metric, one in readings.of(namespace, target).items()}


async def test_values_are_found_by_target_and_metric() -> None:
    text = HEAD + line("99.5") + line("0.231", "request-duration") + line("1", name="other")
    readings = await read(says(text))
    assert values(readings) == {"request-success-rate": 99.5, "request-duration": 0.231}
    assert values(readings, target="other") == {"request-success-rate": 1.0}
    assert values(readings, namespace="elsewhere") == {}
    assert readings.trouble == ""


async def test_nan_and_infinity_are_values() -> None:
    readings = await read(says(HEAD + line("NaN") + line("+Inf", "x")))
    assert math.isnan(values(readings)["request-success-rate"])
    assert values(readings)["x"] == math.inf


@pytest.mark.parametrize(
    "odd",
    [
        'flagger_canary_metric_analysis{metric="a',
        "flagger_canary_metric_analysis{} 3",
        'flagger_canary_metric_analysis{metric="a",name="podinfo",namespace="test"} lots',
        'flagger_canary_metric_analysis{metric="a",name="podinfo"} 3',
        'flagger_canary_metric_analysis{metric="\xff\xfe\x00',
    ],
)
async def test_a_line_that_cannot_be_read_does_not_hide_the_others(odd: str) -> None:
    readings = await read(says(f"{HEAD}{odd}\n{line('98')}"))
    assert values(readings) == {"request-success-rate": 98.0}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (says("<html>welcome</html>"), "not Flagger's metrics"),
        (says("", 503), "status 503"),
        (says("moved", 302), "status 302"),
        (streams(b"x" * 70_000), "too long"),
        (streams(b"go_gc 1\n" * 500_000), "too long"),
        (streams(line("1").encode() * 20_000), "too long"),
    ],
    ids=["page", "error", "redirect", "long line", "huge", "many series"],
)
async def test_an_answer_that_is_no_use_says_why_and_changes_no_value(answer: Answer, why: str) -> None:
    readings = await read(says(HEAD + line("99")))
    await read(answer, readings)
    assert why in str(readings.trouble)
    assert values(readings) == {"request-success-rate": 99.0}


async def test_a_packed_answer_is_not_unpacked() -> None:
    async def answer(_request: web.Request) -> web.StreamResponse:
        response = web.Response(text=HEAD + line("99"))
        response.enable_compression(web.ContentCoding.gzip)
        return response

    async with serving(answer) as address:
        readings = Readings()
        # Our own client asks for no compression; a server that packs all the same is not understood.
        await once(address, readings)
    assert "not Flagger's metrics" in str(readings.trouble)


async def test_one_that_drips_is_given_up() -> None:
    readings = await read(streams(b"a\n", pause=0.01), limit=0.3)
    assert "in time" in str(readings.trouble)


async def test_one_that_is_gone_is_said_without_its_address() -> None:
    async with serving(says(HEAD)) as address:
        readings = Readings()
        secret = address.replace("//", "//me:hunter2@")
    await once(secret, readings)
    assert str(readings.trouble) == "it cannot be reached"


async def test_it_is_read_again_and_again_and_recovers() -> None:
    said = [says("", 500), says(HEAD + line("97.4"))]

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (said.pop(0) if len(said) > 1 else said[0])(request)

    readings = Readings()
    async with serving(answer) as address:
        task = asyncio.create_task(FlaggerMetrics(address, readings, every=0.01).run())
        try:
            await eventually(lambda: values(readings) == {"request-success-rate": 97.4})
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert readings.trouble == ""


def test_a_reading_knows_since_when_it_reads_like_this_and_when_it_is_old() -> None:
    readings = Readings()
    for minute, value in ((0, 1.0), (1, 2.0), (2, 2.0)):
        readings.take([("test", "podinfo", "m", value)], NOON + timedelta(minutes=minute))
    one = readings.of("test", "podinfo")["m"]
    assert (one.since, one.at) == (NOON + timedelta(minutes=1), NOON + timedelta(minutes=2))
    assert not one.old(one.at + timedelta(seconds=5))
    assert one.old(one.at + timedelta(seconds=16))


def test_nan_stays_the_same_value() -> None:
    readings = Readings()
    for minute in (0, 1):
        readings.take([("test", "podinfo", "m", math.nan)], NOON + timedelta(minutes=minute))
    assert readings.of("test", "podinfo")["m"].since == NOON


def test_what_is_told_no_longer_grows_old_and_is_forgotten() -> None:
    readings = Readings()
    readings.take([("test", "podinfo", "m", 1.0)], NOON)
    readings.take([], NOON + timedelta(minutes=10))
    assert readings.of("test", "podinfo")["m"].at == NOON
    readings.take([], NOON + timedelta(minutes=61))
    assert readings.of("test", "podinfo") == {}


def test_pages_find_the_readings_of_their_cluster() -> None:
    readings = Readings()
    flagger_metrics.use("east", readings)
    try:
        assert flagger_metrics.of("east") is readings
        assert flagger_metrics.of("west") is None
    finally:
        flagger_metrics.use("east", None)
    assert flagger_metrics.of("east") is None
