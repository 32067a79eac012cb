"""Nothing that a cluster may hold is too odd to be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard import routes
from dashboard.around.parsers import PARSERS
from dashboard.around.surroundings import Surroundings
from tests.around import things

Raw = dict[str, Any]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
FIELDS = sorted(
    {
        *("metadata", "spec", "namespace", "name", "annotations", "ownerReferences", "kind", "apiVersion"),
        *("http", "tcp", "route", "match", "destination", "host", "port", "number", "weight", "headers"),
        *(
            "response",
            "add",
            "mirror",
            "mirrors",
            "mirrorPercentage",
            "value",
            "delegate",
            "hosts",
            "gateways",
        ),
        *(
            "rules",
            "backendRefs",
            "filters",
            "type",
            "requestMirror",
            "fraction",
            "matches",
            "path",
            "backends",
        ),
        *(
            "service",
            "paths",
            "backend",
            "defaultBackend",
            "selector",
            "ports",
            "targetPort",
            "involvedObject",
        ),
        *("series", "count", "eventTime", "message", "provider", "address", "secretRef", "query", "uid"),
        *("x/canary", "x/canary-weight", "x/canary-weight-total", "x/canary-by-header"),
    }
)
ODD = st.recursive(
    VALUES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, min_size=1, max_size=5)
    ),
    max_leaves=25,
)


FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize("kind", PARSERS)
@FEW
@given(raw=st.dictionaries(st.sampled_from(["metadata", "spec", *FIELDS]), ODD, max_size=6))
def test_nothing_that_a_cluster_may_hold_is_too_odd(kind: str, raw: Raw) -> None:
    item = PARSERS[kind](raw)
    namespace, name = item.key
    assert isinstance(namespace, str)
    assert isinstance(name, str)
    surroundings = Surroundings()
    surroundings.apply(kind, [item], whole=True)
    surroundings.apply(kind, [PARSERS[kind]({**raw, "spec": {}})])
    surroundings.of(things.canary())
    surroundings.apply(kind, whole=True)
    if kind in ("VirtualService", "HTTPRoute", "TrafficSplit", "Ingress"):
        assert all(0 <= share <= 100 for _name, share in routes.parse(kind, raw).shares)


@FEW
@given(
    spec=st.dictionaries(st.sampled_from(["analysis", "service", "ingressRef", "targetRef", "provider"]), ODD)
)
def test_no_canary_is_too_odd_to_look_around_it(spec: Raw) -> None:
    surroundings = Surroundings()
    odd = things.canary(**spec)
    surroundings.apply("Canary", [odd])
    assert surroundings.of(odd).routes == ()
