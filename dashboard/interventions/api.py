"""REST: changes of the cluster that approvers and admins may ask for."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard import api_clusters
from dashboard.api_clusters import CLUSTER
from dashboard.interventions.acts import Act
from dashboard.interventions.perform import perform
from gates import asked_for, callers
from gates.access import MayDecide
from gates.asked_for import Subject
from gates.freezing import LONGEST_REASON
from gates.rest import Resource, Strict, answers


class InterventionBody(Strict):
    """`reason` may be left out for resume only. `revision`: the one you looked at (as `revision` of the
    canary); another one there means 409 and nothing is done. `take_back` (promote-now): take
    `spec.skipAnalysis` back once this release is over."""

    reason = serializers.CharField(required=False, allow_blank=True, max_length=LONGEST_REASON, default="")
    revision = serializers.RegexField(
        r"^[0-9a-f]{64}\Z", required=False, default="",
        error_messages={"invalid": "Send the whole revision: 64 hex digits."},
    )  # fmt: skip
    take_back = serializers.BooleanField(required=False, default=True)


class InterventionResult(serializers.Serializer[Any]):
    """The numbers of the two entries, and the field that was changed, before and after, with the version of
    the object in the cluster."""

    requested = serializers.IntegerField(source="decision")
    entry = serializers.IntegerField(source="seq")
    before = serializers.JSONField()
    after = serializers.JSONField()


class Interventions(Resource):
    """A change of the cluster; each has an address of its own."""

    permission_classes = [MayDecide]
    act = Act.SUSPEND

    @extend_schema(parameters=[CLUSTER], request=InterventionBody, responses=answers(InterventionResult))
    def post(self, request: Request, namespace: str, name: str) -> Response:
        """Change the cluster. The answer is sent once the change is made and the log says so."""
        body = InterventionBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked, cluster = body.validated_data, api_clusters.asked(request).cluster
        entry = perform(
            self.act,
            asked_for.Request(
                subject=Subject(cluster, namespace, name),
                actor=callers.actor(request.user, request.auth),
                origin=callers.origin(request, "api"),
                reason=asked["reason"],
                revision=asked["revision"],
            ),
            take_back=asked["take_back"],
        )
        return Response(InterventionResult(entry).data)
