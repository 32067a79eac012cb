"""A Kubernetes Event about a Canary."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import datetime

from dashboard.around import objects
from dashboard.around.objects import Raw
from dashboard.masking import mask_text


@dataclass(frozen=True, slots=True)
class ClusterEvent:
    """`message` with tokens masked; `first` and `last` equal unless Kubernetes counted several as one."""

    namespace: str
    name: str
    canary: str
    canary_uid: str
    warning: bool
    reason: str
    message: str
    count: int
    first: datetime | None
    last: datetime | None

    @property
    def key(self) -> tuple[str, str]:
        """Namespace and name of the Event itself."""
        return self.namespace, self.name

    @property
    def canary_key(self) -> tuple[str, str]:
        """Namespace and name of the canary."""
        return self.namespace, self.canary


def parse(raw: Raw) -> ClusterEvent:
    """Read an Event; never raises for odd content. Its text is kept as it is, but for tokens in addresses."""
    top, namespace, name = objects.read(raw)
    about, series = top.inner("involvedObject"), top.inner("series")
    created = top.inner("metadata").moment("creationTimestamp")
    first = top.moment("firstTimestamp") or top.moment("eventTime") or created
    return ClusterEvent(
        namespace=namespace,
        name=name,
        canary=sys.intern(about.text("name")) if about.text("kind", "Canary") == "Canary" else "",
        canary_uid=sys.intern(about.text("uid")),
        warning=top.text("type") == "Warning",
        reason=sys.intern(top.text("reason")),
        message=mask_text(top.text("message")),
        count=max(1, top.whole("count") or series.whole("count")),
        first=first,
        last=top.moment("lastTimestamp") or series.moment("lastObservedTime") or first,
    )
