"""REST: what people said about the typed hooks, to read. It is said on a canary: dashboard/api.py."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gates.approvals import APPROVE, REJECT
from gates.confirm_rules import CONFIRM
from gates.keys import DEFAULT_CLUSTER, subject
from gates.models import Approval
from gates.permissions import access_of
from gates.rest import NumberedPage, Resource, answers, next_address, query
from gates.search import BIGGEST


class ApprovalBody(serializers.ModelSerializer[Approval]):
    """One person's yes (`approve`) or no (`reject`) to one revision at one hook.

    `decision` is the number of its audit entry. Two clocks: `decided_at`, and `answered_at`, when Flagger
    was first told yes because of it (null: not yet). It holds until `ended_at`; `ended_why` says why it
    ended. `reach` and `weight` (per cent) say how far more traffic was approved. `passed_at`: a promotion's
    approval let the last question about traffic pass.
    """

    decided_at = serializers.DateTimeField(source="at")
    images = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Approval
        fields = [
            "decision", "cluster", "namespace", "name", "hook", "gate", "verdict", "revision", "images",
            "reach", "weight", "person", "reason", "decided_at", "answered_at", "passed_at", "ended_at",
            "ended_why",
        ]  # fmt: skip


class ApprovalPage(serializers.Serializer[Any]):
    """A page of approvals and rejections, newest first."""

    next = serializers.CharField(allow_null=True, help_text="Address of the page with older ones.")
    results = ApprovalBody(many=True)


class ApprovalQuery(NumberedPage):
    """Filters; all of them must hold."""

    canary = serializers.RegexField(
        r"^[^/]+/.+\Z", required=False, help_text="`namespace/name`.", error_messages={
            "invalid": "Write it as namespace/name."
        }
    )  # fmt: skip
    namespace = serializers.CharField(required=False)
    hook = serializers.ChoiceField(required=False, choices=sorted(CONFIRM))
    cluster = serializers.CharField(required=False, help_text="Where; a whole canary is else of `default`.")
    person = serializers.CharField(required=False)
    verdict = serializers.ChoiceField(required=False, choices=[APPROVE, REJECT])
    live = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Whether it holds now."
    )


class Approvals(Resource):
    """Approvals and rejections."""

    @extend_schema(parameters=[ApprovalQuery], responses=answers(ApprovalPage), operation_id="approvals_list")
    def get(self, request: Request) -> Response:
        """List approvals and rejections, newest first."""
        wanted = query(request, ApprovalQuery)
        limit, cursor = wanted.pop("limit"), wanted.pop("cursor", None)
        live, canary = wanted.pop("live"), wanted.pop("canary", "")
        seen = access_of(request.user).visible(Approval.objects.all()).filter(**wanted)
        if canary:
            seen = seen.filter(subject=subject(wanted.get("cluster", DEFAULT_CLUSTER), *canary.split("/", 1)))
        if live is not None:
            seen = seen.filter(ended_at__isnull=live)
        if cursor is not None:
            seen = seen.filter(decision__lt=cursor)
        found = list(seen.order_by("-decision")[: limit + 1])
        following = found[limit - 1].decision if len(found) > limit else None
        body = ApprovalBody(found[:limit], many=True).data
        return Response({"next": next_address(request, following), "results": body})


class OneApproval(Resource):
    """One approval or rejection."""

    @extend_schema(responses=answers(ApprovalBody), operation_id="approvals_retrieve")
    def get(self, request: Request, number: int) -> Response:
        """Read one by the number of its decision."""
        seen = access_of(request.user).visible(Approval.objects.all())
        found = seen.filter(decision=number).first() if number <= BIGGEST else None
        if found is None:
            raise Http404
        return Response(ApprovalBody(found).data)
