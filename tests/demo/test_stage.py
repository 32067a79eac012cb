"""The show: where every canary stands at first, and how it goes on with people's answers."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, web

from dashboard.demo import demo
from dashboard.demo.cast import CAST, Part, next_version
from dashboard.demo.hooks import KEPT_EVENTS, Answer
from dashboard.demo.stage import Clock, Stage
from dashboard.demo.state import CANARIES, EVENTS, HISTORY, Cluster
from dashboard.demo.turn import Turn

LOGIN, CHECKOUT, PROFILE, RECOMMENDER, SEARCH = CAST[:5]


class Aviary:
    """Gates as this server has them: closed until opened, one of a kind for each canary."""

    def __init__(self) -> None:
        self.open: set[tuple[str, str, str]] = set()
        self.asked: Counter[str] = Counter()

    def answer(self, path: str, body: bytes) -> Answer:
        """For one POST."""
        self.asked[path] += 1
        if path.startswith("/hooks/confirm-"):
            path = "/gate/check"
        path = {"/hooks/rollback": "/rollback/check"}.get(path, path)
        if path not in ("/gate/check", "/rollback/check", "/gate/close"):
            return Answer(200, "OK")
        call = json.loads(body)
        _, kind, action = path.split("/")
        gate = (kind, call["namespace"], call["name"])
        if action == "close":
            self.open.discard(gate)
            return Answer(202, "")
        return Answer(200, "Approved") if gate in self.open else Answer(403, "Forbidden")

    async def __call__(self, url: str, body: bytes, seconds: float) -> Answer:
        """Without a network."""
        return self.answer(url.removeprefix("http://aviary").removeprefix("http://cluster"), body)


class Show:
    """A rehearsed stage whose intervals are played by hand."""

    def __init__(self) -> None:
        self.aviary, self.clock = Aviary(), Clock()
        self.cluster = Cluster(self.clock)
        self.stage = Stage(
            self.cluster, self.clock, self.aviary, "http://aviary", "http://cluster/loadtester", 5
        )

    def status(self, part: Part) -> tuple[str, int]:
        """Phase and weight."""
        status = Turn.read(self.cluster, part.namespace, part.name).status
        return status["phase"], status["canaryWeight"]

    async def play(self, part: Part, until: Callable[[], bool], most: int = 60) -> int:
        """Intervals until the condition holds."""
        for played in range(most):
            if until():
                return played
            await self.stage.interval_of(part)
        raise AssertionError(f"{part.namespace}/{part.name} still is {self.status(part)}")


@pytest.fixture
async def show() -> Show:
    """At the moment the curtain rises."""
    made = Show()
    await made.stage.rehearse()
    return made


def test_the_cast_has_every_strategy_in_several_namespaces() -> None:
    analyses = [part.analysis.keys() for part in CAST]
    assert len(CAST) >= 8
    assert len({part.namespace for part in CAST}) in (4, 5)
    for fields in (
        {"stepWeights"},
        {"stepWeight", "maxWeight"},
        {"iterations", "match"},
        {"stepWeightPromotion"},
    ):
        assert any(fields <= analysis for analysis in analyses)
    assert any(part.provider == "kubernetes" and "iterations" in part.analysis for part in CAST)
    assert any(part.skip for part in CAST)
    gates = [gate for part in CAST for gate in part.gates]
    assert {gate.type for gate in gates if gate.path == f"/hooks/{gate.type}"} == {
        "confirm-rollout",
        "confirm-traffic-increase",
        "confirm-promotion",
        "post-rollout",
    }
    assert any(gate.path == "/gate/check" for gate in gates)
    assert any(gate.policy.get("approvals") == "2" for gate in gates)


async def test_the_first_paint_shows_every_kind_of_scene(show: Show) -> None:
    assert {part.name: show.status(part) for part in CAST} == {
        "login": ("Waiting", 0),
        "checkout": ("WaitingPromotion", 0),
        "profile": ("Progressing", 20),
        "recommender": ("Progressing", 25),
        "search-api": ("Progressing", 25),
        "ledger": ("Progressing", 0),
        "gateway": ("Progressing", 0),
        "thumbnails": ("Succeeded", 0),
        "transcoder": ("Succeeded", 0),
        "customer-notification-preferences-synchroniser": ("Progressing", 5),
        "node-agent": ("Succeeded", 0),
    }
    assert not show.aviary.asked


async def test_every_canary_asks_for_a_rollback_at_this_server(show: Show) -> None:
    for canary in show.cluster.all(CANARIES):
        hooks = canary["spec"]["analysis"]["webhooks"]
        (rollback,) = [hook["url"] for hook in hooks if hook["type"] == "rollback"]
        assert rollback in {"http://aviary/rollback/check", "http://aviary/hooks/rollback"}


async def test_nothing_starts_before_somebody_says_so(show: Show) -> None:
    for _ in range(20):
        await show.stage.interval_of(LOGIN)
    assert show.status(LOGIN) == ("Waiting", 0)
    show.aviary.open.add(("gate", "accounts", "login"))
    await show.stage.interval_of(LOGIN)
    assert show.status(LOGIN) == ("Progressing", 0)
    assert await show.play(LOGIN, lambda: show.status(LOGIN)[0] == "Succeeded") >= 12


async def test_a_promotion_waits_and_its_gate_is_closed_after_the_release(show: Show) -> None:
    for _ in range(20):
        await show.stage.interval_of(CHECKOUT)
    assert show.status(CHECKOUT) == ("WaitingPromotion", 0)
    show.aviary.open.add(("gate", "payments", "checkout"))
    await show.stage.interval_of(CHECKOUT)
    assert show.status(CHECKOUT)[0] == "Promoting"
    await show.play(CHECKOUT, lambda: show.status(CHECKOUT)[0] == "Succeeded")
    assert show.aviary.open == set()


async def test_more_traffic_waits_at_its_step(show: Show) -> None:
    for _ in range(20):
        await show.stage.interval_of(PROFILE)
    assert show.status(PROFILE) == ("Progressing", 20)
    show.aviary.open.add(("gate", "accounts", "profile"))
    await show.stage.interval_of(PROFILE)
    assert show.status(PROFILE) == ("Progressing", 35)


@pytest.mark.parametrize("part", [CHECKOUT, PROFILE, SEARCH], ids=lambda part: part.name)
async def test_a_rollback_fails_the_release_within_one_interval(show: Show, part: Part) -> None:
    show.aviary.open.add(("rollback", part.namespace, part.name))
    await show.stage.interval_of(part)
    assert show.status(part) == ("Failed", 0)


async def test_the_weak_one_fails_every_release_and_the_others_never(show: Show) -> None:
    for version in ("0.42.0", "0.42.1", "0.42.2"):
        assert show.stage.version(RECOMMENDER) == version
        await show.play(RECOMMENDER, lambda: show.status(RECOMMENDER)[0] == "Failed")
        await show.play(RECOMMENDER, lambda: show.status(RECOMMENDER)[0] == "Progressing")
    messages = [event["message"] for event in show.cluster.all(EVENTS, "catalog")]
    assert "Halt recommender.catalog advancement success rate 97.40% < 99%" in messages
    assert "Rolling back recommender.catalog failed checks threshold reached 5" in messages
    assert {part for part in CAST if part.weak_from <= 100} == {RECOMMENDER}


async def test_releases_follow_each_other_and_rise(show: Show) -> None:
    for version in ("7.0.3", "7.1.0", "7.1.1"):
        assert show.stage.version(SEARCH) == version
        await show.play(SEARCH, lambda: show.status(SEARCH)[0] == "Succeeded")
        await show.play(SEARCH, lambda: show.status(SEARCH)[0] == "Progressing")


@pytest.mark.parametrize("part", CAST, ids=lambda part: part.name)
async def test_a_release_takes_one_to_three_minutes(show: Show, part: Part) -> None:
    show.aviary.open |= {("gate", part.namespace, part.name)}
    ended = ("Succeeded", "Failed")
    await show.play(part, lambda: show.status(part)[0] in ended)
    # The post-rollout hook may have closed it.
    show.aviary.open |= {("gate", part.namespace, part.name)}
    rested = await show.play(part, lambda: show.status(part)[0] not in ended)
    assert rested <= 40
    played = await show.play(part, lambda: show.status(part)[0] in ended)
    seconds = played * show.stage.interval
    assert seconds < 15 if part.skip else 50 <= seconds <= 180


async def test_a_canary_that_is_deleted_does_not_stop_the_show(show: Show) -> None:
    show.cluster.delete(CANARIES, "catalog", "search-api")
    await show.stage.interval_of(SEARCH)
    await show.stage.interval_of(LOGIN)
    assert show.status(LOGIN)[0] == "Waiting"


async def test_a_long_day_does_not_fill_the_memory(show: Show) -> None:
    show.aviary.open = {("gate", part.namespace, part.name) for part in CAST if part is not CHECKOUT}
    objects = []
    for played in range(400):
        for part in CAST:
            await show.stage.interval_of(part)
        if played in (199, 399):
            objects.append(
                {each: len(kept) for each, kept in show.cluster.objects.items() if each is not EVENTS}
            )
    assert objects[0] == objects[1]
    assert len(show.cluster.history) == HISTORY
    turn = Turn.read(show.cluster, "catalog", "search-api")
    for number in range(200):
        await show.stage.flagger.hooks.info(turn, f"something new: {number}")
    per_canary = Counter(event["involvedObject"]["name"] for event in show.cluster.all(EVENTS))
    assert max(per_canary.values()) == per_canary["search-api"] == KEPT_EVENTS


@pytest.mark.parametrize(
    ("version", "following"), [("2.14.0", "2.14.1"), ("2.14.3", "2.15.0"), ("0.42.9", "0.43.0")]
)
def test_versions_rise(version: str, following: str) -> None:
    assert next_version(version) == following


@asynccontextmanager
async def listening(aviary: Aviary, port: int, agents: Counter[str]) -> AsyncIterator[int]:
    """The stand-in for this server, over HTTP."""

    async def answer(request: web.Request) -> web.Response:
        agents[f"{request.headers['User-Agent']} {request.headers['Content-Type']}"] += 1
        said = aviary.answer(request.path, await request.read())
        return web.Response(status=said.status, text=said.body)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def test_the_demo_waits_calmly_for_its_server_and_then_asks_it() -> None:
    aviary, agents = Aviary(), Counter[str]()
    async with listening(aviary, 0, agents) as port:
        pass
    async with demo(f"http://127.0.0.1:{port}", 0.02) as url, ClientSession() as session:

        async def phase(name: str) -> str:
            path = f"/apis/flagger.app/v1beta1/namespaces/payments/canaries/{name}"
            async with session.get(f"{url}{path}") as response:
                canary = await response.json()
            return str(canary["status"]["phase"])

        assert await phase("checkout") == "WaitingPromotion"
        aviary.open.add(("gate", "payments", "checkout"))
        async with listening(aviary, port, agents):
            for _ in range(400):
                told = aviary.asked["/rollback/check"] and aviary.asked["/hooks/event"]
                if told and await phase("checkout") != "WaitingPromotion":
                    break
                await asyncio.sleep(0.05)
            else:
                raise AssertionError(f"the demo asked {aviary.asked}")
    assert set(agents) == {"Go-http-client/1.1 application/json"}
