"""The demo's Flagger reacts to what people change; and a kill in the middle leaves an honest log."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import yaml
from aiohttp import web

from dashboard.connection import Connection, Source
from dashboard.demo import api
from dashboard.demo.hooks import Answer
from dashboard.demo.recorder import Recorder
from dashboard.demo.stage import Clock, Stage
from dashboard.demo.state import CANARIES, Cluster
from dashboard.demo.turn import Turn
from dashboard.interventions import sweep
from dashboard.interventions.acts import Act
from tests.conftest import Serve
from tests.interventions.live import Loop, ask, codes, in_thread, until, watched
from tests.support.people import PASSWORD
from tests.support.visitor import sign_in


async def closed(url: str, body: bytes, seconds: float) -> Answer:
    """Nothing rolls back, nobody has approved anything, tests pass."""
    asks = "/hooks/confirm-" in url or "/gate/check" in url or "rollback" in url
    return Answer(403, "Forbidden") if asks else Answer(200, "OK")


class Show:
    """The rehearsed demo, whose intervals are played by hand, behind its API."""

    def __init__(self, loop: Loop) -> None:
        self.loop, self.clock = loop, Clock()
        self.cluster = Cluster(self.clock)
        self.stage = Stage(self.cluster, self.clock, closed, "http://aviary", "http://cluster", 5)

    async def start(self) -> str:
        """Rehearse, and serve; the API's address."""
        await self.stage.rehearse()
        self.runner, url = await api.start(self.cluster, Recorder())
        return url

    def tick(self, namespace: str, name: str) -> str:
        """One interval of Flagger; the phase afterwards."""
        self.loop.run(self.stage.flagger.tick(namespace, name))
        return Turn.read(self.cluster, namespace, name).phase


@pytest.fixture
def show(loop: Loop, transactional_db: None) -> Iterator[Show]:
    """Watched."""
    made = Show(loop)
    url = loop.run(made.start())
    with watched(Connection(Source.DEMO, url=url), loop) as (store, _api):
        until(lambda: all(view.revision for view in store.all()))
        yield made
    loop.run(made.runner.cleanup())


@pytest.mark.django_db(transaction=True)
def test_a_suspended_canary_stays_where_it_is_until_it_is_resumed(show: Show) -> None:
    place = "catalog", "search-api"
    weight = Turn.read(show.cluster, *place).status["canaryWeight"]
    ask(Act.SUSPEND, *place)
    show.tick(*place)
    assert Turn.read(show.cluster, *place).status["canaryWeight"] == weight
    ask(Act.RESUME, *place, "")
    show.tick(*place)
    assert Turn.read(show.cluster, *place).status["canaryWeight"] > weight


@pytest.mark.django_db(transaction=True)
def test_promoted_now_it_has_succeeded_an_interval_later_and_is_analysed_again_next_time(show: Show) -> None:
    place = "payments", "checkout"
    ask(Act.PROMOTE_NOW, *place, "outage", take_back=True)
    assert in_thread(sweep.sweep) == 0
    assert show.tick(*place) == "Succeeded"
    until(lambda: in_thread(sweep.sweep))
    assert "skipAnalysis" not in show.cluster.get(CANARIES, *place)["spec"]
    assert codes()[-1] == "canary.taken-back"


@pytest.mark.django_db(transaction=True)
def test_promote_now_does_not_pass_confirm_rollout(show: Show) -> None:
    ask(Act.PROMOTE_NOW, "accounts", "login")
    assert [show.tick("accounts", "login") for _ in range(3)] == ["Waiting"] * 3


@pytest.mark.django_db(transaction=True)
def test_a_retried_revision_starts_over(show: Show) -> None:
    place = "catalog", "recommender"
    while show.tick(*place) != "Failed":
        pass
    until(lambda: _retried(*place))
    assert show.tick(*place) == "Progressing"


def _retried(namespace: str, name: str) -> bool:
    """As soon as the watch has seen that it failed."""
    ask(Act.RETRY, namespace, name)
    return codes()[-1] == "canary.retried"


@asynccontextmanager
async def stalling(patched: threading.Event) -> AsyncIterator[str]:
    """The demo's API, that takes a patch and neither makes it nor answers."""

    @web.middleware
    async def stall(request: web.Request, handler: api.Handler) -> web.StreamResponse:
        if request.method == "PATCH":
            patched.set()
            await asyncio.sleep(600)
        return await handler(request)

    show = Show(Loop())
    show.loop.close()
    await show.stage.rehearse()
    app = api.application(show.cluster)
    app.middlewares.append(stall)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


async def test_a_kill_between_the_request_and_its_answer_leaves_an_honest_log(
    serve: Serve, tmp_path: Path
) -> None:
    patched = threading.Event()
    async with stalling(patched) as url:
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "demo",
            "contexts": [{"name": "demo", "context": {"cluster": "demo", "user": "demo"}}],
            "clusters": [{"name": "demo", "cluster": {"server": url}}],
            "users": [{"name": "demo", "user": {"token": "x"}}],
        }
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
        await asyncio.to_thread(_ask_and_kill, serve, tmp_path, patched)


def _ask_and_kill(serve: Serve, folder: Path, patched: threading.Event) -> None:
    server = serve(AVIARY_CLUSTER="kubeconfig", KUBECONFIG=str(folder / "kubeconfig"))
    server.add_people()
    alice = sign_in(server.url, "alice", PASSWORD)
    dialog = "/canaries/catalog/search-api/more/suspend"
    until(lambda: alice.get(dialog).status_code == 200)
    form = {"csrfmiddlewaretoken": alice.cookies["csrftoken"], "reason": "the database is moving"}
    page = alice.get(dialog).text
    form["csrfmiddlewaretoken"] = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]

    def post() -> None:
        # The connection dies with the server.
        with pytest.raises(httpx.HTTPError):
            alice.post(dialog, data=form, headers={"Referer": server.url + dialog})

    asking = threading.Thread(target=post)
    asking.start()
    assert patched.wait(20)
    server.kill()
    asking.join(20)
    said = server.manage("sweep", module="tests.interventions.stalled").splitlines()
    assert said == ["1", "canary.suspend.requested canary.suspend.unknown"]
    alice.close()
