"""Settings that contradict each other are found before the server listens, and named."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from pytest_django import Settings

from dashboard import checks, env
from gates import keyring
from tests.conftest import Serve
from tests.support.server import ServerError

TOKEN = "a-token-of-twenty-five-ch"


def found(check_id: str) -> str:
    """The message of that check, "" when all is well."""
    texts = [f"{message.msg} {message.hint}" for message in run_checks() if message.id == check_id]
    return " ".join(texts)


def everywhere(settings: Settings) -> None:
    """As an operator sets it up for others."""
    settings.HOST, settings.LOOPBACK, settings.WEBHOOK_AUTH = "0.0.0.0", False, "open"
    settings.ALLOWED_HOSTS, settings.CLUSTER_SOURCE = ["aviary.example"], "demo"


def test_the_defaults_have_nothing_to_complain_about() -> None:
    assert run_checks() == []


def test_listening_for_others_needs_a_choice_of_who_may_open_gates(settings: Settings) -> None:
    everywhere(settings)
    settings.WEBHOOK_AUTH = ""
    assert "AVIARY_WEBHOOK_AUTH" in found("aviary.E001")
    settings.WEBHOOK_AUTH = "open"
    assert run_checks() == []


@pytest.mark.parametrize("mode", ["token", "token-writes"])
def test_tokens_may_also_be_made_in_the_browser(settings: Settings, mode: str) -> None:
    settings.WEBHOOK_AUTH = mode
    assert run_checks() == []


def test_two_ports_are_two(settings: Settings) -> None:
    settings.PORT = settings.WEBHOOK_PORT = 8000
    assert "AVIARY_WEBHOOK_PORT" in found("aviary.E040")
    settings.WEBHOOK_PORT = 8001
    assert run_checks() == []


def test_tokens_that_nobody_is_asked_for_are_a_warning(settings: Settings) -> None:
    settings.WEBHOOK_TOKENS = [TOKEN]
    assert "AVIARY_WEBHOOK_AUTH=open" in found("aviary.W001")


@pytest.mark.parametrize(
    ("token", "check_id"),
    [("hunter2", "aviary.E003"), (f"{TOKEN}/with-slash", "aviary.E004"), (f"{TOKEN} blank", "aviary.E004")],
)
def test_weak_tokens_are_refused_without_being_shown(settings: Settings, token: str, check_id: str) -> None:
    settings.WEBHOOK_AUTH, settings.WEBHOOK_TOKENS = "token", [TOKEN, token]
    assert "token 2 of 2" in found(check_id)
    assert token not in found(check_id)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:8000", "http://localhost:8000", "https://aviary.example"]
)
def test_tasks_are_not_relayed_to_ourselves(settings: Settings, address: str) -> None:
    everywhere(settings)
    settings.PORT, settings.PUBLIC_URL, settings.LOADTESTER_URL = 8000, "https://aviary.example", address
    assert "AVIARY_LOADTESTER_URL" in found("aviary.E005")


@pytest.mark.parametrize("address", ["http://127.0.0.1:9000", "http://loadtester.test:8000"])
def test_tasks_are_relayed_to_others(settings: Settings, address: str) -> None:
    settings.PORT, settings.LOADTESTER_URL = 8000, address
    assert run_checks() == []


def test_pages_that_nobody_else_could_open_are_a_warning(settings: Settings) -> None:
    everywhere(settings)
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    assert "AVIARY_URL" in found("aviary.W002")


def test_in_cluster_outside_a_pod_is_refused(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CLUSTER_SOURCE = "in-cluster"
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    assert "AVIARY_CLUSTER=in-cluster" in found("aviary.E006")


def test_in_cluster_inside_a_pod_is_right(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings.CLUSTER_SOURCE = "in-cluster"
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.96.0.1")
    token = tmp_path / "token"
    token.write_text("…", encoding="utf-8")
    monkeypatch.setattr(checks, "SERVICE_ACCOUNT_TOKEN", token)
    assert run_checks() == []


@pytest.mark.parametrize("source", ["auto", "kubeconfig"])
def test_a_kubeconfig_that_is_not_there_is_named(settings: Settings, tmp_path: Path, source: str) -> None:
    path = tmp_path / "config"
    settings.CLUSTER_SOURCE, settings.KUBECONFIG = source, str(path)
    assert f"KUBECONFIG: there is no file {path}" in found("aviary.E007")
    path.write_text("apiVersion: v1\n", encoding="utf-8")
    assert run_checks() == []


def test_serve_refuses_before_it_listens(serve: Serve) -> None:
    with pytest.raises(ServerError, match="AVIARY_WEBHOOK_AUTH") as refused:
        serve(HOST="0.0.0.0")
    assert "Aviary is ready" not in str(refused.value)


def test_the_logs_key_must_be_one(settings: Settings) -> None:
    settings.AUDIT_KEY = "hunter2"
    assert "AVIARY_AUDIT_KEY" in found("aviary.E008")
    assert "hunter2" not in found("aviary.E008")
    settings.AUDIT_KEY, settings.AUDIT_OLD_KEYS = keyring.made(), ["AAAA"]
    assert "AVIARY_AUDIT_OLD_KEYS" in found("aviary.E009")
    settings.AUDIT_OLD_KEYS = []
    assert run_checks() == []


def test_checkpoints_need_places_and_a_key(settings: Settings) -> None:
    settings.AUDIT_CHECKPOINT_TO = ["stdout", "relative/file"]
    assert "relative/file" in found("aviary.E010")
    settings.AUDIT_CHECKPOINT_TO = ["stdout"]
    assert "AVIARY_AUDIT_KEY" in found("aviary.W003")
    settings.AUDIT_KEY = keyring.made()
    assert run_checks() == []


def test_pruning_needs_a_key_and_checkpoints(settings: Settings) -> None:
    settings.AUDIT_DAYS = 90
    assert "AVIARY_AUDIT_KEY" in found("aviary.E011")
    settings.AUDIT_KEY, settings.AUDIT_CHECKPOINT_MINUTES = keyring.made(), 0
    assert "AVIARY_AUDIT_CHECKPOINT_MINUTES" in found("aviary.E012")
    settings.AUDIT_CHECKPOINT_MINUTES = 15
    assert run_checks() == []


@pytest.mark.parametrize("value", ["10.0.0.0/33", "proxy.example", "10.0.0.0/8;1.2.3.4"])
def test_networks_of_proxies_must_be_networks(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AVIARY_TRUSTED_PROXIES", value)
    with pytest.raises(ImproperlyConfigured, match="AVIARY_TRUSTED_PROXIES"):
        env.networks("AVIARY_TRUSTED_PROXIES")
