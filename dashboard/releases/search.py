"""Finding releases, newest first. Every function looks only among those that the person may see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from dashboard.models import Release
from dashboard.releases import told
from gates.keys import DEFAULT_CLUSTER, subject

# Counting goes no further back: what a page says about the newest thousands need not read them all.
MOST_COUNTED = 5000
# Not needed in a list, and long.
UNREAD = ("changes", "gaps", "steps", "why", "message")


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; None and "" leave the field open. Both ends of the time are included.

    `canary`: `namespace/name` is that canary of `cluster`, or of `default` where none is asked for; a name
    those of that name. `text`: a part of an image, or
    the beginning of a revision. `approver`: the name as the log has it.
    """

    namespace: str = ""
    canary: str = ""
    cluster: str = ""
    text: str = ""
    approver: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many of each outcome are among those found; `whole`: all of them were counted."""

    outcomes: Mapping[str, int]
    whole: bool

    @property
    def total(self) -> int:
        """All that were counted."""
        return sum(self.outcomes.values())


def matching(seen: QuerySet[Release], search: Search) -> tuple[QuerySet[Release], bool]:
    """Those that fit, whatever their outcome; and whether that is sure to be all of them."""
    found, whole = seen, True
    if search.namespace:
        found = found.filter(namespace=search.namespace)
    if search.canary:
        found = found.filter(_canary(search.cluster, search.canary))
    if search.cluster:
        found = found.filter(cluster=search.cluster)
    if search.since:
        found = found.filter(began_at__gte=search.since)
    if search.until:
        found = found.filter(began_at__lte=search.until)
    if search.text:
        found = found.annotate(named=Cast("images", TextField())).filter(
            Q(named__icontains=search.text) | Q(revision__startswith=search.text.lower())
        )
    if search.approver:
        numbers, whole = told.approved_by(search.approver)
        found = found.filter(pk__in=numbers)
    return found, whole


def page(found: QuerySet[Release], before: int | None, limit: int) -> tuple[list[Release], int | None]:
    """At most `limit` that began before release `before`, and the cursor of the next page (None: no more)."""
    if before is not None:
        # Looked for among those found: another's number must not tell when that release began.
        last = found.filter(pk=before).values_list("began_at", flat=True).first()
        if last is None:
            return [], None
        found = found.filter(Q(began_at__lt=last) | Q(pk__lt=before), began_at__lte=last)
    rows = list(found.defer(*UNREAD).order_by("-began_at", "-id")[: limit + 1])
    return rows[:limit], rows[limit - 1].pk if len(rows) > limit else None


def counts(found: QuerySet[Release]) -> Counts:
    """Of the newest `MOST_COUNTED`."""
    newest = found.order_by("-began_at", "-id").values_list("outcome", flat=True)[: MOST_COUNTED + 1]
    outcomes = Counter(newest)
    return Counts(outcomes, sum(outcomes.values()) <= MOST_COUNTED)


def _canary(cluster: str, text: str) -> Q:
    namespace, slash, name = text.partition("/")
    if slash:
        return Q(subject=subject(cluster or DEFAULT_CLUSTER, namespace, name))
    return Q(name=text)
