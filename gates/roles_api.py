"""REST: roles in namespaces, for admins."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.response import Response

from gates import callers, refusals, roles
from gates.access import MayAdminister, MayReadRoles
from gates.actions import LONGEST_REASON
from gates.models import RoleGrant
from gates.permissions import access_of
from gates.rest import NumberedPage, Resource, Strict, answers, next_address, query
from gates.roles import Admin, Wanted


class RoleBody(serializers.Serializer[Any]):
    """One role for a person or a group (the other is ""). `decision` is the entry of its granting."""

    id = serializers.IntegerField()
    role = serializers.ChoiceField(choices=RoleGrant.Role.values)
    user = serializers.SerializerMethodField()
    group = serializers.SerializerMethodField()
    namespaces = serializers.CharField()
    decision = serializers.IntegerField()

    def get_user(self, row: RoleGrant) -> str:
        """The sign-in name."""
        return row.user.get_username() if row.user else ""

    def get_group(self, row: RoleGrant) -> str:
        """The group's name."""
        return row.group.name if row.group else ""


class RolePage(serializers.Serializer[Any]):
    """A page of roles in the order of their ids."""

    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")
    results = RoleBody(many=True)


class GrantBody(Strict):
    """A role for `user` or for `group`, in patterns of namespaces (`payments-*`); one grant for each."""

    role = serializers.ChoiceField(choices=RoleGrant.Role.values)
    user = serializers.CharField(required=False, default="", max_length=150)
    group = serializers.CharField(required=False, default="", max_length=150)
    namespaces = serializers.ListField(child=serializers.CharField(max_length=253), allow_empty=False)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_REASON)


class RevokeBody(Strict):
    """Why."""

    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_REASON)


class Written(serializers.Serializer[Any]):
    """The entries that were written, by number."""

    entries = serializers.ListField(child=serializers.IntegerField())


class Roles(Resource):
    """Roles that reach into the namespaces which the caller administers; to an auditor, all."""

    refused_as = (refusals.ROLE, roles.KIND)

    def get_permissions(self) -> list[BasePermission]:
        """Reading is for auditors, too."""
        return [MayReadRoles()] if self.request.method in SAFE_METHODS else [MayAdminister()]

    @extend_schema(parameters=[NumberedPage], responses=answers(RolePage), operation_id="roles_list")
    def get(self, request: Request) -> Response:
        """List roles."""
        wanted = query(request, NumberedPage)
        limit, cursor = wanted["limit"], wanted.get("cursor", 0)
        found = [grant for grant in access_of(request.user).grants() if grant.pk > cursor]
        following = found[limit - 1].pk if len(found) > limit else None
        body = RoleBody(found[:limit], many=True).data
        return Response({"next": next_address(request, following), "results": body})

    @extend_schema(request=GrantBody, responses=answers(Written), operation_id="roles_grant")
    def post(self, request: Request) -> Response:
        """Grant a role. The answer is sent once it is durable."""
        body = GrantBody(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        if any("," in each for each in asked["namespaces"]):
            raise serializers.ValidationError({"namespaces": ["Write one pattern in each text."]})
        wanted = Wanted(asked["role"], ",".join(asked["namespaces"]), asked["user"], asked["group"])
        entries = roles.grant(_admin(request, asked["reason"]), wanted)
        return Response({"entries": [entry.seq for entry in entries]})


class Revoking(Resource):
    """The end of a role."""

    refused_as = (refusals.ROLE, roles.KIND)
    permission_classes = [MayAdminister]

    @extend_schema(request=RevokeBody, responses=answers(Written), operation_id="roles_revoke")
    def post(self, request: Request, number: int) -> Response:
        """Revoke a role. The answer is sent once it is durable."""
        body = RevokeBody(data=request.data)
        body.is_valid(raise_exception=True)
        entry = roles.revoke(_admin(request, body.validated_data["reason"]), number)
        return Response({"entries": [entry.seq]})


def _admin(request: Request, reason: str) -> Admin:
    user, token = request.user, request.auth
    return Admin(user, callers.actor(user, token), callers.origin(request, "api"), reason.strip())
