"""REST: the gates and the log, to read. Decisions are taken on a canary: dashboard/api.py."""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from gates import search
from gates.filters import Filters
from gates.keys import GATE, ROLLBACK
from gates.models import AuditEntry, Gate
from gates.permissions import access_of
from gates.rest import NumberedPage, Resource, answers, next_address, query
from gates.search import BIGGEST

# Other rows only hold a canary still while something about it is decided.
KINDS = (GATE, ROLLBACK)


class GateBody(serializers.ModelSerializer[Gate]):
    """One switch. `decision` is the number of the audit entry that set it (0: never set)."""

    class Meta:
        model = Gate
        fields = [
            "id", "kind", "cluster", "namespace", "name", "open", "decision", "changed_at", "changed_by",
            "via", "reason", "bound", "revision", "until", "answered_at",
        ]  # fmt: skip


class EntryBody(serializers.ModelSerializer[AuditEntry]):
    """One entry of the log. `decision` is the number of the entry that this one answers, repeats or ends."""

    images = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = AuditEntry
        exclude = ["subject"]


class GatePage(serializers.Serializer[Any]):
    """A page of gates in the order of their ids."""

    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")
    results = GateBody(many=True)


class EntryPage(serializers.Serializer[Any]):
    """A page of entries, newest first; with `after`, oldest first."""

    next = serializers.CharField(
        allow_null=True,
        help_text="Address of the page with older entries, null after the last. With `after`, the address of "
        "what comes later: never null, ask it again when there is nothing new.",
    )
    results = EntryBody(many=True)


class GateQuery(NumberedPage):
    """Filters of the list of gates; an empty `name` or `namespace` is a name like any other."""

    kind = serializers.CharField(required=False, max_length=64)
    cluster = serializers.CharField(required=False)
    namespace = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    name = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    open = serializers.BooleanField(required=False)


class EntryQuery(NumberedPage):
    """Filters of the log."""

    canary = serializers.RegexField(
        r"^[^/]+/.+\Z", required=False, help_text="`namespace/name`.", error_messages={
            "invalid": "Write it as namespace/name."
        }
    )  # fmt: skip
    cluster = serializers.CharField(required=False, help_text="Where; a whole canary is else of `default`.")
    namespace = serializers.CharField(required=False, allow_blank=True, trim_whitespace=False)
    action = serializers.CharField(required=False, max_length=64, help_text="For example `gate.opened`.")
    actor = serializers.CharField(required=False, help_text="The name as the entry has it.")
    outcome = serializers.ChoiceField(required=False, choices=["changed", "unchanged", "refused"])
    since = serializers.DateTimeField(required=False, help_text="Included.")
    until = serializers.DateTimeField(required=False, help_text="Not included.")
    revision = serializers.CharField(required=False, max_length=64, help_text="How it begins.")
    image = serializers.CharField(required=False, max_length=600, help_text="A part of an image, from or to.")
    text = serializers.CharField(required=False, max_length=200, help_text="Words that the reason contains.")
    release = serializers.CharField(required=False, max_length=64)
    decision = serializers.IntegerField(
        required=False, min_value=1, max_value=BIGGEST, help_text="That entry and those that follow from it."
    )
    after = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=BIGGEST,
        help_text="Entries with greater numbers, oldest first: to follow the log without loss or duplicates.",
    )

    def validate(self, attrs: Any) -> Any:
        """The two ways through the log exclude each other."""
        if "after" in attrs and "cursor" in attrs:
            raise serializers.ValidationError({"after": [_("Send either after or cursor.")]})
        return attrs


class Gates(Resource):
    """Every switch that was ever touched."""

    @extend_schema(parameters=[GateQuery], responses=answers(GatePage), operation_id="gates_list")
    def get(self, request: Request) -> Response:
        """List gates."""
        wanted = query(request, GateQuery)
        limit, cursor = wanted.pop("limit"), wanted.pop("cursor", 0)
        seen = access_of(request.user).visible(Gate.objects.filter(kind__in=KINDS))
        found = list(seen.filter(id__gt=cursor, **wanted).order_by("id")[: limit + 1])
        following = found[limit - 1].pk if len(found) > limit else None
        body = GateBody(found[:limit], many=True).data
        return Response({"next": next_address(request, following), "results": body})


class OneGate(Resource):
    """One switch."""

    @extend_schema(responses=answers(GateBody), operation_id="gates_retrieve")
    def get(self, request: Request, number: int) -> Response:
        """Read one gate."""
        seen = access_of(request.user).visible(Gate.objects.filter(kind__in=KINDS))
        gate = seen.filter(pk=number).first() if number <= BIGGEST else None
        if gate is None:
            raise Http404
        return Response(GateBody(gate).data)


class Entries(Resource):
    """The log."""

    @extend_schema(parameters=[EntryQuery], responses=answers(EntryPage), operation_id="audit_list")
    def get(self, request: Request) -> Response:
        """List entries, newest first; with `after`, oldest first."""
        wanted = query(request, EntryQuery)
        limit, cursor = wanted.pop("limit"), wanted.pop("cursor", None)
        after, access = wanted.pop("after", None), access_of(request.user)
        if after is None:
            found, older = search.find(access, Filters(**wanted), cursor, limit)
            following = next_address(request, older)
        else:
            found = list(islice(search.stream(access, Filters(**wanted), after, size=limit), limit))
            following = next_address(request, found[-1].seq if found else after, "after")
        return Response({"next": following, "results": EntryBody(found, many=True).data})


class OneEntry(Resource):
    """One entry of the log."""

    @extend_schema(responses=answers(EntryBody), operation_id="audit_retrieve")
    def get(self, request: Request, number: int) -> Response:
        """Read one entry."""
        seen = access_of(request.user).entries()
        entry = seen.filter(pk=number).first() if number <= BIGGEST else None
        if entry is None:
            raise Http404
        return Response(EntryBody(entry).data)
