"""Which kinds could not be read although they matter to a canary."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from dashboard.around.wanted import Wanted
from dashboard.canary import Canary
from dashboard.resources import OPTIONAL
from dashboard.routes import deciding


def of(canary: Canary, looked: Wanted, routes: Collection[str], unread: Mapping[str, str]) -> tuple[str, ...]:
    """Such as `services: forbidden`; `routes` are the kinds of its routing objects that were found.

    An API server that forbids does not say whether the kind is installed: those of a mesh that the canary
    does not use are left out.
    """
    kinds = ["Service", "Event", canary.target_kind]
    kinds += ["MetricTemplate"] if looked.templates else []
    kinds += ["AlertProvider"] if looked.providers else []
    kinds += routes or deciding(canary)
    return tuple(
        f"{resource.title}: {unread[kind]}"
        for kind, resource in OPTIONAL.items()
        if kind in kinds and kind in unread
    )
