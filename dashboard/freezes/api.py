"""REST: freezes. Whoever sees something of what they name reads them, admins make, lift and exempt."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api_clusters import called
from dashboard.freezes.pages import preview, seen_exemptions
from dashboard.freezes.scope import Scope
from dashboard.store import CanaryView
from gates import callers, freezing, refusals
from gates.access import MayAdminister, MayView
from gates.access_rights import Access
from gates.asked_for import Subject
from gates.freezing import LONGEST_REASON, Caller, Wanted
from gates.keys import DEFAULT_CLUSTER
from gates.models import Freeze
from gates.named_patterns import LONGEST_PATTERNS
from gates.permissions import access_of
from gates.rest import NumberedPage, Resource, Strict, answers, next_address, query

STATES = ("current", "coming", "past")


class ExemptionBody(serializers.Serializer[Any]):
    """One canary that the freeze does not hold."""

    id = serializers.IntegerField()
    cluster = serializers.CharField()
    namespace = serializers.CharField()
    name = serializers.CharField()
    reason = serializers.CharField()
    created_by = serializers.CharField()
    decision = serializers.IntegerField(help_text="The audit entry.")


class FreezeBody(serializers.Serializer[Any]):
    """One freeze. Patterns and exemptions are those that the caller may see."""

    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=STATES)
    namespaces = serializers.CharField(help_text="Comma-separated patterns.")
    canaries = serializers.CharField(help_text="Comma-separated patterns.")
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    lifted_at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()
    in_flight = serializers.BooleanField(help_text="Releases under way are stopped, too.")
    created_by = serializers.CharField()
    decision = serializers.IntegerField(help_text="The audit entry.")
    exemptions = ExemptionBody(many=True)


class FreezePage(serializers.Serializer[Any]):
    """A page of freezes, the one made last first."""

    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")
    results = FreezeBody(many=True)


class FreezeQuery(NumberedPage):
    """Filters of the list."""

    state = serializers.ChoiceField(required=False, choices=STATES)


class WantedBody(Strict):
    """A freeze to make. At most 92 days; without `starts_at` from now on."""

    namespaces = serializers.CharField(max_length=LONGEST_PATTERNS, help_text="Comma-separated patterns.")
    canaries = serializers.CharField(required=False, default="*", max_length=LONGEST_PATTERNS)
    starts_at = serializers.DateTimeField(required=False, allow_null=True, default=None)
    ends_at = serializers.DateTimeField()
    reason = serializers.CharField(max_length=LONGEST_REASON)
    in_flight = serializers.BooleanField(required=False, default=False)


class ReasonBody(Strict):
    """Why."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_REASON)


class ExemptBody(Strict):
    """The canary that is let through, and why."""

    cluster = serializers.CharField(required=False, max_length=63)
    namespace = serializers.CharField(max_length=253)
    name = serializers.CharField(max_length=253)
    reason = serializers.CharField(max_length=LONGEST_REASON)


class HeldBody(serializers.Serializer[Any]):
    """One canary as the cluster has it now; `weight` in per cent of the traffic."""

    namespace = serializers.CharField()
    name = serializers.CharField()
    phase = serializers.CharField()
    weight = serializers.IntegerField()


class ScopeBody(serializers.Serializer[Any]):
    """What a freeze would hold now. `in_flight` would be stuck at their weight if that is ticked, and go on
    otherwise; `free` have no confirm hook here that could be told no."""

    starting = HeldBody(many=True)
    in_flight = HeldBody(many=True)
    free = HeldBody(many=True)
    resting = HeldBody(many=True)


class FreezeResource(Resource):
    """Reading is for viewers, everything else for admins."""

    refused_as: ClassVar[tuple[str, str] | None] = (refusals.FREEZE, freezing.KIND)

    def get_permissions(self) -> list[BasePermission]:
        """Which namespaces, each request is checked for by itself."""
        return [MayView() if self.request.method in {"GET", "HEAD"} else MayAdminister()]


