"""From the primary to the target: what a person would name, nothing that Flagger adds, no secret."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.around.difference import Area, Change, How, changes, difference
from dashboard.secret_names import MASK
from tests.around import things

Raw = dict[str, Any]
OTHER = f"{MASK} (another value)"


def template(*containers: Raw, annotations: Raw | None = None, app: str = "podinfo", **pod: Any) -> Raw:
    meta: Raw = {"labels": {"app": app}} | ({"annotations": annotations} if annotations else {})
    return {"metadata": meta, "spec": {"containers": list(containers), **pod}}


def container(image: str = "app:1", name: str = "app", **more: Any) -> Raw:
    return {"name": name, "image": image, **more}


def env(**values: str) -> list[Raw]:
    return [{"name": name, "value": value} for name, value in values.items()]


def rows(old: Raw, new: Raw) -> list[tuple[str, str, str, str]]:
    return [(str(row.how), row.path, row.old, row.new) for row in changes(old, new)]


def test_an_image_is_a_row_and_a_line() -> None:
    old, new = template(container("app:1")), template(container("app:2"))
    assert changes(old, new) == [
        Change(How.CHANGED, Area.IMAGE, "containers[app].image", "app:1", "app:2", "app")
    ]
    lines = difference(old, new).splitlines()
    assert lines[:2] == ["--- primary", "+++ target"]
    assert [line for line in lines[2:] if line[0] in "+-"] == ["-  - image: app:1", "+  - image: app:2"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            container(env=env(LEVEL="info", GONE="x")),
            container(env=env(LEVEL="debug", MORE="1")),
            [
                ("removed", "containers[app].env[GONE]", "x", ""),
                ("changed", "containers[app].env[LEVEL]", "info", "debug"),
                ("new", "containers[app].env[MORE]", "", "1"),
            ],
        ),
        (container(), container(env=env(A="1")), [("new", "containers[app].env[A]", "", "1")]),
        (
            container(resources={"limits": {"cpu": "1"}}),
            container(resources={"limits": {"cpu": "2"}, "requests": {"cpu": "1", "memory": "1Gi"}}),
            [
                ("changed", "containers[app].resources.limits.cpu", "1", "2"),
                ("new", "containers[app].resources.requests", "", "cpu 1, memory 1Gi"),
            ],
        ),
        (
            container(),
            container(readinessProbe={"httpGet": {"path": "/", "port": 80}}),
            [("new", "containers[app].readinessProbe", "", "httpGet path /, port 80")],
        ),
        (
            container(ports=[{"containerPort": 80}]),
            container(ports=[{"containerPort": 80}, {"containerPort": 81, "name": "metrics"}]),
            [("new", "containers[app].ports[81]", "", "name metrics")],
        ),
        (
            # The same volume twice: told apart by where it is mounted.
            container(volumeMounts=[{"name": "v", "mountPath": "/a"}, {"name": "v", "mountPath": "/b"}]),
            container(volumeMounts=[{"name": "v", "mountPath": "/a"}, {"name": "w", "mountPath": "/b"}]),
            [("changed", "containers[app].volumeMounts[/b].name", "v", "w")],
        ),
        (
            container(args=["--level", "info"]),
            container(args=["--level", "debug"]),
            [("changed", "containers[app].args", "--level info", "--level debug")],
        ),
        (
            container(env=[{"name": "P", "value": "plain"}]),
            container(env=[{"name": "P", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "p"}}}]),
            [("changed", "containers[app].env[P]", "plain", "configMapKeyRef conf p")],
        ),
    ],
)
def test_rows_of_a_container(old: Raw, new: Raw, expected: list[tuple[str, str, str, str]]) -> None:
    assert rows(template(old), template(new)) == expected


def test_containers_and_volumes_that_come_and_go() -> None:
    old = template(container(), container("old:1", "old"), volumes=[{"name": "v", "emptyDir": {}}])
    new = template(
        container(),
        container("side:1", "side"),
        volumes=[{"name": "w", "configMap": {"name": "conf"}}],
        initContainers=[container("init:1", "init")],
    )
    assert rows(old, new) == [
        ("removed", "containers[old]", "old:1", ""),
        ("new", "containers[side]", "", "side:1"),
        ("new", "initContainers[init]", "", "init:1"),
        ("removed", "volumes[v]", "emptyDir", ""),
        ("new", "volumes[w]", "", "configMap name conf"),
    ]


def test_the_order_of_containers_and_variables_is_no_change() -> None:
    one, two = container("a:1", "a", env=env(A="1", B="2")), container("b:1", "b")
    turned = container("a:1", "a", env=env(B="2", A="1"))
    assert changes(template(one, two), template(two, turned)) == []


def test_what_flagger_changes_in_its_copy_is_no_change() -> None:
    def whole(suffix: str, **annotations: str) -> Raw:
        secret = {"name": "P", "valueFrom": {"secretKeyRef": {"name": f"db{suffix}", "key": "p"}}}
        spread = {"labelSelector": {"matchLabels": {"app": f"podinfo{suffix}"}}, "topologyKey": "zone"}
        conf = {"name": "c", "configMap": {"name": f"conf{suffix}"}}
        app = container(env=[secret], envFrom=[{"configMapRef": {"name": f"more{suffix}"}}])
        return template(
            app,
            app=f"podinfo{suffix}",
            annotations=annotations,
            volumes=[conf],
            topologySpreadConstraints=[spread],
        )

    primary = whole("-primary", **{"flagger-id": "11dde", "kept": "yes"})
    target = whole("", kept="yes", **{"kustomize.toolkit.fluxcd.io/checksum": "1"})
    assert difference(primary, target) == ""
    assert changes(primary, target) == []


def test_a_suffix_that_flagger_does_not_write_is_a_change() -> None:
    found = rows(template(container(env=env(HOST="db-primary"))), template(container(env=env(HOST="db"))))
    assert found == [("changed", "containers[app].env[HOST]", "db-primary", "db")]


def test_a_restart_stays_visible_and_kubectls_copy_of_the_manifest_does_not() -> None:
    restarted, applied = (
        "kubectl.kubernetes.io/restartedAt",
        "kubectl.kubernetes.io/last-applied-configuration",
    )
    old = template(container(), annotations={restarted: "2026-01-01", applied: "{1}"})
    new = template(container(), annotations={restarted: "2026-01-02", applied: "{2}"})
    path = f"metadata.annotations[{restarted}]"
    assert rows(old, new) == [("changed", path, "2026-01-01", "2026-01-02")]
    assert applied not in difference(old, new)


SECRETS = [
    container(env=env(DB_PASSWORD="s3cret-{}")),
    container(env=env(apiToken="s3cret-{}")),
    container(env=env(DATABASE="postgres://user:s3cret-{}@db/shop")),
    container(env=env(ANY="eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.s3cret-{}")),
    container(env=env(ANY="-----BEGIN PRIVATE KEY-----\ns3cret-{}")),
    container(args=["--password", "s3cret-{}"]),
    container(args=["--db-password=s3cret-{}", "-v"]),
    container(command=["sh", "-c", "PASSWORD=s3cret-{} exec app"]),
    container(command=["sh", "-c", "app --token 's3cret-{}' run"]),
    container(args=["--header", "Authorization: Bearer s3cret-{}"]),
    container(args=['--header "Authorization: Bearer s3cret-{}"']),
    container(args=["-H", "X-Api-Key: s3cret-{}"]),
    container(args=["-u", "admin:s3cret-{}"]),
    container(command=["sh", "-c", "curl -u admin:s3cret-{} http://x/"]),
    container(command=["sh", "-c", "sh -c 'app --token s3cret-{}'"]),
    container(
        livenessProbe={"httpGet": {"httpHeaders": [{"name": "Authorization", "value": "Basic s3cret-{}"}]}}
    ),
]


def filled(raw: Any, value: str) -> Any:
    if isinstance(raw, str):
        return raw.replace("{}", value)
    if isinstance(raw, list):
        return [filled(item, value) for item in raw]
    return {key: filled(item, value) for key, item in raw.items()} if isinstance(raw, dict) else raw


@pytest.mark.parametrize("raw", SECRETS)
def test_a_secret_is_masked_on_both_sides_and_seen_to_change(raw: Raw) -> None:
    old, new = template(filled(raw, "one")), template(filled(raw, "two"))
    (row,) = changes(old, new)
    text = difference(old, new)
    assert "s3cret" not in f"{row} {text}"
    assert MASK in row.old
    assert row.new != row.old
    assert row.new.replace(" (another value)", "") == row.old
    assert "another value" in text
    assert changes(old, old) == []
    assert difference(old, copy.deepcopy(old)) == ""


def test_a_new_secret_is_new_and_masked() -> None:
    found = rows(template(container()), template(container(env=env(TOKEN="x"))))
    assert found == [("new", "containers[app].env[TOKEN]", "", MASK)]


@pytest.mark.parametrize("name", ["TOKENIZER", "MONKEY", "KEYBOARD", "AUTHOR", "COMPASS"])
def test_a_name_that_only_looks_like_a_secrets_is_shown(name: str) -> None:
    old, new = template(container(env=env(**{name: "a"}))), template(container(env=env(**{name: "b"})))
    assert rows(old, new) == [("changed", f"containers[app].env[{name}]", "a", "b")]


def test_names_of_secrets_and_the_keys_in_them_are_shown() -> None:
    def app(secret: str, key: str) -> Raw:
        source = {"secretKeyRef": {"name": secret, "key": key}}
        return template(container(env=[{"name": "DB_PASSWORD", "valueFrom": source}]))

    found = rows(app("db", "password"), app("db-2", "token"))
    assert found == [
        ("changed", "containers[app].env[DB_PASSWORD]", "secretKeyRef db password", "secretKeyRef db-2 token")
    ]


def test_services_are_compared_without_what_the_cluster_gives_them() -> None:
    def spec(app: str, ip: str, target: int) -> Raw:
        ports = [{"name": "http", "port": 80, "targetPort": target, "nodePort": 30000 + target}]
        return {"clusterIP": ip, "clusterIPs": [ip], "selector": {"app": app}, "ports": ports}

    old, new = spec("podinfo-primary", "10.0.0.1", 8080), spec("podinfo", "10.0.0.2", 9090)
    assert rows(old, new) == [("changed", "ports[http].targetPort", "8080", "9090")]
    assert rows({**old, "clusterIP": "None"}, {**new, "ports": old["ports"]}) == [
        ("removed", "clusterIP", "None", "")
    ]


@pytest.mark.parametrize(("old", "new"), [(None, template()), (template(), None), (None, None)])
def test_nothing_is_said_while_one_side_is_not_known(old: Raw | None, new: Raw | None) -> None:
    assert difference(old, new) == ""
    assert changes(old, new) == []


def test_a_text_of_several_lines_is_compared_line_by_line() -> None:
    old = template(container(env=env(SCRIPT="one\ntwo\n")))
    new = template(container(env=env(SCRIPT="one\n2\n")))
    lines = [line.strip("+- ") for line in difference(old, new).splitlines()[2:] if line[0] in "+-"]
    assert lines == ["two", "2"]
    assert rows(old, new)[0][2:] == ("one two", "one 2")


FIELDS = ("name", "value", "env", "spec", "containers", "annotations", "metadata", "args", "labels", "x")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(min_value=2) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(FIELDS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
objects = st.dictionaries(st.sampled_from(["metadata", "spec", "ports"]), json_values, max_size=3)


@settings(deadline=None)
@given(old=objects, new=objects)
def test_odd_templates_are_compared_all_the_same(old: Raw, new: Raw) -> None:
    found = changes(old, new)
    text = difference(old, new)
    assert all(row.old or row.new or row.how for row in found)
    assert changes(new, new) == []
    assert difference(new, new) == ""
    assert bool(text) == bool(found)


def test_the_recorded_primary_and_target_differ_in_nothing() -> None:
    from dashboard import workloads

    known = {
        item["metadata"]["name"]: workloads.parse("Deployment", item)
        for item in things.recorded()
        if item["kind"] == "Deployment"
    }
    primary, target = known["test-api-primary"], known["test-api"]
    assert primary.template
    assert primary.template != target.template
    assert changes(primary.template, target.template) == []
