"""`check --deploy` has nothing to say about what is installed, and unsafe settings never get to listen."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from dashboard.connection import Source
from tests.conftest import Serve
from tests.deploy.rendered import INSTALLATIONS, environment
from tests.support.server import ServerError
from tests.support.tiers import ROOT

SECRETS = {
    "secret-key": secrets.token_urlsafe(50),
    "database-url": "postgres://aviary:a-password@postgres.example:5432/aviary",
    "redis-url": "redis://redis.example:6379/0",
}


def in_pod(name: str, folder: Path) -> dict[str, str]:
    """The environment of an installed Pod, with the files of its Secret and of its account in `folder`."""
    for file, value in {**SECRETS, "token": "a-token", "ca.crt": "a certificate"}.items():
        (folder / file).write_text(value)
    found = environment(name)
    mounted = {key: value.replace("/etc/aviary", str(folder)) for key, value in found.items()}
    if "AVIARY_DATA_DIR" in mounted:
        mounted["AVIARY_DATA_DIR"] = str(folder / "data")
    else:
        # A Pod's root is read-only: nothing may depend on the default.
        mounted["AVIARY_DATA_DIR"] = "/proc/nothing-can-be-written-here"
    kubernetes = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}
    return {**mounted, **kubernetes, "POD_ACCOUNT": str(folder), "PATH": ""}


def checked(environment: dict[str, str]) -> str:
    """What `check --deploy` prints, with 0 or 1 in front."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.deploy.in_pod", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return f"{done.returncode} {done.stdout}{done.stderr}"


@pytest.mark.parametrize("name", INSTALLATIONS)
def test_check_deploy_has_nothing_to_say(name: str, tmp_path: Path) -> None:
    found = in_pod(name, tmp_path)
    # Where nobody has set an address yet, people come through `kubectl port-forward`, as localhost.
    found.setdefault("AVIARY_URL", "https://aviary.example.com")
    said = checked(found)
    assert said.startswith("0 System check identified no issues"), said
    assert "(3 silenced)" in said


def test_without_an_address_only_that_is_said(tmp_path: Path) -> None:
    said = checked(in_pod("single", tmp_path))
    assert "AVIARY_URL" in said
    assert {word for word in said.split() if word.startswith("(") and "." in word} == {
        "(aviary.W002)",
        "(security.W004)",
        "(security.W012)",
        "(security.W016)",
    }


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    found = in_pod("ha", tmp_path)
    (tmp_path / "secret-key").unlink()
    assert f"AVIARY_SECRET_KEY_FILE={tmp_path}/secret-key cannot be read" in checked(found)


def found(check_id: str) -> str:
    """The message of that check, "" when all is well."""
    return " ".join(f"{message.msg} {message.hint}" for message in run_checks() if message.id == check_id)


@pytest.fixture
def everywhere(settings: Settings) -> Settings:
    """As an operator sets it up for others, on a cluster."""
    settings.HOST, settings.LOOPBACK, settings.WEBHOOK_AUTH = "0.0.0.0", False, "open"
    settings.ALLOWED_HOSTS, settings.PUBLIC_URL = ["aviary.example"], "https://aviary.example"
    settings.SECRET_KEY, settings.CLUSTER_SOURCE = SECRETS["secret-key"], Source.DEMO.value
    assert run_checks() == []
    return settings


@pytest.fixture
def database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let the settings name another database, which nobody connects to."""

    def name(engine: str, called: str = "aviary") -> None:
        for key, value in (("ENGINE", f"django.db.backends.{engine}"), ("NAME", called)):
            monkeypatch.setitem(settings.DATABASES["default"], key, value)

    return name


def test_an_address_without_https_is_refused(everywhere: Settings) -> None:
    everywhere.PUBLIC_URL = "http://aviary.example"
    assert "AVIARY_URL=http://aviary.example" in found("aviary.E021")
    for local in ("http://localhost:8000", "http://aviary.localhost"):
        everywhere.PUBLIC_URL = local
        assert run_checks() == []


def test_an_address_with_a_path_is_refused(everywhere: Settings) -> None:
    everywhere.PUBLIC_URL = "https://tools.example/aviary"
    assert "AVIARY_URL" in found("aviary.E020")


def test_any_host_name_is_refused(everywhere: Settings) -> None:
    everywhere.ALLOWED_HOSTS = ["*"]
    assert "AVIARY_ALLOWED_HOSTS" in found("aviary.E022")


@pytest.mark.parametrize("key", ["hunter2", "ab" * 40])
def test_a_weak_key_is_refused_and_not_shown(everywhere: Settings, key: str) -> None:
    everywhere.SECRET_KEY = key
    assert "AVIARY_SECRET_KEY" in found("aviary.E023")
    assert key not in found("aviary.E023")


def test_a_weak_password_of_the_administrator_is_refused_and_not_shown(everywhere: Settings) -> None:
    everywhere.ADMIN_PASSWORD = "hunter2"
    assert "AVIARY_ADMIN_PASSWORD" in found("aviary.E024")
    assert "hunter2" not in found("aviary.E024")


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0"])
def test_everybody_is_no_proxy(settings: Settings, network: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network(network)]
    assert "AVIARY_TRUSTED_PROXIES" in found("aviary.E025")


def test_the_demo_stays_out_of_a_real_database(everywhere: Settings, database: Callable[..., None]) -> None:
    database("postgresql")
    assert "AVIARY_CLUSTER=demo" in found("aviary.E026")


def test_the_demo_is_not_shown_to_others_by_accident(
    everywhere: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    everywhere.CLUSTER_SOURCE, everywhere.KUBECONFIG = "auto", ""
    assert "AVIARY_CLUSTER=auto" in found("aviary.E027")


def test_a_database_in_memory_is_refused(everywhere: Settings, database: Callable[..., None]) -> None:
    database("sqlite3", ":memory:")
    assert "DATABASE_URL" in found("aviary.E028")


def test_redis_beside_sqlite_is_warned_of(settings: Settings) -> None:
    settings.REDIS_URL = "redis://redis.example"
    assert "REDIS_URL" in found("aviary.W021")


def test_replicas_with_a_key_each_are_warned_of(
    everywhere: Settings, database: Callable[..., None], tmp_path: Path
) -> None:
    database("postgresql")
    everywhere.KUBECONFIG, everywhere.CLUSTER_SOURCE = str(tmp_path / "config"), "kubeconfig"
    (tmp_path / "config").write_text("")
    everywhere.SECRET_KEY_GIVEN = False
    assert "AVIARY_SECRET_KEY" in found("aviary.W020")
    everywhere.SECRET_KEY_GIVEN = True
    assert run_checks() == []


def test_on_loopback_all_of_it_is_somebodys_own_affair(everywhere: Settings) -> None:
    everywhere.HOST, everywhere.LOOPBACK, everywhere.SECRET_KEY = "127.0.0.1", True, "lint"
    everywhere.PUBLIC_URL, everywhere.ALLOWED_HOSTS = "http://aviary.example", ["*"]
    assert run_checks() == []


def test_the_server_does_not_listen_with_an_unsafe_setting(serve: Serve) -> None:
    with pytest.raises(ServerError, match="AVIARY_SECRET_KEY") as refused:
        serve(HOST="0.0.0.0", AVIARY_WEBHOOK_AUTH="open", AVIARY_SECRET_KEY="short")
    assert "Aviary is ready" not in str(refused.value)