class Freezes(FreezeResource):
    """Freezes that reach into what the caller may see."""

    @extend_schema(parameters=[FreezeQuery], responses=answers(FreezePage), operation_id="freezes_list")
    def get(self, request: Request) -> Response:
        """List freezes."""
        wanted, access = query(request, FreezeQuery), access_of(request.user)
        rows = Freeze.objects.order_by("-id").prefetch_related("exemptions")
        if "cursor" in wanted:
            rows = rows.filter(id__lt=wanted["cursor"])
        found = [
            row
            for row in rows
            if access.reaches(row.namespaces) and wanted.get("state") in {None, _state(row)}
        ]
        limit = wanted["limit"]
        following = found[limit - 1].pk if len(found) > limit else None
        results = [_body(row, access) for row in found[:limit]]
        return Response({"next": next_address(request, following), "results": results})

    @extend_schema(request=WantedBody, responses=answers(FreezeBody), operation_id="freezes_create")
    def post(self, request: Request) -> Response:
        """Freeze. The answer is sent once the freeze and its entry are durable."""
        freeze = freezing.create(_wanted(request), _caller(request))
        return Response(_body(freeze, access_of(request.user)))


class Previews(FreezeResource):
    """What a freeze would stop."""

    refused_as = None  # it only looks

    @extend_schema(request=WantedBody, responses=answers(ScopeBody), operation_id="freezes_preview")
    def post(self, request: Request) -> Response:
        """Look what such a freeze would hold if it began now; nothing is changed."""
        access = access_of(request.user)
        wanted = freezing.permitted(_wanted(request), access)
        return Response(_scope(preview(wanted, access)))


class OneFreeze(FreezeResource):
    """One freeze."""

    @extend_schema(responses=answers(FreezeBody), operation_id="freezes_retrieve")
    def get(self, request: Request, number: int) -> Response:
        """Read one freeze."""
        access = access_of(request.user)
        return Response(_body(freezing.existing(number, access), access))


class Lifting(FreezeResource):
    """The early end of a freeze."""

    @extend_schema(request=ReasonBody, responses=answers(FreezeBody), operation_id="freezes_lift")
    def post(self, request: Request, number: int) -> Response:
        """Lift a freeze, or call off one that has not begun."""
        body = ReasonBody(data=request.data)
        body.is_valid(raise_exception=True)
        freeze = freezing.lift(number, _caller(request), body.validated_data["reason"])
        return Response(_body(freeze, access_of(request.user)))


class Exemptions(FreezeResource):
    """Canaries that are let through."""

    @extend_schema(request=ExemptBody, responses=answers(FreezeBody), operation_id="freezes_exempt")
    def post(self, request: Request, number: int) -> Response:
        """Exempt a canary."""
        body = ExemptBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        where = called(asked.get("cluster", DEFAULT_CLUSTER))
        canary = Subject(where.cluster, asked["namespace"], asked["name"])
        made = freezing.exempt(number, canary, _caller(request), asked["reason"])
        return Response(_body(made.freeze, access_of(request.user)))


class OneExemption(FreezeResource):
    """One exemption."""

    @extend_schema(request=None, responses=answers(FreezeBody), operation_id="freezes_withdraw_exemption")
    def delete(self, request: Request, number: int, exemption: int) -> Response:
        """Withdraw an exemption: the freeze holds the canary again."""
        freeze = freezing.withdraw(number, exemption, _caller(request))
        return Response(_body(freeze, access_of(request.user)))


def _wanted(request: Request) -> Wanted:
    body = WantedBody(data=request.data)
    body.is_valid(raise_exception=True)
    return Wanted(**body.validated_data)


def _caller(request: Request) -> Caller:
    user, token = request.user, request.auth
    return Caller(callers.actor(user, token), callers.origin(request, "api"), access_of(user))


def _body(freeze: Freeze, access: Access) -> Any:
    shown: dict[str, object] = {
        "id": freeze.pk,
        "state": _state(freeze),
        "namespaces": ", ".join(access.shown(freeze.namespaces)),
        "canaries": freeze.canaries,
        "starts_at": freeze.starts_at,
        "ends_at": freeze.ends_at,
        "lifted_at": freeze.lifted_at,
        "reason": freeze.reason,
        "in_flight": freeze.in_flight,
        "created_by": freeze.created_by,
        "decision": freeze.decision,
        "exemptions": seen_exemptions(freeze, access),
    }
    return FreezeBody(shown).data


def _state(freeze: Freeze) -> str:
    now = timezone.now()
    if freezing.over(freeze, now):
        return "past"
    return "current" if freeze.starts_at <= now else "coming"


def _scope(found: Scope) -> Any:
    groups = {
        "starting": found.starting,
        "in_flight": found.in_flight,
        "free": found.free,
        "resting": found.resting,
    }
    return ScopeBody({name: [_held(view) for view in views] for name, views in groups.items()}).data


def _held(view: CanaryView) -> dict[str, object]:
    return {
        "namespace": view.canary.namespace,
        "name": view.canary.name,
        "phase": view.canary.phase,
        "weight": view.weight.value,
    }
