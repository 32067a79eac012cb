"""Three processes of Aviary on one durable PostgreSQL, one Redis and one API server."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from benchmarks.world import Missing
from tests.replicas.shop import NAMESPACE, canary, phase
from tests.support.kube import CRDS, Kube
from tests.support.people import PASSWORD
from tests.support.postgres import Postgres
from tests.support.redis import Redis
from tests.support.server import Server
from tests.support.tiers import kube_assets, postgres_bin, redis_server
from tests.support.visitor import Visitor, sign_in

COUNT = 3
# Seconds of AVIARY_DRAIN_SECONDS, as the `ha` overlay has some.
DRAIN = "2"


class Trio:
    """`servers` once entered. Raises Missing when this machine lacks a part."""

    def __init__(self, scratch: Path) -> None:
        programs, redis, assets = postgres_bin(), redis_server(), kube_assets()
        if programs is None or redis is None or assets is None or not CRDS.is_dir():
            raise Missing("PostgreSQL, Redis, kube-apiserver, etcd and CRDs are needed")
        self.folder = scratch / "trio"
        self.folder.mkdir()
        self.postgres, self.redis = Postgres(programs, durable=True), Redis(redis)
        self.kube = Kube(assets, self.folder)
        self.servers: list[Server] = []
        self._stack = ExitStack()

    def __enter__(self) -> Trio:
        for part in (self.postgres, self.redis):
            self._stack.callback(part.remove)
            part.start()
        self._stack.callback(self.kube.stop)
        self.kube.start_etcd()
        self.kube.start()
        self.kube.install_crds()
        self.kube.namespace(NAMESPACE)
        self.kube.apply(canary())
        phase(self.kube, "Waiting")
        environment = {
            "AVIARY_CLUSTER": "kubeconfig",
            "KUBECONFIG": str(self.kube.kubeconfig()),
            "AVIARY_DRAIN_SECONDS": DRAIN,
            "AVIARY_SECRET_KEY": "the same for all of them, and long enough for anybody to accept it",
            "DATABASE_URL": self.postgres.create(),
            "REDIS_URL": self.redis.url,
        }
        for number in range(COUNT):
            server = Server(self.folder / f"data-{number}", **environment)
            self._stack.callback(server.kill)
            self.servers.append(server.start())
        self.servers[0].add_people()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def visitor(self) -> Visitor:
        """Signed in; all three know the session."""
        visitor = sign_in(self.servers[0].url, "alice", PASSWORD)
        self._stack.callback(visitor.close)
        return visitor
