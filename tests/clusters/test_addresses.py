"""Flagger of each cluster has addresses of its own; a name that is none is nobody's."""

from __future__ import annotations

from typing import Any

import pytest

from gates import addresses

THESE = frozenset({"default", "east"})


def scope(path: str, method: str = "POST") -> dict[str, Any]:
    return {"raw_path": path.encode(), "path": path, "method": method, "query_string": b""}


@pytest.mark.parametrize(
    "path", ["/gate/check", "/rollback/open", "/hooks/rollback", "/hooks/confirm-rollout/db"]
)
def test_the_cluster_is_read_from_the_address(path: str) -> None:
    for prefix, cluster in (("", "default"), ("/clusters/default", "default"), ("/clusters/east", "east")):
        address, token = addresses.find(scope(prefix + path), THESE)
        assert address is not None
        assert (address.cluster, token) == (cluster, "")
    address, token = addresses.find(scope("/t/secret/clusters/east" + path), THESE)
    assert address is not None
    assert (address.cluster, token) == ("east", "secret")


@pytest.mark.parametrize("name", ["west", "EAST", "%65ast", "east%20", "eas", ""])
def test_another_name_is_nobodys(name: str) -> None:
    for path in ("/gate/check", "/rollback/check", "/hooks/rollback", "/"):
        asked = scope(f"/clusters/{name}{path}")
        assert addresses.owns(asked)
        assert addresses.find(asked, THESE)[0] is None


def test_without_a_default_cluster_addresses_need_a_name() -> None:
    east = frozenset({"east"})
    for path in ("/gate/check", "/rollback/check", "/rollback/open", "/hooks/rollback"):
        assert addresses.find(scope(path), east)[0] is None
        assert addresses.find(scope(f"/t/x{path}"), east)[0] is None
        assert addresses.find(scope(f"/clusters/default{path}"), east)[0] is None
        assert addresses.find(scope(f"/clusters/east{path}"), east)[0] is not None
    for path in ("/", "/healthz", "/readyz", "/metrics"):
        assert addresses.find(scope(path), east)[0] is not None


@pytest.mark.parametrize(
    "path",
    [
        "/clusters/east/canaries/../rollback/check",
        "/clusters/east/canaries/..%2frollback/check",
        "/clusters/east/canaries/a/../../rollback/check",
        "/clusters/east/canaries/../../../rollback/check",
        "/clusters/east//canaries/%2e%2e/rollback/check",
        "/clusters/east/canaries",
        "/clusters/east/canaries/",
        "/clusters/East/canaries/a/b",
        "/clusters/east/rollback/canaries/a",
        "//clusters/east/canaries/a/b",
    ],
)
def test_only_pages_of_canaries_are_left_to_people(path: str) -> None:
    assert addresses.owns(scope("/clusters/east/rollback/check"))
    assert addresses.owns(scope(path))


def test_pages_of_canaries_are() -> None:
    assert not addresses.owns(scope("/clusters/east/canaries/shop/cart", "GET"))
    assert not addresses.owns(scope("/clusters/east/canaries/shop/cart/approve"))
