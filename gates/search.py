"""Finding entries in the log: one search behind the page and the REST API, newest first.

Every function looks only among the entries that the person may see (`Access.entries()`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from gates.keys import DEFAULT_CLUSTER, subject
from gates.models import AuditEntry

BIGGEST = 2**63 - 1
# By how much numbers and times may disagree: replicas' clocks, and decisions that wait for the head row.
SKEW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; None and "" leave the field open. `since` is included, `until` is not.

    `canary`: `namespace/name` is that canary, through the index; any other text is a part of either.
    `decision`: the entry with this number and all that name it.
    """

    canary: str = ""
    namespace: str | None = None
    action: str = ""
    actor: str = ""
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None
    decision: int | None = None


def entries(
    seen: QuerySet[AuditEntry], search: Search, before: int | None, limit: int
) -> tuple[list[AuditEntry], int | None]:
    """At most `limit` entries older than number `before`, and the cursor of the next page (None: no more)."""
    found = _matching(seen, search)
    if before is not None:
        found = found.filter(seq__lt=before)
    page = list(found.order_by("-seq")[: limit + 1])
    more = len(page) > limit
    return page[:limit], page[limit - 1].seq if more else None


def following(seen: QuerySet[AuditEntry], entry: AuditEntry) -> Sequence[AuditEntry]:
    """The entries that answer, repeat or end this decision, oldest first, at most 100."""
    # The subject's index narrows it; entries that follow a decision come after it.
    same = seen.filter(subject=entry.subject, seq__gt=entry.seq, decision=entry.seq)
    return list(same.order_by("seq")[:100])


def neighbours(seen: QuerySet[AuditEntry], entry: AuditEntry) -> tuple[int | None, int | None]:
    """The numbers of the entries before and after this one."""
    numbers = seen.values_list("seq", flat=True)
    before = numbers.filter(seq__lt=entry.seq).order_by("-seq").first()
    return before, numbers.filter(seq__gt=entry.seq).order_by("seq").first()


def _matching(seen: QuerySet[AuditEntry], search: Search) -> QuerySet[AuditEntry]:
    found = seen
    if search.canary:
        found = found.filter(_canary(search.canary))
    if search.decision is not None:
        found = found.filter(_decision(search.decision))
    if search.namespace is not None:
        found = found.filter(namespace=search.namespace)
    exact = {"action": search.action, "actor": search.actor, "outcome": search.outcome}
    found = found.filter(**{name: value for name, value in exact.items() if value})
    return _between(found, search.since, search.until)


def _between(
    found: QuerySet[AuditEntry], since: datetime | None, until: datetime | None
) -> QuerySet[AuditEntry]:
    """Times as ranges of numbers, which are the log's order: sorting a year of entries takes seconds."""
    times = AuditEntry.objects.values_list("seq", flat=True)
    if since:
        first = times.filter(at__gte=_moved(since, -SKEW)).order_by("at").first()
        found = found.filter(at__gte=since, seq__gte=first or BIGGEST)
    if until:
        last = times.filter(at__lt=_moved(until, SKEW)).order_by("-at").first()
        found = found.filter(at__lt=until, seq__lte=last or 0)
    return found


def _moved(moment: datetime, by: timedelta) -> datetime:
    try:
        return moment + by
    except OverflowError:
        return moment


def _canary(text: str) -> Q:
    namespace, slash, name = text.partition("/")
    if slash and namespace and name:
        return Q(subject=subject(DEFAULT_CLUSTER, namespace, name))
    return Q(namespace__icontains=text.strip("/")) | Q(name__icontains=text.strip("/"))


def _decision(number: int) -> Q:
    """Narrowed by the decision's own canary, whose index is at hand, instead of reading the whole log."""
    own = AuditEntry.objects.filter(seq=number).values_list("subject", flat=True).first()
    if own is None:
        return Q(pk__in=[])
    return Q(subject=own, seq__gte=number) & (Q(seq=number) | Q(decision=number))
