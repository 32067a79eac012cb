"""AVIARY_CLUSTERS is read whole, or refused with what is wrong about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from dashboard import checks, conf_clusters, connection, production_checks
from dashboard.connection import Connection, Source


def test_without_it_there_is_one_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIARY_CLUSTER", "demo")
    assert conf_clusters.read() == {"default": ""}


def test_clusters_keep_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AVIARY_CLUSTERS", "west = /etc/w#ops@west, default=in-cluster,east=ctx/1,")
    assert list(conf_clusters.read().items()) == [
        ("west", "/etc/w#ops@west"),
        ("default", "in-cluster"),
        ("east", "ctx/1"),
    ]


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ("east", "east=context"),
        ("east=", "east needs a source"),
        ("east=#ops", "east needs a source"),
        ("East=x", "“East”"),
        ("e/st=x", "“e/st”"),
        ("=x", "“”"),
        ("a" * 64 + "=x", "1 to 63"),
        ("east=a,east=b", "east twice"),
        (",".join(f"c{number}=x" for number in range(21)), "20 at most"),
    ],
)
def test_what_means_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, value: str, named: str) -> None:
    monkeypatch.setenv("AVIARY_CLUSTERS", value)
    with pytest.raises(ImproperlyConfigured, match="AVIARY_CLUSTERS") as refused:
        conf_clusters.read()
    assert named in str(refused.value)


@pytest.mark.parametrize("other", conf_clusters.CONTRADICTED)
def test_settings_for_one_cluster_contradict_it(monkeypatch: pytest.MonkeyPatch, other: str) -> None:
    monkeypatch.setenv("AVIARY_CLUSTERS", "east=demo")
    monkeypatch.setenv(other, "demo")
    with pytest.raises(ImproperlyConfigured, match=f"{other} is for one cluster"):
        conf_clusters.read()


def test_each_clusters_flagger_has_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    clusters = {"east": "demo", "west": "ops@west"}
    monkeypatch.setenv("AVIARY_FLAGGER_METRICS_URL", "east=http://east:8080/metrics/, west = https://west/m")
    assert conf_clusters.metrics(clusters) == {"east": "http://east:8080/metrics", "west": "https://west/m"}
    monkeypatch.setenv("AVIARY_FLAGGER_METRICS_URL", "http://one/metrics")
    assert conf_clusters.metrics({"default": ""}) == {"default": "http://one/metrics"}
    monkeypatch.delenv("AVIARY_FLAGGER_METRICS_URL")
    assert conf_clusters.metrics(clusters) == conf_clusters.metrics({"default": ""}) == {}


@pytest.mark.parametrize("value", ["http://one/metrics", "south=http://south/m", "east=ftp://east/m", "east"])
def test_an_address_of_no_cluster_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AVIARY_FLAGGER_METRICS_URL", value)
    with pytest.raises(ImproperlyConfigured, match="AVIARY_FLAGGER_METRICS_URL"):
        conf_clusters.metrics({"east": "demo", "west": "ops@west"})


@pytest.mark.parametrize(
    ("source", "way"),
    [
        ("demo", Connection(Source.DEMO)),
        ("in-cluster", Connection(Source.IN_CLUSTER)),
        ("ops@west", Connection(Source.KUBECONFIG, "/home/config", "ops@west")),
        (
            "arn:aws:eks:cluster/shop",
            Connection(Source.KUBECONFIG, "/home/config", "arn:aws:eks:cluster/shop"),
        ),
        ("/etc/west", Connection(Source.KUBECONFIG, "/etc/west")),
        ("/etc/west#demo", Connection(Source.KUBECONFIG, "/etc/west", "demo")),
    ],
)
def test_each_source_is_a_way_to_a_cluster(source: str, way: Connection) -> None:
    assert connection.of(source, "/home/config") == way


def test_a_file_that_is_missing_is_warned_of_and_stops_nobody(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    settings.CLUSTERS = {"a": str(tmp_path / "there"), "b": str(tmp_path / "gone"), "c": "demo"}
    (said,) = checks.cluster_source()
    assert said.id == "aviary.W009"
    assert f"{tmp_path}/gone for b" in said.msg


def test_a_demo_among_real_decisions_is_refused(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.LOOPBACK, settings.CLUSTERS = False, {"a": "demo", "b": "/etc/b"}
    assert production_checks.demo() == []
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    assert "AVIARY_CLUSTERS" in production_checks.demo()[0].msg
    settings.CLUSTERS = {"a": "/etc/a", "b": "/etc/b"}
    assert production_checks.demo() == []
