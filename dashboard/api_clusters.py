"""REST: which cluster is meant."""

from __future__ import annotations

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from dashboard import stores
from dashboard.store import Store
from gates.actions import Refused
from gates.keys import DEFAULT_CLUSTER

CLUSTER = OpenApiParameter(
    "cluster", str, description="Where the canary is; without it the cluster `default` is meant."
)


def asked(request: Request) -> Store:
    """The cluster that the query names; raises Refused (404) when there is none of that name."""
    return called(request.query_params.get("cluster", DEFAULT_CLUSTER))


def called(name: str) -> Store:
    """The store of the cluster of that name; raises Refused (404)."""
    store = stores.of(name)
    if store is None:
        raise Refused("no-such-cluster", _("There is no cluster named %(name)s.") % {"name": name}, 404)
    return store
