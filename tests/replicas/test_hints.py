"""Hints through Redis: heard by others, not by oneself, and never many at once; and how REDIS_URL is read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from channels.layers import get_channel_layer
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from dashboard import env
from dashboard.replicas import GROUP, LAYER, Replicas
from gates.signals import decided
from tests.replicas.hints import member, sent
from tests.support.redis import Redis
from tests.support.waiting import eventually


class Ears:
    """Counts what one process hears."""

    def __init__(self) -> None:
        self.heard = 0

    def __call__(self) -> None:
        self.heard += 1


@pytest.fixture
def layer(redis: Redis, settings: Settings) -> None:
    """As conf_replicas makes it, without its patience."""
    redis.say("FLUSHALL")
    hosts = [{"address": redis.url, "socket_timeout": 8}]
    backend = {"BACKEND": "channels_redis.core.RedisChannelLayer", "CONFIG": {"hosts": hosts}}
    settings.CHANNEL_LAYERS = {**settings.CHANNEL_LAYERS, "replicas": backend}


@asynccontextmanager
async def processes(redis: Redis, *names: str) -> AsyncIterator[list[Ears]]:
    """So many that listen."""
    ears = [Ears() for _name in names]
    tasks = [asyncio.create_task(Replicas(each, name).run()) for each, name in zip(ears, names, strict=True)]
    await eventually(lambda: redis.say("ZCARD asgi:group:replicas") == f":{len(names)}\n")
    yield ears
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.redis
async def test_a_hint_is_heard_by_the_others_and_not_by_oneself(redis: Redis, layer: None) -> None:
    async with processes(redis, "a", "b") as (a, b):
        decided.send(sender=None, entries=[])
        await eventually(lambda: a.heard and b.heard)
    async with processes(redis, "alone") as (alone,), member(get_channel_layer(LAYER)) as following:
        for _hint in range(2):
            decided.send(sender=None, entries=[])
            assert await following() == "alone"
        # Hints come in order: by the second one the first one would have been heard.
        assert alone.heard == 0
        await get_channel_layer(LAYER).group_send(GROUP, {"type": "hint", "from": "other"})
        await eventually(lambda: alone.heard)
        assert alone.heard == 1


@pytest.mark.redis
async def test_a_thousand_decisions_are_a_few_hints(redis: Redis, layer: None) -> None:
    async with processes(redis, "a", "b") as (a, _b):
        before = sent(redis)
        for _decision in range(1000):
            decided.send(sender=None, entries=[])
            await asyncio.sleep(0)
        await eventually(lambda: a.heard)
        # One by one they would be four thousand calls.
        assert sent(redis) - before < 1000


@pytest.mark.redis
async def test_whoever_goes_leaves_nothing_behind(redis: Redis, layer: None) -> None:
    async with processes(redis, "a"):
        pass
    assert redis.say("ZCARD asgi:group:replicas") == ":0\n"


@pytest.mark.parametrize(
    "address",
    [
        "redis://redis.example",
        "redis://:p%40ss@redis:6379/0",
        "rediss://u:p@redis/1",
        "unix:///run/redis.sock",
    ],
)
def test_an_address_that_is_one(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", address)
    assert env.redis("REDIS_URL") == address


@pytest.mark.parametrize(
    "address",
    ["redis.example", "http://:hidden@redis", "redis://:hidden@redis:port", "redis://:hidden@redis/db"],
)
def test_an_address_that_is_none_is_refused_without_its_password(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", address)
    with pytest.raises(ImproperlyConfigured, match=r"^REDIS_URL cannot be read\. Use redis://") as refused:
        env.redis("REDIS_URL")
    assert "hidden" not in str(refused.value)
