"""REST: the canaries as the dashboard sees them, and the decisions on them."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard import facts_source, stores, together, typed_hooks
from dashboard.api_bodies import (
    AwayBody,
    CanaryBody,
    CanaryDetail,
    CanaryPage,
    CanaryQuery,
    DecisionBody,
    DecisionResult,
    FreshnessBody,
    HookBody,
    HookStateBody,
    WiringBody,
)
from dashboard.api_clusters import CLUSTER, asked, called
from dashboard.entry import Place, located, place, read_place
from dashboard.store import CanaryView, Reach, Store
from dashboard.wiring import warnings
from gates import actions, approvals, callers, unapproved
from gates.access import MayDecide
from gates.access_rights import Access
from gates.actions import ACTIONS, Refused, Subject
from gates.api import GateBody
from gates.approvals import Where
from gates.approvals_api import ApprovalBody
from gates.confirm_rules import Hook
from gates.keys import GATE, ROLLBACK
from gates.models import Approval, Gate
from gates.permissions import access_of
from gates.rest import Resource, answers, next_address, query


class Canaries(Resource):
    """All canaries of the clusters that the caller may see."""

    @extend_schema(parameters=[CanaryQuery], responses=answers(CanaryPage), operation_id="canaries_list")
    def get(self, request: Request) -> Response:
        """List canaries by namespace and name."""
        wanted, access = query(request, CanaryQuery), access_of(request.user)
        every = [called(wanted["cluster"])] if "cluster" in wanted else stores.every()
        seen = (view for store in every for view in store.all() if access.views(view.canary.namespace))
        found = sorted((view for view in seen if _matches(view, wanted)), key=_key)
        if "cursor" in wanted:
            after = _after(wanted["cursor"])
            found = [view for view in found if _key(view) > after]
        page = found[: wanted["limit"]]
        following = "/".join(_place(page[-1])) if len(found) > len(page) else None
        return Response(
            {
                "freshness": FreshnessBody(together.freshness(every)).data,
                "away": AwayBody(together.away(every), many=True).data,
                "next": next_address(request, following),
                "results": CanaryBody(page, many=True).data,
            }
        )


class OneCanary(Resource):
    """One canary."""

    @extend_schema(parameters=[CLUSTER], responses=answers(CanaryDetail), operation_id="canaries_retrieve")
    def get(self, request: Request, namespace: str, name: str) -> Response:
        """Read one canary with its webhooks and gates."""
        store = asked(request)
        access = access_of(request.user)
        view = _existing(store, namespace, name, access)
        around = store.around.of(view.canary).within(access.views)
        subject = Subject(store.cluster, namespace, name)
        keys = [subject.key(kind).digest for kind in (GATE, ROLLBACK)]
        gates = Gate.objects.filter(key__in=keys).order_by("kind")
        return Response(
            {
                **CanaryBody(view).data,
                "hooks": HookBody(view.canary.hooks, many=True).data,
                "gates": GateBody(gates, many=True).data,
                "approvals": ApprovalBody(approvals.live(subject.key(GATE).subject), many=True).data,
                "hook_states": HookStateBody(typed_hooks.states(view, timezone.now()), many=True).data,
                "unapproved": unapproved.running(_start_of(subject), facts_source.of(view)),
                "wiring": WiringBody(warnings(view.canary, around), many=True).data,
                "freshness": FreshnessBody(store.freshness).data,
            }
        )


class Decision(Resource):
    """A decision on one canary."""

    permission_classes = [MayDecide]

    @extend_schema(
        request=DecisionBody,
        responses=answers(DecisionResult),
        operation_id="canaries_decide",
        parameters=[CLUSTER, OpenApiParameter("action", str, OpenApiParameter.PATH, enum=ACTIONS)],
    )
    def post(self, request: Request, namespace: str, name: str, action: str) -> Response:
        """Decide. The answer is sent once the decision and its entry are durable."""
        body = DecisionBody(data=request.data)
        body.is_valid(raise_exception=True)
        subject = Subject(asked(request).cluster, namespace, name)
        outcome = actions.perform(
            action,
            actions.Request(
                subject=subject,
                actor=callers.actor(request.user, request.auth),
                origin=callers.origin(request, "api"),
                groups=callers.groups(request.user),
                **body.validated_data,
            ),
        )
        entry = outcome.entry
        if entry is None:
            raise Refused("decided-meanwhile", _("Another decision came first. Look again."))
        gate = Gate.objects.filter(key=subject.key(entry.kind).digest).first()
        said = Approval.objects.filter(decision=entry.decision or entry.seq).first()
        return Response(
            {
                "entry": entry.seq,
                "outcome": entry.outcome,
                "gate": GateBody(gate).data if gate else None,
                "approval": ApprovalBody(said).data if said else None,
            }
        )


def _start_of(subject: Subject) -> Where:
    return Where(subject.cluster, subject.namespace, subject.name, Hook.START)


def _existing(store: Store, namespace: str, name: str, access: Access) -> CanaryView:
    view = store.get(namespace, name) if access.views(namespace) else None
    if view is not None:
        return view
    if store.freshness.reach is Reach.STARTING:
        raise Refused("cluster-not-read", _("The cluster has not been read yet. Try again."), 503)
    raise Refused("no-such-canary", _("The cluster has no such canary."), 404)


def _matches(view: CanaryView, wanted: dict[str, Any]) -> bool:
    if wanted.get("namespace", view.canary.namespace) != view.canary.namespace:
        return False
    if wanted.get("phase", view.canary.phase) != view.canary.phase:
        return False
    texts = ["/".join(view.key), *(image for each in view.images for image in (each.old, each.new))]
    part = wanted.get("q", "").lower()
    return any(part in text.lower() for text in texts)


def _place(view: CanaryView) -> Place:
    return place(view.canary.cluster, view.key)


def _key(view: CanaryView) -> tuple[str, str, str]:
    return *view.key, view.canary.cluster


def _after(cursor: str) -> tuple[str, str, str]:
    if "/" not in cursor:
        raise ValidationError({"cursor": [_("Take it from `next` of the page before.")]})
    cluster, key = located(read_place(cursor) or tuple(cursor.partition("/")[::2]))
    return *key, cluster
