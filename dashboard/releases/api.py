"""REST: releases, to read; each with its states and what people decided."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.models import Release
from dashboard.releases import search, waiting
from dashboard.releases.entries import entries_of
from dashboard.releases.search import Search
from gates.api import EntryBody
from gates.permissions import access_of
from gates.rest import NumberedPage, Resource, answers, next_address, query
from gates.search import BIGGEST


class ChangedImage(serializers.Serializer[Any]):
    """One container; `old` is "" where the primary was not known."""

    container = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class ReleaseBody(serializers.Serializer[Any]):
    """One run of a revision. Times are Flagger's, null where nobody saw them; `reached` is the highest weight
    in per cent, `waited` the seconds that people let it wait (of a running one: so far)."""

    id = serializers.IntegerField()
    cluster = serializers.CharField()
    namespace = serializers.CharField()
    name = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Release.Outcome.values)
    revision = serializers.CharField()
    previous = serializers.CharField(help_text="The revision that was promoted before; empty where unknown.")
    images = serializers.SerializerMethodField()
    strategy = serializers.CharField()
    skipped = serializers.BooleanField(help_text="Without an analysis.")
    began_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True, help_text="Of the analysis.")
    promoting_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    lasted = serializers.SerializerMethodField()
    reached = serializers.IntegerField()
    threshold = serializers.IntegerField()
    failed_checks = serializers.IntegerField()
    waited = serializers.FloatField()
    decision = serializers.IntegerField(
        allow_null=True, help_text="The audit entry of the rollback request or rejection that ended it."
    )

    @extend_schema_field(ChangedImage(many=True))
    def get_images(self, release: Release) -> list[dict[str, str]]:
        """By name."""
        return [{"container": name, "old": old, "new": new} for name, old, new in release.images]

    def get_lasted(self, release: Release) -> float | None:
        """Seconds from first sight to its end; null while it runs, or where nobody saw the end."""
        return (release.ended_at - release.began_at).total_seconds() if release.ended_at else None


class StateBody(serializers.Serializer[Any]):
    """One state. `weight` is the effective share of traffic in per cent, `weight_source` where it was read;
    `version` the canary's resource version."""

    at = serializers.DateTimeField()
    version = serializers.IntegerField()
    phase = serializers.CharField()
    phase_at = serializers.DateTimeField(allow_null=True, help_text="When the phase began.")
    weight = serializers.IntegerField()
    weight_source = serializers.CharField()
    mirrored = serializers.IntegerField(help_text="Per cent of the requests copied to the canary.")
    failed_checks = serializers.IntegerField()
    iteration = serializers.IntegerField()


class GapBody(serializers.Serializer[Any]):
    """Nobody watched; states in between are not known."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()


class ReleaseDetail(ReleaseBody):
    """A release with everything that is kept of it. `why` is in Flagger's words; `changes` a unified diff."""

    steps = serializers.ListField(child=serializers.IntegerField())
    checks = serializers.ListField(
        child=serializers.ListField(),
        help_text="Each `[name, lowest, highest, unit, interval, MetricTemplate]`, null for an open end.",
    )
    why = serializers.CharField()
    message = serializers.CharField(help_text="The status's own, at the end.")
    changes = serializers.CharField()
    from_start = serializers.BooleanField(help_text="Its first state was seen.")
    gaps = serializers.SerializerMethodField()
    settled = serializers.BooleanField(help_text="`why`, `decision` and `waited` are final.")
    states = StateBody(many=True, source="states.all")
    decisions = EntryBody(many=True, help_text="Entries of the log about it, oldest first.")

    @extend_schema_field(GapBody(many=True))
    def get_gaps(self, release: Release) -> list[dict[str, str]]:
        """In order."""
        return [{"since": since, "until": until} for since, until in release.gaps]


class ReleasePage(serializers.Serializer[Any]):
    """A page of releases, the one that began last first."""

    next = serializers.CharField(allow_null=True, help_text="Address of the page with earlier ones.")
    results = ReleaseBody(many=True)


class ReleaseQuery(NumberedPage):
    """Filters of the list; both ends of the time are included."""

    namespace = serializers.CharField(required=False)
    canary = serializers.CharField(required=False, help_text="`namespace/name`, or a name.")
    cluster = serializers.CharField(required=False, help_text="Where; a whole canary is else of `default`.")
    outcome = serializers.ChoiceField(required=False, choices=Release.Outcome.values)
    q = serializers.CharField(required=False, help_text="A part of an image, or how a revision begins.")
    approver = serializers.CharField(required=False, help_text="The name as the log has it.")
    since = serializers.DateTimeField(required=False, help_text="Began then or later.")
    until = serializers.DateTimeField(required=False, help_text="Began then or earlier.")


class Releases(Resource):
    """Every run of a revision through a canary, as far as the caller may see it."""

    @extend_schema(parameters=[ReleaseQuery], responses=answers(ReleasePage), operation_id="releases_list")
    def get(self, request: Request) -> Response:
        """List releases, newest first."""
        wanted = query(request, ReleaseQuery)
        limit, cursor = wanted.pop("limit"), wanted.pop("cursor", None)
        outcome, text = wanted.pop("outcome", None), wanted.pop("q", "")
        seen = access_of(request.user).visible(Release.objects.all())
        found, _whole = search.matching(seen, Search(text=text, **wanted))
        if outcome:
            found = found.filter(outcome=outcome)
        releases, following = search.page(found, cursor, limit)
        waiting.fill(releases, timezone.now())
        body = ReleaseBody(releases, many=True).data
        return Response({"next": next_address(request, following), "results": body})


class OneRelease(Resource):
    """One release."""

    @extend_schema(responses=answers(ReleaseDetail), operation_id="releases_retrieve")
    def get(self, request: Request, number: int) -> Response:
        """Read one release with its states and decisions."""
        seen = access_of(request.user).visible(Release.objects.prefetch_related("states"))
        release = seen.filter(pk=number).first() if number <= BIGGEST else None
        if release is None:
            raise Http404
        waiting.fill([release], timezone.now())
        release.decisions = entries_of(release)  # type: ignore[attr-defined]
        return Response(ReleaseDetail(release).data)
