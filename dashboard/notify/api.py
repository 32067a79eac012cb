"""REST: notification rules, for admins. An address goes in and never comes out again."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.models import NotificationRule
from dashboard.notify import rules, targets
from dashboard.notify.reminders import USUAL as REMINDERS
from dashboard.notify.rules import LANGUAGES, LONGEST_NAME, Caller, Wanted
from dashboard.notify.targets import LONGEST_URL
from dashboard.notify.topics import OFFERED, USUAL
from gates import callers, refusals
from gates.access import MayAdminister
from gates.named_patterns import LONGEST_PATTERNS
from gates.permissions import access_of
from gates.rest import NumberedPage, Resource, Strict, answers, next_address, query

EVENTS = [topic.value for topic in OFFERED]


class RuleBody(serializers.Serializer[Any]):
    """One rule; its address as it may be shown."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    address = serializers.SerializerMethodField(help_text="Masked, such as `slack://…`.")
    namespaces = serializers.CharField(help_text="Comma-separated patterns.")
    clusters = serializers.CharField(help_text="Comma-separated patterns.")
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS))
    reminders = serializers.CharField(help_text="Times after the beginning of a wait.")
    language = serializers.ChoiceField(choices=list(LANGUAGES))
    enabled = serializers.BooleanField()

    def get_address(self, rule: NotificationRule) -> str:
        """Masked."""
        return targets.masked(rule.url)


class RulePage(serializers.Serializer[Any]):
    """A page of rules in the order of their ids."""

    next = serializers.CharField(allow_null=True, help_text="Address of the next page.")
    results = RuleBody(many=True)


class WantedRule(Strict):
    """A rule to make."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    url = serializers.CharField(max_length=LONGEST_URL, help_text="apprise's; it is never given back.")
    namespaces = serializers.CharField(max_length=LONGEST_PATTERNS, help_text="Comma-separated patterns.")
    clusters = serializers.CharField(required=False, default="*", max_length=LONGEST_PATTERNS)
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=EVENTS), required=False, default=list(map(str, USUAL))
    )
    reminders = serializers.CharField(required=False, allow_blank=True, default=REMINDERS, max_length=100)
    language = serializers.ChoiceField(choices=list(LANGUAGES), required=False, default="en")
    enabled = serializers.BooleanField(required=False, default=True)


class NotificationRules(Resource):
    """Rules of namespaces that the caller administers."""

    permission_classes = [MayAdminister]
    refused_as = (refusals.NOTIFICATION, rules.KIND)

    @extend_schema(
        parameters=[NumberedPage], responses=answers(RulePage), operation_id="notification_rules_list"
    )
    def get(self, request: Request) -> Response:
        """List rules."""
        wanted = query(request, NumberedPage)
        limit, cursor = wanted["limit"], wanted.get("cursor", 0)
        mine = sorted(rules.visible(access_of(request.user)), key=lambda rule: rule.pk)
        found = [rule for rule in mine if rule.pk > cursor]
        following = found[limit - 1].pk if len(found) > limit else None
        body = RuleBody(found[:limit], many=True).data
        return Response({"next": next_address(request, following), "results": body})

    @extend_schema(request=WantedRule, responses=answers(RuleBody), operation_id="notification_rules_create")
    def post(self, request: Request) -> Response:
        """Make a rule. It hears of what comes from now on, and of what waits."""
        body = WantedRule(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        made = rules.create(Wanted(**(asked | {"events": tuple(asked["events"])})), _caller(request))
        return Response(RuleBody(made).data)


class OneNotificationRule(Resource):
    """One rule."""

    permission_classes = [MayAdminister]
    refused_as = (refusals.NOTIFICATION, rules.KIND)

    @extend_schema(responses=answers(RuleBody), operation_id="notification_rules_read")
    def get(self, request: Request, number: int) -> Response:
        """The rule."""
        return Response(RuleBody(rules.existing(number, access_of(request.user))).data)

    @extend_schema(request=None, responses=answers(RuleBody), operation_id="notification_rules_remove")
    def delete(self, request: Request, number: int) -> Response:
        """Remove it, and what waits to be sent over it; the answer is the rule as it was."""
        by = _caller(request)
        body = RuleBody(rules.existing(number, by.access)).data
        rules.remove(number, by)
        return Response(body)


def _caller(request: Request) -> Caller:
    actor, origin = callers.actor(request.user, request.auth), callers.origin(request, "api")
    return Caller(actor, origin, access_of(request.user))
