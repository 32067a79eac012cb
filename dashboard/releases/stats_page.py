"""`/releases/stats`: how releases go, by namespace, or in one namespace by canary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from dashboard.models import Release
from dashboard.releases import stats, waiting
from dashboard.releases.stats import Columns, Run, Stats
from gates.permissions import access_of, only_viewers

DAYS = (7, 30, 90)
USUAL = 30
# The newest; more would keep everybody waiting for numbers that hardly differ.
MOST_READ = 10_000
MOST_GROUPS = 100
IN_CHART = 20
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Group:
    """One namespace, or with a name one canary."""

    namespace: str
    name: str
    address: str
    stats: Stats
    columns: Columns
    told: str


@only_viewers
@require_safe
def release_stats(request: HttpRequest) -> HttpResponse:
    """`days` and `namespace` in the address; anything odd reads as the usual."""
    days = next((each for each in DAYS if str(each) == request.GET.get("days")), USUAL)
    namespace = request.GET.get("namespace", "")[:600]
    seen = access_of(request.user).visible(Release.objects.all())
    if namespace:
        seen = seen.filter(namespace=namespace)
    recent = seen.filter(began_at__gte=timezone.now() - timedelta(days=days), ended_at__isnull=False)
    runs: dict[Key, list[Run]] = defaultdict(list)
    for where, name, run in reversed(_runs(recent)):
        runs[where, name if namespace else ""].append(run)
    everything = stats.summary(run for group in runs.values() for run in group)
    ordered = sorted(runs, key=lambda key: (-len(runs[key]), key))
    context = {
        "section": "releases",
        "namespace": namespace,
        "stats": everything,
        "groups": [_group(key, runs[key], days) for key in ordered[:MOST_GROUPS]],
        "left_out": max(len(ordered) - MOST_GROUPS, 0),
        "cut": everything.releases >= MOST_READ,
        "most": MOST_READ,
        "days": days,
        "choices": [(each, _address(namespace, each)) for each in DAYS],
        "wider": _address("", days),
    }
    return render(request, "releases/stats.html", context)


def _runs(recent: QuerySet[Release]) -> list[tuple[str, str, Run]]:
    """Namespace, name and numbers of each, the newest first."""
    columns = ("pk", "namespace", "name", "outcome", "began_at", "ended_at", "waited")
    read = list(recent.order_by("-began_at", "-id").values_list(*columns)[:MOST_READ])
    just_over = list(recent.filter(settled=False))
    waiting.fill(just_over, timezone.now())
    fresh = {release.pk: release.waited for release in just_over}
    return [
        (namespace, name, Run(outcome, began, ended, fresh.get(pk, waited)))
        for pk, namespace, name, outcome, began, ended, waited in read
    ]


def _group(key: Key, runs: Sequence[Run], days: int) -> Group:
    namespace, name = key
    found, newest = stats.summary(runs), runs[-IN_CHART:]
    if name:
        address = f"{reverse('releases')}?{urlencode({'canary': f'{namespace}/{name}'})}"
    else:
        address = _address(namespace, days)
    return Group(namespace, name, address, found, stats.columns(newest), stats.told(stats.summary(newest)))


def _address(namespace: str, days: int) -> str:
    fields = {"namespace": namespace, "days": "" if days == USUAL else str(days)}
    return f"?{urlencode({name: value for name, value in fields.items() if value})}"
